package gateway

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// maxDuplicate is up to what size a message is sent twice; it is kept for that.
	maxDuplicate = 1 << 20
	// maxUndecided is how much is held back of what may become an event; what is longer is taken for one.
	maxUndecided = 64 << 10
)

// messageHarm harms the messages of a body as they come. Messages are not held back to do so, but for the beginning of what is not
// known to be one yet; what is sent twice is kept for that.
type messageHarm struct {
	ctx      context.Context
	exchange *fault.Exchange
	messages *fault.Messages
	tally    *fault.Tally
	// text reports whether payloads are UTF-8.
	text bool
	// end ends the body for a fault, and returns the error that it ends with; nil where nothing ends it.
	end func(scenario.Drawn) error

	// undecided reports whether it is not known yet whether the pieces in held begin a message.
	undecided bool
	held      []heldPiece
	heldBytes int
	// now is what is injected into the present message, wait the rest of the delay before it is passed on, and again the copy of
	// it that is sent a second time.
	now   fault.Message
	wait  time.Duration
	again *copiedPieces
}

// heldPiece is a piece with its content.
type heldPiece struct {
	stream.Piece
	content []byte
}

// copiedPieces keep a message that is to be sent again, unless it is too large.
type copiedPieces struct {
	pieces  []heldPiece
	size    int
	tooMuch bool
}

func (c *copiedPieces) add(p stream.Piece, content []byte) {
	if c == nil || c.tooMuch {
		return
	}
	if c.size += len(content); c.size > maxDuplicate {
		c.pieces, c.tooMuch = nil, true
		return
	}
	c.pieces = append(c.pieces, heldPiece{p, append([]byte(nil), content...)})
}

// Pauses decides about a message once it is known to be one, and reports whether it is to wait.
func (h *messageHarm) Pauses(p stream.Piece) bool {
	if p.Begins {
		h.undecided = true
	}
	if !h.undecided || !p.Sure && h.heldBytes <= maxUndecided {
		return false
	}
	h.undecided = false
	if h.exchange.Over() {
		h.messages = nil
	}
	h.now = h.messages.Next(true)
	h.wait, h.again = h.now.Delay, nil
	if h.now.Duplicate {
		h.again = new(copiedPieces)
	}
	if h.now.Change != nil {
		h.now.Change.Text = h.text
	}
	return h.wait > 0
}

// Piece passes a piece on as was decided.
func (h *messageHarm) Piece(p stream.Piece, content []byte, next stream.Next) error {
	if h.wait > 0 {
		start := time.Now()
		err := h.exchange.Wait(h.ctx, h.wait)
		h.wait = 0
		h.tally.Delayed(time.Since(start))
		if err != nil {
			return err
		}
	}
	switch {
	case !p.Inside:
		next(p, content)
		return nil
	case h.undecided && !p.Ends:
		h.held = append(h.held, heldPiece{p, append([]byte(nil), content...)})
		h.heldBytes += len(content)
		return nil
	case h.undecided:
		// It has come to nothing.
		h.undecided = false
		h.End(next)
		next(p, content)
		return nil
	}
	for _, held := range h.held {
		h.pass(held.Piece, held.content, next)
	}
	h.held, h.heldBytes = nil, 0
	h.pass(p, content, next)
	if !p.Ends {
		return nil
	}
	return h.endMessage(next)
}

// End passes on what is held back.
func (h *messageHarm) End(next stream.Next) {
	for _, held := range h.held {
		next(held.Piece, held.content)
	}
	h.held, h.heldBytes = nil, 0
}

func (h *messageHarm) pass(p stream.Piece, content []byte, next stream.Next) {
	if h.now.Drop {
		return
	}
	if h.now.Change != nil && p.Payload {
		switch {
		case p.Part > 0:
			h.now.Change.Part(p.Part)
		case p.Part < 0:
			h.now.Change.Part(int64(len(content)))
		}
		h.now.Change.Apply(content, [4]byte{})
	}
	next(p, content)
	h.again.add(p, content)
}

// endMessage is called when a message has ended.
func (h *messageHarm) endMessage(next stream.Next) error {
	sent := 1
	switch {
	case h.now.Drop:
		sent = 0
	case h.again != nil && !h.again.tooMuch:
		for _, again := range h.again.pieces {
			next(again.Piece, again.content)
		}
		sent = 2
	}
	h.now, h.again = fault.Message{}, nil
	if due := h.messages.Sent(sent); due != nil && h.end != nil {
		return h.end(*due)
	}
	return nil
}
