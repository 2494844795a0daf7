package stream

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
)

// dispatched returns how many events a client dispatches, by the letter of the standard (WHATWG HTML, section 9.2.6): once the
// whole of text is there, its lines are told apart first.
func dispatched(text string) (n int) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	data := false
	for _, line := range lines[:len(lines)-1] { // What is behind the last end of a line is no line yet.
		name, _, _ := strings.Cut(line, ":")
		switch {
		case line == "" && data:
			n++
			data = false
		case name == "data":
			data = true
		}
	}
	return n
}

// Events are the events that a client would dispatch, however the body is cut; the body passes as it is.
func FuzzEvents(f *testing.F) {
	for _, text := range []string{
		"data: x\r\n\r\ndata: y\n\n\n", "\xef\xbb\xbfdata\r\r", ": ping\n\nevent: a\n\ndata\n\n", "\xef\xbbdata: 1\n\n", "data: a\r\n\rdata: b\n\r\n\n", "data: a\r\n\r",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var before []string
		for name, source := range map[string]io.Reader{
			"whole": bytes.NewReader(text), "byte by byte": iotest.OneByteReader(bytes.NewReader(text)), "in halves": iotest.HalfReader(bytes.NewReader(text)),
		} {
			kept := capture.NewTranscript(time.Now(), capture.NewRoom(1<<20))
			body := NewBody(io.NopCloser(source), new(Events), RecordEvents(kept))
			passed, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(passed, text) {
				t.Fatalf("%s: %q became %q (%v)", name, text, passed, err)
			}
			whole, list := 0, []string{}
			for _, m := range closed(kept) {
				if list = append(list, string(m.Body.Content)); !m.Body.Truncated {
					whole++
				}
			}
			if want := dispatched(string(text)); whole != want && want < 500 && len(list) < 500 {
				t.Fatalf("%s: of %q there are %d events (%q), want %d", name, text, whole, list, want)
			}
			if before != nil && !cmp.Equal(before, list) {
				t.Fatalf("%s: %q has %q, and cut otherwise %q", name, text, list, before)
			}
			before = list
		}
	})
}
