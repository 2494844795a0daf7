package gateway

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// harmedBody returns content after a fault at its messages, read in pieces.
func harmedBody(t *testing.T, content []byte, split stream.Splitter, text bool, f scenario.Fault, source func(io.Reader) io.Reader) string {
	t.Helper()
	f = f.WithDefaults()
	var tally fault.Tally
	body := stream.NewBody(io.NopCloser(source(bytes.NewReader(content))), split, &messageHarm{
		ctx: t.Context(), exchange: &fault.Exchange{}, tally: &tally, text: text,
		messages: fault.MessagesToClient([]scenario.Drawn{{Fault: &f, Seed: 1}}, &tally),
	})
	read, err := io.ReadAll(body)
	if err != nil {
		t.Errorf("reading failed: %v", err)
	}
	return string(read)
}

func whole(r io.Reader) io.Reader { return r }

func TestServerSentEventsAreDroppedDuplicatedAndChanged(t *testing.T) {
	for name, test := range map[string]struct {
		kind       scenario.FaultKind
		text, want string
	}{
		"dropped":              {scenario.FaultDrop, "\n: a\n\nid: 1\ndata: x\n\n", "\n: a\n\n"},
		"dropped, both":        {scenario.FaultDrop, "data: x\r\n\r\ndata: y\r\n\r\n", ""},
		"duplicated, both":     {scenario.FaultDuplicate, "data: x\r\n\r\ndata: y\r\n\r\n", "data: x\r\n\r\ndata: x\r\n\r\ndata: y\r\n\r\ndata: y\r\n\r\n"},
		"no event":             {scenario.FaultDrop, "event: a\nid: 1\n\ndata: x\n\nretry: 5\n\n", "event: a\nid: 1\n\nretry: 5\n\n"},
		"a mark":               {scenario.FaultDrop, "\xef\xbb\xbfdata: x\n\n", "\xef\xbb\xbf"},
		"comments":             {scenario.FaultDuplicate, ": a\n\n: b\ndata: x\n\n", ": a\n\n: b\ndata: x\n\ndata: x\n\n"},
		"mixed":                {scenario.FaultDrop, "data: x\r\n\ndata: y\r\rid: 1\n\r\n", "id: 1\n\r\n"},
		"duplicated":           {scenario.FaultDuplicate, "id: 1\ndata: x\n\ndata: y\n\n", "id: 1\ndata: x\n\nid: 1\ndata: x\n\ndata: y\n\ndata: y\n\n"},
		"cut off":              {scenario.FaultDuplicate, "data: x\n\ndata: y", "data: x\n\ndata: x\n\ndata: y"},
		"dropped and cut off":  {scenario.FaultDrop, "data: x\n\ndata: y", ""},
		"carriage returns":     {scenario.FaultDuplicate, "data: x\r\r", "data: x\r\rdata: x\r\r"},
		"nothing to duplicate": {scenario.FaultDuplicate, "\n\r\n\r", "\n\r\n\r"},
	} {
		t.Run(name, func(t *testing.T) {
			for reader, source := range map[string]func(io.Reader) io.Reader{"whole": whole, "byte by byte": iotest.OneByteReader, "with the error": iotest.DataErrReader} {
				if got := harmedBody(t, []byte(test.text), new(stream.Events), true, scenario.Fault{Kind: test.kind}, source); got != test.want {
					t.Errorf("%s: got %q, want %q", reader, got, test.want)
				}
			}
		})
	}
}

func TestAChangedEventKeepsItsLines(t *testing.T) {
	const text = "event: price\ndata: {\"größer\": 1}\ndata: 2\n\ndata: 3\n\n"
	got := harmedBody(t, []byte(text), new(stream.Events), true, scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtMessage, BytesChanged: new(2)}, whole)
	if got == text || len(got) != len(text) {
		t.Errorf("got %q", got)
	}
	for i := range text {
		if (text[i] == '\n' || text[i] == ':' && i < 10) && got[i] != text[i] {
			t.Errorf("got %q, want its lines and fields as they were", got)
		}
	}
}

func FuzzBodiesOfMessagesPassWhereNothingIsHit(f *testing.F) {
	f.Add([]byte("data: x\r\n\r\ndata: y\n\n\n"))
	f.Add([]byte("\x00\x00\x00\x00\x02hi\x01\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for name, split := range map[string]func() stream.Splitter{
			"events": func() stream.Splitter { return new(stream.Events) }, "gRPC": func() stream.Splitter { return new(stream.GRPC) },
		} {
			for _, source := range []func(io.Reader) io.Reader{whole, iotest.HalfReader} {
				if got := harmedBody(t, content, split(), true, scenario.Fault{Kind: scenario.FaultDrop, Share: new(0.0)}, source); got != string(content) {
					t.Errorf("%s: %q became %q", name, content, got)
				}
				changed := harmedBody(t, content, split(), true, scenario.Fault{Kind: scenario.FaultCorrupt, At: scenario.AtMessage}, source)
				if len(changed) != len(content) {
					t.Errorf("%s: %q became %q", name, content, changed)
				}
				harmedBody(t, content, split(), false, scenario.Fault{Kind: scenario.FaultDuplicate}, source)
			}
		}
	})
}
