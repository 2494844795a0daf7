package gateway

import (
	"bytes"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// lonelySide is a direction whose output is kept, with faults at its messages.
func lonelySide(out *bytes.Buffer, compressed *deflated, faults ...scenario.Fault) *webSocketSide {
	c := &webSocketConn{ended: make(chan struct{}), closing: make(chan struct{}), exchange: &exchange{}}
	c.refused.Store(true) // Nobody is to be told.
	s := &webSocketSide{conn: c, to: out, writing: make(chan struct{}, 1), sent: &frames{}, deflated: compressed, follow: compressed != nil}
	var drawn []scenario.Drawn
	for _, f := range faults {
		f = f.WithDefaults()
		drawn = append(drawn, scenario.Drawn{Fault: &f, Seed: 1})
	}
	s.harmWith(fault.MessagesFromClient(drawn, &c.tally), false, 0)
	return s
}

func inPieces(stream []byte, size int, write func([]byte) error) error {
	size = min(max(1, size), len(stream))
	for rest := stream; len(rest) > 0; {
		n := min(size, len(rest))
		if err := write(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func FuzzFramesPassAsTheyAre(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3)
	f.Add([]byte("\xc1\x85abcdhello\x89\x00"), 1)
	f.Add([]byte("\x01\x02he\x89\x00\x80\x03llo\xc1\x05hello"), 2)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		// Messages are read here, too: none is harmed.
		for name, compressed := range map[string]*deflated{"plain": nil, "compressed": {known: true}, "one by one": {alone: true}} {
			var out bytes.Buffer
			s := lonelySide(&out, compressed, scenario.Fault{Kind: scenario.FaultDrop, At: scenario.AtRequest, Share: new(0.0)})
			err := inPieces(stream, size, s.write)
			close(s.conn.ended)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			// What is kept is the header of a frame that is not whole.
			if !bytes.HasPrefix(stream, out.Bytes()) || s.input.boundary() && out.Len() != len(stream) {
				t.Errorf("%s: %q became %q", name, stream, out.Bytes())
			}
		}
	})
}

// Messages that are read before they pass are overtaken by control frames at most.
func FuzzFramesThatAreRead(f *testing.F) {
	f.Add([]byte("\x01\x02he\x89\x00\x80\x03llo\xc1\x05hello"), 2)
	f.Add([]byte("\x01\x02he\x81\x03llo"), 2)
	f.Add([]byte("\x81\x15012345678901234567890\x81\x00"), 5)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		for name, compressed := range map[string]*deflated{"plain": nil, "compressed": {known: true}, "one by one": {alone: true}} {
			var out bytes.Buffer
			s := lonelySide(&out, compressed)
			s.reads = readsNothing{}
			err := inPieces(stream, size, s.write)
			close(s.conn.ended)
			if err != nil || s.input.between() && out.Len() != len(stream) {
				t.Errorf("%s: %q became %q (%v)", name, stream, out.Bytes(), err)
			}
		}
	})
}

type readsNothing struct{}

func (readsNothing) wants() (int, bool)           { return 20, true }
func (readsNothing) read([]byte) ([][]byte, bool) { return nil, false }

// What comes out is frames again, whatever is done to what.
func FuzzHarmedFrames(f *testing.F) {
	f.Add([]byte("\x81\x05hello\x88\x02\x03\xe8"), 3)
	f.Add([]byte("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00"), 1)
	f.Add([]byte("\xc1\x85abcdhello\x89\x00"), 100)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		for _, kind := range []scenario.FaultKind{scenario.FaultDrop, scenario.FaultDuplicate, scenario.FaultCorrupt} {
			for name, compressed := range map[string]*deflated{"plain": nil, "compressed": {known: true}, "one by one": {alone: true}} {
				var out bytes.Buffer
				s := lonelySide(&out, compressed, scenario.Fault{Kind: kind, At: scenario.AtRequest})
				err := inPieces(stream, size, s.write)
				close(s.conn.ended)
				var reader frameReader
				for rest := out.Bytes(); len(rest) > 0; {
					n, _ := reader.next(rest)
					rest = rest[n:]
				}
				if err == nil && s.input.boundary() && !reader.boundary() {
					t.Errorf("%s, %s: %q became %q, which does not end with a frame", kind, name, stream, out.Bytes())
				}
			}
		}
	})
}
