package gateway

import (
	"context"
	"io"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// messagePiece is the next piece of a body of messages.
type messagePiece struct {
	size int
	// begins and ends are whether a message begins or ends with it; what is between messages is not inside.
	begins, ends, inside bool
	// payload is whether it may be changed without breaking the form of the body.
	payload bool
	// length is how long the payload is that begins with it: 0 where it goes on, -1 where only its end will tell.
	length int64
}

// splitter tells the messages of a body apart: next returns the first piece of p, which is not empty.
type splitter interface {
	next(p []byte) messagePiece
}

// messageBody harms the messages of a body as they come. Messages are not held back to do so: what is sent twice is kept
// for that, up to maxDuplicate.
type messageBody struct {
	source   io.ReadCloser
	split    splitter
	ctx      context.Context
	exchange *fault.Exchange
	messages *fault.Messages
	tally    *fault.Tally
	// text is whether payloads are UTF-8.
	text bool
	// end ends the body for a fault, and returns what reading it then gives; nil where nothing ends it.
	end func(scenario.Drawn) error

	// buffer is what was read, rest what is left of it, and out what waits to be read of base.
	buffer, rest, base, out []byte
	// piece was decided about and is not passed on yet, wait how long it waits for that; now is what happens to the
	// message, and again is kept of it.
	piece messagePiece
	wait  time.Duration
	now   fault.Message
	again *copied
	// err ends the body once out is read, sourceErr once all of it has passed.
	err, sourceErr error
}

func (b *messageBody) Read(p []byte) (int, error) {
	for len(b.out) == 0 {
		switch {
		case b.err != nil:
			return 0, b.err
		case b.wait > 0:
			start := time.Now()
			b.err = b.exchange.Wait(b.ctx, b.wait)
			b.wait = 0
			b.tally.Delayed(time.Since(start))
		case len(b.rest) > 0:
			b.step()
		case b.sourceErr != nil:
			b.err = b.sourceErr
		default:
			if b.buffer == nil {
				b.buffer = make([]byte, 16<<10)
			}
			var n int
			n, b.sourceErr = b.source.Read(b.buffer)
			b.rest = b.buffer[:n]
		}
	}
	n := copy(p, b.out)
	b.out = b.out[n:]
	return n, nil
}

// Close ends what the body is read from.
func (b *messageBody) Close() error { return b.source.Close() }

// step passes what was read on, up to where something is to be waited for.
func (b *messageBody) step() {
	b.base = b.base[:0]
	for len(b.rest) > 0 && b.err == nil {
		if b.piece.size == 0 {
			b.piece = b.split.next(b.rest)
			if b.piece.begins {
				b.begin()
			}
			if b.wait > 0 {
				break
			}
		}
		b.take()
	}
	b.out = b.base
}

func (b *messageBody) begin() {
	if b.exchange.Over() {
		b.messages = nil
	}
	b.now = b.messages.Next(true)
	b.wait = b.now.Delay
	b.again = newCopy(b.now.Duplicate)
	if b.now.Change != nil {
		b.now.Change.Text = b.text
	}
}

// take passes the present piece on.
func (b *messageBody) take() {
	piece, content := b.piece, b.rest[:b.piece.size]
	b.piece, b.rest = messagePiece{}, b.rest[b.piece.size:]
	if !piece.inside {
		b.base = append(b.base, content...)
		return
	}
	if !b.now.Drop {
		start := len(b.base)
		b.base = append(b.base, content...)
		b.change(piece, b.base[start:])
		b.again.add(b.base[start:])
	}
	if piece.ends {
		b.ended()
	}
}

func (b *messageBody) change(piece messagePiece, content []byte) {
	if b.now.Change == nil || !piece.payload {
		return
	}
	switch {
	case piece.length > 0:
		b.now.Change.Part(piece.length)
	case piece.length < 0:
		b.now.Change.Part(int64(len(content)))
	}
	b.now.Change.Apply(content, [4]byte{})
}

// ended is called when a message has ended.
func (b *messageBody) ended() {
	sent := 1
	switch {
	case b.now.Drop:
		sent = 0
	case b.again != nil && !b.again.tooMuch:
		b.base = append(b.base, b.again.content...)
		sent = 2
	}
	b.now = fault.Message{}
	if due := b.messages.Sent(sent); due != nil && b.end != nil {
		b.err = b.end(*due)
	}
}
