package gateway

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func newTranscript() *transcript { return &transcript{room: capture.NewRoom(1 << 20)} }

func closed(kept *transcript) []recording.Message {
	messages, _ := kept.close()
	return messages
}

func contents(messages []recording.Message) []string {
	list := []string{}
	for _, m := range messages {
		list = append(list, string(m.Body.Content))
	}
	return list
}

func grpcFrame(compressed bool, content []byte) []byte {
	frame := append([]byte{0}, binary.BigEndian.AppendUint32(nil, uint32(len(content)))...)
	if compressed {
		frame[0] = 1
	}
	return append(frame, content...)
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

func TestGRPCMessagesAreToldApartWhereverTheyAreCut(t *testing.T) {
	stream := bytes.Join([][]byte{grpcFrame(false, []byte("one")), grpcFrame(false, nil), grpcFrame(true, zipped("two")), grpcFrame(false, []byte("three"))}, nil)
	for size := 1; size <= len(stream); size++ {
		kept := newTranscript()
		g := &grpcMessages{transcript: kept, direction: capture.FromClient, encoding: "gzip"}
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			g.feed(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff([]string{"one", "", "two", "three"}, contents(closed(kept))); diff != "" {
			t.Fatalf("in pieces of %d (-want +got):\n%s", size, diff)
		}
	}
}

func TestCompressedMessagesThatCannotBeReadAreLeftOut(t *testing.T) {
	for name, test := range map[string]struct {
		encoding string
		content  []byte
		limit    int
	}{
		"unknown encoding":   {"snappy", []byte("s3cret"), 100},
		"broken":             {"gzip", []byte("s3cret"), 100},
		"larger than kept":   {"gzip", zipped(strings.Repeat("s3cret", 100)), 100},
		"not announced":      {"", []byte("s3cret"), 100},
		"cut off by the end": {"gzip", zipped("s3cret")[:20], 100},
	} {
		t.Run(name, func(t *testing.T) {
			kept := &transcript{room: capture.NewRoom(test.limit)}
			g := &grpcMessages{transcript: kept, direction: capture.ToClient, encoding: test.encoding}
			g.feed(grpcFrame(true, test.content))
			messages, _ := kept.close()
			if len(messages) != 1 || len(messages[0].Body.Content) != 0 || !messages[0].Body.Truncated || messages[0].Body.Decoded {
				t.Errorf("recorded %+v", messages)
			}
		})
	}
}

func TestServerSentEventsAreToldApart(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"line feeds":       {"data: 1\n\nevent: b\ndata: 2\n\n", []string{"data: 1\n", "event: b\ndata: 2\n"}},
		"both":             {"data: 1\r\n\r\ndata: 2\r\n\r\n", []string{"data: 1\r\n", "data: 2\r\n"}},
		"carriage returns": {"data: 1\r\rdata: 2\r\r", []string{"data: 1\r", "data: 2\r"}},
		"many empty lines": {"\n\n\ndata: 1\n\n\n\n: alive\n\n", []string{"data: 1\n", ": alive\n"}},
		"cut off":          {"data: 1\n\ndata: 2", []string{"data: 1\n", "data: 2"}},
		"nothing":          {"", []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= max(1, len(test.text)); size++ {
				kept := newTranscript()
				e := &eventStream{transcript: kept}
				for rest := test.text; rest != ""; {
					n := min(size, len(rest))
					e.feed([]byte(rest[:n]))
					rest = rest[n:]
				}
				if diff := cmp.Diff(test.want, contents(closed(kept))); diff != "" {
					t.Fatalf("in pieces of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

func FuzzGRPCMessages(f *testing.F) {
	f.Add(grpcFrame(true, zipped("x")), 3)
	f.Add([]byte{0, 0xff, 0xff, 0xff, 0xff, 1}, 1)
	f.Fuzz(func(_ *testing.T, stream []byte, size int) {
		kept := &transcript{room: capture.NewRoom(100)}
		g := &grpcMessages{transcript: kept, encoding: "gzip"}
		for rest := stream; len(rest) > 0; {
			n := min(max(1, size), len(rest))
			g.feed(rest[:n])
			rest = rest[n:]
		}
		kept.close()
	})
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3)
	f.Add([]byte("\xc1\x85abcdhello\x89\x00"), 1)
	f.Add([]byte("\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), 100)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		kept := &transcript{room: capture.NewRoom(100)}
		frames := &frames{transcript: kept, inflate: &inflater{}, closed: func(int) {}}
		for rest := stream; len(rest) > 0; {
			n := min(max(1, size), len(rest))
			for piece := rest[:n]; len(piece) > 0; {
				taken := frames.feed(piece)
				if taken < 1 || taken > len(piece) {
					t.Fatalf("took %d of %d bytes", taken, len(piece))
				}
				piece = piece[taken:]
			}
			rest = rest[n:]
		}
		kept.close()
	})
}

func FuzzEventStream(f *testing.F) {
	f.Add([]byte("data: 1\r\n\r\n"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		kept := &transcript{room: capture.NewRoom(100)}
		(&eventStream{transcript: kept}).feed(text)
		kept.close()
	})
}
