package websocket

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"testing/iotest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// side is one that sends what from has, and keeps what it is sent.
type side struct {
	io.Reader
	bytes.Buffer
}

func (s *side) Read(p []byte) (int, error) { return s.Reader.Read(p) }

func (*side) Close() error { return nil }

// lonely returns a direction from a client that sends stream in pieces, whose output is kept.
func lonely(stream []byte, size int, compressed *deflated, t *Treatment) (d *Direction, out *side) {
	from := &side{Reader: pieces{bytes.NewReader(stream), max(1, size)}}
	out = &side{Reader: iotest.ErrReader(io.EOF)}
	r := New(Options{Client: from, Upstream: out, Answer: http.Header{}})
	d = r.FromClient()
	d.deflated = compressed
	d.Treat(t)
	return d, out
}

// pieces reads a few bytes at a time.
type pieces struct {
	io.Reader
	size int
}

func (p pieces) Read(b []byte) (int, error) { return p.Reader.Read(b[:min(len(b), p.size)]) }

// compressions returns the compressions of a direction whose messages are looked into.
func compressions() map[string]*deflated {
	return map[string]*deflated{"plain": nil, "compressed": {known: true}, "one by one": {alone: true}}
}

// every decides the same about every message.
func every(decision Decision) *Treatment {
	return &Treatment{Decide: func(m Message) Decision {
		if !m.Readable {
			return Decision{}
		}
		return decision
	}}
}

// kept are messages that were recorded.
type recorded struct {
	messages []string
	wire     int
	limit    int
	content  []byte
	packed   bool
	tooMuch  bool
}

func (r *recorded) Begin(_ Opcode, packed bool) { r.packed, r.content, r.tooMuch = packed, nil, false }

func (r *recorded) Payload(p []byte, m Mask) {
	if r.wire += len(p); !r.packed {
		start := len(r.content)
		r.content = append(r.content, p...)
		m.Apply(r.content[start:])
	}
}

func (r *recorded) Plain(p []byte) bool {
	if r.tooMuch = r.tooMuch || r.limit > 0 && len(r.content)+len(p) > r.limit; r.tooMuch {
		r.content = nil
		return false
	}
	r.content = append(r.content, p...)
	return true
}

func (r *recorded) End(whole bool) {
	if !whole {
		r.content = nil
	}
	r.messages = append(r.messages, string(r.content))
}

func (r *recorded) Frame(kind Opcode, payload []byte) {
	r.messages = append(r.messages, kind.String()+" "+string(payload))
}

func (*recorded) Wants() bool { return true }
