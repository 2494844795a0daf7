package stream

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func newTranscript(room int) *capture.Transcript {
	return capture.NewTranscript(time.Now(), capture.NewRoom(room))
}

func closed(kept *capture.Transcript) []recording.Message {
	messages, _ := kept.Close()
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
		kept := newTranscript(1 << 20)
		g := NewTap(new(GRPC), RecordGRPC(kept, capture.FromClient, "gzip"))
		for rest := stream; len(rest) > 0; {
			n := min(size, len(rest))
			g.Feed(rest[:n])
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
			kept := newTranscript(test.limit)
			g := NewTap(new(GRPC), RecordGRPC(kept, capture.ToClient, test.encoding))
			g.Feed(grpcFrame(true, test.content))
			messages, _ := kept.Close()
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
		"many empty lines": {"\n\n\ndata: 1\n\n\n\n: alive\n\n", []string{"data: 1\n"}},
		"cut off":          {"data: 1\n\ndata: 2", []string{"data: 1\n", "data: 2"}},
		"nothing":          {"", []string{}},

		// What the standard says of fields (WHATWG HTML, section 9.2.6).
		"comments":                     {": ping\n\n:\n\ndata: 1\n\n", []string{"data: 1\n"}},
		"a comment before a field":     {": ping\ndata: 1\n\n", []string{"data: 1\n"}},
		"a comment between fields":     {"data: 1\n: ping\ndata: 2\n\n", []string{"data: 1\n: ping\ndata: 2\n"}},
		"no data":                      {"event: a\n\nid: 1\n\nretry: 5\n\ndata: 1\n\n", []string{"data: 1\n"}},
		"data that is empty":           {"data\n\ndata:\n\n", []string{"data\n", "data:\n"}},
		"names that are longer":        {"datas: 1\n\ndat: 1\n\n", []string{}},
		"names by themselves":          {"event\ndata\n\n", []string{"event\ndata\n"}},
		"a mark":                       {"\xef\xbb\xbfdata: 1\n\n", []string{"data: 1\n"}},
		"a mark and no event":          {"\xef\xbb\xbf: ping\n\ndata: 1\n\n", []string{"data: 1\n"}},
		"half a mark":                  {"\xef\xbbdata: 1\n\ndata: 2\n\n", []string{"data: 2\n"}},
		"a mark that is none":          {"data: 1\n\n\xef\xbb\xbfdata: 2\n\n", []string{"data: 1\n"}},
		"mixed":                        {"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\r\ndata: 4\r\n\r", []string{"data: 1\r\n", "data: 2\n", "data: 3\r", "data: 4\r\n"}},
		"cut off behind both":          {"data: 1\r\n\r\ndata: 2\r\n", []string{"data: 1\r\n", "data: 2\r\n"}},
		"cut off without data":         {"data: 1\n\nevent: b\n", []string{"data: 1\n", "event: b\n"}},
		"empty lines of carriage both": {"\r\n\r\ndata: 1\r\n\r\n\r\n", []string{"data: 1\r\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size <= max(1, len(test.text)); size++ {
				kept := newTranscript(1 << 20)
				e := NewTap(new(Events), RecordEvents(kept))
				for rest := test.text; rest != ""; {
					n := min(size, len(rest))
					e.Feed([]byte(rest[:n]))
					rest = rest[n:]
				}
				e.End()
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
		kept := newTranscript(100)
		g := NewTap(new(GRPC), RecordGRPC(kept, capture.FromClient, "gzip"))
		for rest := stream; len(rest) > 0; {
			n := min(max(1, size), len(rest))
			g.Feed(rest[:n])
			rest = rest[n:]
		}
		kept.Close()
	})
}

func FuzzEventStream(f *testing.F) {
	f.Add([]byte("data: 1\r\n\r\n"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		kept := newTranscript(100)
		tap := NewTap(new(Events), RecordEvents(kept))
		tap.Feed(text)
		tap.End()
		kept.Close()
	})
}
