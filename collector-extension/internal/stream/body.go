package stream

import "io"

// Handler is given the pieces of a body, and passes on to next what is to come of them. An error ends the body in front of the
// piece, or behind what was passed on for it.
type Handler interface {
	Piece(p Piece, content []byte, next Next) error
}

// Next is given what a Handler passes on.
type Next func(p Piece, content []byte)

// Rewriter is a Handler that may pass on something else than it is given.
type Rewriter interface {
	Handler
	// Pauses is called once for each piece before it is handled, and reports whether that will take a while: what was passed on
	// before is read first.
	Pauses(p Piece) bool
	// End is called at the end of the body, and passes on what was held back.
	End(next Next)
}

const (
	// maxUndecided is more than a Splitter needs to tell a piece, in bytes.
	maxUndecided = 16
	// bufferSize is how much is read at once where pieces are rewritten.
	bufferSize = 16 << 10
)

// Body is a body of messages on its way through handlers. Of a message it holds no more back than the beginning of what says how
// long it is, and what a Rewriter does.
type Body struct {
	// Ended, where it is not nil, is called with the error that the source ends with, and returns the one to end with.
	Ended func(error) error

	source   io.ReadCloser
	split    Splitter
	handlers []Handler
	rewriter Rewriter
	// chain leads from each handler to those behind it and to the output, failed is the first of their errors.
	chain  []Next
	failed error

	// out waits to be read, then err ends the body.
	out []byte
	err error
	// Where nothing is rewritten: held is what was read of a piece that cannot be told yet.
	held [maxUndecided]byte
	have int
	// Where there is a rewriter: buffer has rest, which was read and not passed on yet, base is where out is, pending is a piece
	// that is passed on once out is read, and sourceErr ends the body once rest has passed.
	buffer, rest, base []byte
	pending            *Piece
	sourceErr          error
}

// NewBody returns a body that reads source.
func NewBody(source io.ReadCloser, split Splitter, handlers ...Handler) *Body {
	b := &Body{source: source, split: split}
	for _, h := range handlers {
		b.Add(h)
	}
	return b
}

// Add adds a handler behind the others, of which one may be a Rewriter. It is called before anything is read.
func (b *Body) Add(h Handler) {
	b.handlers = append(b.handlers, h)
	if r, ok := h.(Rewriter); ok {
		b.rewriter = r
	}
}

// Fail ends the body with err instead of what is not read yet.
func (b *Body) Fail(err error) { b.err = err }

// Close closes the source.
func (b *Body) Close() error { return b.source.Close() }

// Read reads what has passed the handlers.
func (b *Body) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.chain == nil {
		b.link()
	}
	for {
		switch {
		case len(b.out) > 0:
			n := copy(p, b.out)
			b.out = b.out[n:]
			return n, nil
		case b.err != nil:
			return 0, b.err
		case b.rewriter != nil:
			b.rewrite()
		case len(p) > b.have:
			if n := b.observe(p); n > 0 {
				return n, nil
			}
		default:
			scratch := make([]byte, 2*maxUndecided)
			b.out = append(scratch[:b.observe(scratch)], b.out...)
		}
	}
}

// link makes a chain of the handlers that ends in the output.
func (b *Body) link() {
	b.chain = make([]Next, len(b.handlers)+1)
	b.chain[len(b.handlers)] = func(_ Piece, content []byte) {
		if b.rewriter != nil {
			b.base = append(b.base, content...)
		}
	}
	for i := len(b.handlers) - 1; i >= 0; i-- {
		handler, next := b.handlers[i], b.chain[i+1]
		b.chain[i] = func(p Piece, content []byte) {
			if err := handler.Piece(p, content, next); err != nil && b.failed == nil {
				b.failed = err
			}
		}
	}
}

// observe reads into p, where nothing is rewritten, and returns how much of it has passed. What passes behind that is in out.
func (b *Body) observe(p []byte) (passed int) {
	n := copy(p, b.held[:b.have])
	read, err := b.source.Read(p[n:])
	n += read
	for passed < n && b.err == nil {
		piece, more := b.split.Next(p[passed:n])
		if more {
			break
		}
		b.chain[0](piece, p[passed:passed+piece.Size])
		if b.err = b.failed; b.err == nil {
			passed += piece.Size
		}
	}
	b.have = copy(b.held[:], p[passed:n])
	if err != nil {
		b.end(err, b.held[:b.have])
	}
	return passed
}

// rewrite passes on what was read, or what is read now, up to where something is to be waited for.
func (b *Body) rewrite() {
	b.base = b.base[:0]
	for len(b.rest) > 0 && b.err == nil {
		if b.pending == nil {
			piece, more := b.split.Next(b.rest)
			if more {
				break
			}
			b.pending = &piece
			if b.rewriter.Pauses(piece) && len(b.base) > 0 {
				break
			}
		}
		piece := *b.pending
		b.pending = nil
		b.chain[0](piece, b.rest[:piece.Size])
		b.rest, b.err = b.rest[piece.Size:], b.failed
	}
	b.out = b.base
	switch {
	case len(b.out) > 0 || b.err != nil || b.pending != nil:
	case b.sourceErr != nil:
		b.end(b.sourceErr, b.rest)
	default:
		if b.buffer == nil {
			b.buffer = make([]byte, bufferSize)
		}
		have := copy(b.buffer, b.rest)
		n, err := b.source.Read(b.buffer[have:])
		b.rest, b.sourceErr = b.buffer[:have+n], err
	}
}

// end ends the body for err of the source, behind rest, which is of a piece that is not whole.
func (b *Body) end(err error, rest []byte) {
	if b.err != nil {
		return
	}
	b.base = b.base[:0]
	if b.split.End() {
		b.chain[0](Piece{Inside: true, Ends: true, Form: true}, nil)
	}
	if b.rewriter != nil {
		b.rewriter.End(b.chain[len(b.handlers)])
	}
	b.out = append(b.base, rest...)
	if b.err = b.failed; b.err != nil {
		return
	}
	if b.Ended != nil {
		err = b.Ended(err)
	}
	b.err = err
}
