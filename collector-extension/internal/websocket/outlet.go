package websocket

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

const (
	// maxBatch is how many bytes of messages that are not passed on as they were read are put together before they are written.
	maxBatch = 64 << 10
	// maxQueue and maxQueueBytes bound the messages of ours that wait for the end of another.
	maxQueue      = 1000
	maxQueueBytes = 2 << 20
	// throttlePieces is how many pieces a second of throttled bandwidth is written in.
	throttlePieces = 20
)

var (
	errClosed = errors.New("a close frame was sent: nothing may follow it")
	errQueue  = errors.New("too many messages wait for the end of another")
)

// outlet is what a direction writes to. Frames of others may be put in between.
type outlet struct {
	to io.Writer
	// key masks our frames: upstreams refuse those without one. It hides nothing, since what is masked is not of ours. nil is for
	// clients, which refuse those with one.
	key *[4]byte
	// record is told of frames of ours, and noteClose of the code of a close frame of ours; nil is nobody.
	record    Recorder
	noteClose func(code int)

	// What waits to be written is view, which is in the buffer that it was read into, or batch; ends are the frames that end in it.
	view, batch []byte
	ends        []frameEnd

	// writing is full while something is written, which may take as long as the receiver likes. It guards what follows.
	writing chan struct{}
	// boundary reports whether what was written ended with a frame, between whether with a message.
	boundary, between bool
	// written is set when a close frame was written, of ours or not.
	written event
	queue   [][]byte
	queued  int
	// closeSent reports whether a close frame of ours was written: what follows is not.
	closeSent atomic.Bool
	// due is the code of a close frame of ours that is to be written at the next end of a frame, 0 for none; waiting is how many
	// messages are in the queue.
	due, waiting atomic.Int32
}

// frameEnd is where a frame ends in what waits to be written.
type frameEnd struct {
	at int
	// between reports whether a message ends there, closes whether it is a close frame.
	between, closes bool
}

func newOutlet(to io.Writer, key *[4]byte) *outlet {
	return &outlet{to: to, key: key, writing: make(chan struct{}, 1), boundary: true, between: true, written: newEvent()}
}

// pass adds p, which was read into a buffer, to what waits to be written.
func (o *outlet) pass(p []byte) {
	switch n := len(o.view); {
	case len(p) == 0:
	case len(o.batch) > 0:
		o.batch = append(o.batch, p...)
	case n == 0:
		o.view = p
	case cap(o.view)-n >= len(p) && &o.view[:n+1][n] == &p[0]:
		o.view = o.view[:n+len(p)] // It was read right behind it.
	default:
		o.add(p)
	}
}

// add adds a copy of p to what waits to be written.
func (o *outlet) add(p []byte) {
	o.copyView()
	o.batch = append(o.batch, p...)
}

func (o *outlet) copyView() {
	o.batch = append(o.batch, o.view...)
	o.view = nil
}

// addFrame adds a frame of ours.
func (o *outlet) addFrame(first byte, payload []byte) {
	o.copyView()
	o.batch = appendFrame(o.batch, first, payload, o.key)
}

func (o *outlet) pending() int { return len(o.view) + len(o.batch) }

// endFrame is called when a frame has ended.
func (o *outlet) endFrame(between, closes bool) {
	o.ends = append(o.ends, frameEnd{o.pending(), between, closes})
}

// attention reports whether frames of ours are to be written at the end of a frame.
func (o *outlet) attention() bool { return o.due.Load() != 0 || o.waiting.Load() > 0 }

// flush writes what waits, in pieces of a rate where t has one, and frames of ours that are due.
func (o *outlet) flush(ctx context.Context, t *Treatment) error {
	p := o.view
	if len(o.batch) > 0 {
		p = o.batch
	}
	ends := o.ends
	defer func() {
		o.view, o.batch, o.ends = nil, o.batch[:0], o.ends[:0]
		if cap(o.batch) > 4*maxBatch {
			o.batch = nil
		}
	}()
	if len(p) == 0 {
		if o.attention() {
			return o.settle()
		}
		return nil
	}
	throttled := false
	for at := 0; at < len(p); {
		to := len(p)
		if t != nil && t.Rate > 0 {
			to = at + min(to-at, int(min(max(1, t.Rate/throttlePieces), maxBatch)))
		}
		n, err := o.write(p, at, to, &ends)
		if err != nil {
			return err
		}
		if at += n; t != nil && t.Rate > 0 {
			sleep(ctx, time.Duration(int64(n)*int64(time.Second)/t.Rate), t.replaced)
			throttled = true
		}
	}
	if throttled && t.Throttled != nil {
		t.Throttled()
	}
	return nil
}

// write writes p from at to the byte to, or less where a frame of ours is to come first, and returns how much that was; ends are the
// ends of frames in p behind at.
func (o *outlet) write(p []byte, at, to int, ends *[]frameEnd) (int, error) {
	o.writing <- struct{}{}
	defer o.unlock()
	if err := o.settleLocked(); err != nil {
		return 0, err
	}
	if o.closeSent.Load() {
		return to - at, nil // Nothing follows a close frame of ours.
	}
	if o.attention() {
		closing := o.due.Load() != 0
		for _, end := range *ends {
			if end.between || closing {
				to = min(to, end.at)
				break
			}
		}
	}
	if _, err := o.to.Write(p[at:to]); err != nil {
		return 0, err
	}
	o.boundary, o.between = false, false
	closes := false
	for len(*ends) > 0 && (*ends)[0].at <= to {
		end := (*ends)[0]
		*ends = (*ends)[1:]
		o.boundary, o.between = end.at == to, end.at == to && end.between
		closes = closes || end.closes
	}
	if closes {
		o.written.set()
	}
	return to - at, o.settleLocked()
}

func (o *outlet) unlock() { <-o.writing }

// settle writes the frames of ours that are due.
func (o *outlet) settle() error {
	o.writing <- struct{}{}
	defer o.unlock()
	return o.settleLocked()
}

func (o *outlet) settleLocked() error {
	if o.written.isSet() {
		o.queue, o.queued = nil, 0
		o.waiting.Store(0)
		o.due.Store(0)
		return nil
	}
	code := o.due.Load()
	if code != 0 && o.boundary {
		o.writeClose(int(code))
		return nil
	}
	for len(o.queue) > 0 && o.between {
		payload := o.queue[0]
		o.queue, o.queued = o.queue[1:], o.queued-len(payload)
		o.waiting.Add(-1)
		if _, err := o.to.Write(appendFrame(nil, bitFin|byte(Text), payload, o.key)); err != nil {
			return err
		}
		if o.record != nil {
			o.record.Frame(Text, payload)
		}
	}
	return nil
}

// writeClose writes a close frame of ours.
func (o *outlet) writeClose(code int) {
	o.closeSent.Store(true)
	payload := binary.BigEndian.AppendUint16(nil, uint16(code))
	if o.record != nil {
		o.record.Frame(Close, payload)
	}
	if o.noteClose != nil {
		o.noteClose(code)
	}
	if conn, ok := o.to.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = conn.SetWriteDeadline(time.Now().Add(Grace))
	}
	_, _ = o.to.Write(appendFrame(nil, bitFin|byte(Close), payload, o.key))
	o.written.set()
}

// put writes a message of ours between others, now or when the present one has ended.
func (o *outlet) put(payload []byte) error {
	o.writing <- struct{}{}
	defer o.unlock()
	if o.written.isSet() {
		return errClosed
	}
	if len(o.queue) >= maxQueue || o.queued+len(payload) > maxQueueBytes {
		return errQueue
	}
	o.queue, o.queued = append(o.queue, payload), o.queued+len(payload)
	o.waiting.Add(1)
	return o.settleLocked()
}

// close has a close frame with code written, now or at the end of the present frame, unless one was. It waits until that is so, or
// for grace.
func (o *outlet) close(code int, grace time.Duration, over <-chan struct{}) {
	if o.written.isSet() {
		return
	}
	o.due.Store(int32(code))
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case o.writing <- struct{}{}:
		_ = o.settleLocked()
		o.unlock()
	case <-timer.C:
		return // A timer tells once only.
	case <-over:
		return
	}
	// In the middle of a frame, its sender goes on with the close frame.
	select {
	case <-o.written.channel:
	case <-timer.C:
	case <-over:
	}
}
