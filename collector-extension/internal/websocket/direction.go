package websocket

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/punctual"
)

// Direction is one way of a relay: it reads frames of one side, message by message, and writes to the other what is to become of them.
// Where nothing is to, they are written from the buffer that they were read into, and only their headers are looked at.
//
//	source ─ header, rules, limit ─▶ message ─ Decide ─▶ as it is, dropped, changed, decompressed, read as a whole ─▶ outlet
//	                             └─▶ control frames, at once ─────────────────────────────────────────────────────▶
type Direction struct {
	relay *Relay
	from  Side
	// source and out are where it leads from and to.
	source source
	out    *outlet
	rules  *rules
	// limit is how large a message may be, 0 for any size; deflated is the compression that was agreed on, nil for none.
	limit    int64
	deflated *deflated
	// received is told of messages as they come, sent as they are passed on; of both, one is nil. reader may read them.
	received, sent Recorder
	reader         Reader
	treatment      atomic.Pointer[Treatment]

	// Of the message in progress: inMessage says whether it has not ended, packed whether it is compressed, and size how large
	// it is so far. frame is the header of its last frame, of whose payload left bytes are still to come.
	inMessage, packed bool
	size              int64
	frame             header
	left              int64
	// open reports whether a message was passed on in part.
	open bool
}

// Treat has t done to the messages to come; waits for what was done before end.
func (d *Direction) Treat(t *Treatment) {
	if t != nil {
		t.replaced = make(chan struct{})
	}
	if before := d.treatment.Swap(t); before != nil {
		close(before.replaced)
	}
}

// Treated returns the treatment in force; nil is none.
func (d *Direction) Treated() *Treatment {
	if d.out.closeSent.Load() {
		return nil // What still comes is not passed on.
	}
	return d.treatment.Load()
}

// Put puts a text of ours between the messages, now or when the present one has ended.
func (d *Direction) Put(text []byte) error { return d.out.put(text) }

// Wait is for a Reader that makes a message wait: for the given time, or until there is another treatment, or the relay ends.
func (d *Direction) Wait(wait time.Duration) {
	if d.flush() == nil {
		d.sleep(d.treatment.Load(), wait)
	}
}

func (d *Direction) sleep(t *Treatment, wait time.Duration) {
	var replaced chan struct{}
	if t != nil {
		replaced = t.replaced
	}
	sleep(d.relay.ctx, wait, replaced)
}

// sleep waits, unless ctx ends or replaced is closed before that.
func sleep(ctx context.Context, wait time.Duration, replaced <-chan struct{}) {
	timer := punctual.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-replaced:
	case <-ctx.Done():
	}
}

// flush writes what waits to be written.
func (d *Direction) flush() error {
	t := d.treatment.Load()
	for t != nil && t.Stalled && d.relay.ctx.Err() == nil {
		select {
		case <-t.replaced:
		case <-d.relay.ctx.Done():
			if d.out.due.Load() == 0 {
				return context.Cause(d.relay.ctx) // It ends at once.
			}
		}
		t = d.treatment.Load()
	}
	return d.out.flush(d.relay.ctx, t)
}

// run relays until one of the sides ends, or may not go on.
func (d *Direction) run() error {
	d.source.buffer = buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(d.source.buffer)
	d.source.idle = d.flush
	for {
		err := d.step()
		switch {
		case err == nil, errors.Is(err, errUnfinished):
		case errors.Is(err, io.EOF):
			// Of a frame that is not whole, the other side has what there is.
			d.out.pass(d.source.take(len(d.source.buffered())))
			return d.flush()
		default:
			return err
		}
	}
}

// step relays a message, or a frame between messages.
func (d *Direction) step() error {
	d.skim()
	h, size, err := d.header()
	switch {
	case err != nil:
		return err
	case h.begins():
		return d.message(h, size)
	case h.data():
		// The continuation of no message, where there are no rules.
		d.packed = false
		return d.plain(&kept{parts: []part{d.begin(h, size)}, rest: d}, Decision{}, true)
	}
	return d.other(h, size)
}

// skim passes on the messages of one frame that were read whole, up to the first frame that is not one, where nobody is to be told or
// asked about any.
func (d *Direction) skim() {
	if d.sent != nil || d.received != nil || d.reader != nil || d.inMessage || d.treatment.Load() != nil {
		return
	}
	b, at := d.source.buffered(), 0
	start := d.out.pending()
	for at < len(b) && !d.out.attention() {
		h, size, ok := parseHeader(b[at:])
		if !ok || size == 0 || !h.begins() || !h.fin() || h.length > int64(len(b)-at-size) || d.limit > 0 && h.length > d.limit ||
			h.packed() && d.deflated.readable() || d.rules != nil && d.rules.violation(&h, false) != "" {
			break
		}
		at += size + int(h.length)
		d.out.ends = append(d.out.ends, frameEnd{at: start + at, between: true})
	}
	if at > 0 {
		d.open = false
		d.out.pass(d.source.take(at))
	}
}

// header reads the next header, which is within the rules and the limit, and does not take it.
func (d *Direction) header() (header, int, error) {
	if d.out.attention() {
		if err := d.flush(); err != nil {
			return header{}, 0, err
		}
	}
	h, size, ok, err := d.source.header()
	if d.out.closeSent.Load() {
		d.sent = nil
	}
	switch {
	case err != nil:
		return h, 0, err
	case !ok && d.rules == nil:
		return h, 0, d.verbatim()
	case !ok:
		return h, 0, d.violation(Protocol, tooLong)
	}
	if d.rules != nil {
		if wrong := d.rules.violation(&h, d.inMessage); wrong != "" {
			return h, 0, d.violation(Protocol, wrong)
		}
	}
	if h.data() {
		if h.opcode() != Continuation {
			d.size = 0
		}
		if d.limit > 0 && h.length > d.limit-d.size {
			return h, 0, d.violation(TooLarge, "")
		}
		d.size += h.length
	}
	return h, size, nil
}

func (d *Direction) violation(p Problem, reason string) error {
	if err := d.flush(); err != nil {
		return err
	}
	return &ViolationError{By: d.from, Problem: p, Reason: reason}
}

// verbatim passes on what is no WebSocket, to its end.
func (d *Direction) verbatim() error {
	for {
		p, err := d.source.some(bufferSize)
		if err != nil {
			return err
		}
		d.out.pass(p)
	}
}

// other passes a frame on that is of no message.
func (d *Direction) other(h header, size int) error {
	if h.control() {
		return d.control(h, size)
	}
	d.out.pass(d.source.take(size))
	for left := h.length; left > 0; {
		p, err := d.source.some(left)
		if err != nil {
			return err
		}
		d.out.pass(p)
		left -= int64(len(p))
	}
	d.out.endFrame(!d.open, false)
	return nil
}

// control passes a control frame on, at once and as a whole.
func (d *Direction) control(h header, size int) error {
	raw, err := d.source.peek(size + int(h.length))
	if err != nil {
		return err
	}
	kind := h.opcode()
	recorder := d.sent
	if d.received != nil {
		recorder = d.received
	}
	var payload []byte
	if kind == Close || recorder != nil {
		payload = append(make([]byte, 0, maxControl), raw[size:]...)
		Mask{Key: h.key}.Apply(payload)
	}
	if kind == Close && d.rules != nil && h.length >= 2 && !validCode(closeCode(payload)) {
		return d.violation(Protocol, noSuchCode)
	}
	d.out.pass(d.source.take(len(raw)))
	d.out.endFrame(!d.open, kind == Close)
	if recorder != nil && kind.String() != "" {
		recorder.Frame(kind, payload)
	}
	if kind != Close {
		return nil
	}
	d.relay.noteClose(closeCode(payload))
	err = d.flush()
	d.relay.saidClose(d.from)
	return err
}
