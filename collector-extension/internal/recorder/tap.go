package recorder

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Why recordings do not come out of a tap, or are lost behind it.
const (
	// LostFull is of those that found no room in its queue, LostStopped of those that came when it was closed.
	LostFull    = "queue_full"
	LostStopped = "stopped"
	// LostRefused is of those that the pipeline behind it will never take, LostRetried of those that it did not take within all
	// retries, LostShutdown of those that it did not take before the end.
	LostRefused  = "refused"
	LostRetried  = "retries_exhausted"
	LostShutdown = "shutdown"
)

// LostReasons returns why recordings are lost to a tap, in the order in which they are shown.
func LostReasons() []string {
	return []string{LostFull, LostRefused, LostRetried, LostShutdown, LostStopped}
}

// catchUpLimit is how long a tap that closes waits for what was recorded before.
const catchUpLimit = 2 * time.Second

// Tapped has recordings to tap. The extension does, and receivers find it by this.
type Tapped interface {
	// Tap hands over all that is recorded from now on. The error says why there is nothing to hand over.
	Tap(o TapOptions) (*Tap, error)
}

// TapOptions are what a tap is made of.
type TapOptions struct {
	// Name tells it apart in metrics. It is that of the receiver.
	Name string
	// BufferSize is how many recordings wait in it at most, BufferBytes how many bytes they hold, but for one that is larger by itself.
	BufferSize  int
	BufferBytes int64
	// Exporters hands over what exporters have sent, too.
	Exporters bool
}

// TapMetrics is told what happens at taps. Its methods are called from several goroutines.
type TapMetrics interface {
	// TapOpened begins what is counted of a tap.
	TapOpened(name string)
	TapDelivered(name string, n int)
	TapLost(name, reason string, n int)
}

// Tap hands recordings to somebody else beside the sink, as they are stored. They are shared with the sink: nobody changes them. Who
// takes them too slowly loses some, which is counted, and slows neither traffic nor the sink.
type Tap struct {
	options  TapOptions
	recorder *Recorder
	queue    *queue
	closing  chan struct{}
	lost     atomic.Int64

	// mu keeps what is offered from a tap that closes.
	mu     sync.Mutex
	closed bool
	// missed is how many came when it was closed, and nobody was told of yet.
	missed int
}

// Tap opens a tap, unless one of its name is open.
func (r *Recorder) Tap(o TapOptions) (*Tap, error) {
	if r.options.Taps == nil {
		return nil, fmt.Errorf("this recorder has no taps")
	}
	t := &Tap{options: o, recorder: r, queue: newQueue(o.BufferSize, o.BufferBytes), closing: make(chan struct{})}
	r.tapping.Lock()
	defer r.tapping.Unlock()
	var others []*Tap
	for _, other := range r.allTaps() {
		switch {
		case other.options.Name != o.Name:
			others = append(others, other)
		case other.open():
			return nil, fmt.Errorf("a tap %s is open already", o.Name)
		}
	}
	others = append(others, t)
	r.options.Taps.TapOpened(o.Name)
	r.taps.Store(&others)
	return t, nil
}

// allTaps returns the taps, those that are closed too.
func (r *Recorder) allTaps() []*Tap {
	if taps := r.taps.Load(); taps != nil {
		return *taps
	}
	return nil
}

// tapped reports whether a tap is open.
func (r *Recorder) tapped() bool { return slices.ContainsFunc(r.allTaps(), (*Tap).open) }

// pour offers recordings that are redacted to all taps.
func (r *Recorder) pour(batch ...*recording.Recording) {
	for _, t := range r.allTaps() {
		t.offer(batch)
	}
}

// TapQueues returns how many recordings wait in each tap, by its name.
func (r *Recorder) TapQueues() map[string]int {
	taps := r.allTaps()
	lengths := make(map[string]int, len(taps))
	for _, t := range taps {
		lengths[t.options.Name] = t.queue.length()
	}
	return lengths
}

// sayMissed tells of recordings that came between the end of a tap and that of the recorder.
func (r *Recorder) sayMissed() {
	for _, t := range r.allTaps() {
		t.mu.Lock()
		missed := t.missed
		t.missed = 0
		t.mu.Unlock()
		if missed > 0 {
			r.options.Logger.Info("exchanges ended after the receiver had stopped: they are not in its pipelines", "receiver", t.options.Name, "count", missed)
		}
	}
}

func (t *Tap) offer(batch []*recording.Recording) {
	t.mu.Lock()
	defer t.mu.Unlock()
	full, late := 0, 0
	for _, rec := range batch {
		switch {
		case !t.options.Exporters && rec.Gateway == t.recorder.options.Exporters:
		case t.closed:
			late++
		case !t.queue.put(rec):
			full++
		}
	}
	t.missed += late
	t.Lost(LostFull, full)
	t.Lost(LostStopped, late)
}

func (t *Tap) open() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.closed
}

// Take returns the oldest recordings, at most so many, and so many bytes but for what the last has more. It waits for one; it returns none
// when the tap is closed and empty, or ctx is done.
func (t *Tap) Take(ctx context.Context, most int, bytes int64) []*recording.Recording {
	for {
		over := false
		select {
		case <-ctx.Done():
			return nil
		case <-t.queue.some:
		case <-t.closing:
			over = true
		}
		if batch := t.take(most, bytes); len(batch) > 0 || over {
			return batch
		}
	}
}

// take waits for what is being offered: who is woken by the first of a batch is to have the rest of it, too.
func (t *Tap) take(most int, bytes int64) []*recording.Recording {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := t.queue.take(most, bytes)
	batch := make([]*recording.Recording, len(taken))
	for i := range taken {
		batch[i] = taken[i].Recording
	}
	clear(taken)
	return batch
}

// Delivered counts recordings that were taken over by the pipeline.
func (t *Tap) Delivered(n int) {
	if n > 0 {
		t.recorder.options.Taps.TapDelivered(t.options.Name, n)
	}
}

// Lost counts recordings that were not.
func (t *Tap) Lost(reason string, n int) {
	if n > 0 {
		t.lost.Add(int64(n))
		t.recorder.options.Taps.TapLost(t.options.Name, reason, n)
	}
}

// LostSoFar returns how many are lost since the tap was opened.
func (t *Tap) LostSoFar() int64 { return t.lost.Load() }

// Close hands over nothing that is recorded from now on. What was recorded before still comes out of it, unless the database keeps the
// recorder waiting for more than two seconds, or ctx is done.
func (t *Tap) Close(ctx context.Context) {
	t.recorder.catchUp(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		close(t.closing)
	}
}

// Abandon counts as lost what is still in the tap.
func (t *Tap) Abandon(reason string) { t.Lost(reason, len(t.take(math.MaxInt, math.MaxInt64))) }

// catchUp returns when all that was recorded by now was offered to the taps.
func (r *Recorder) catchUp(ctx context.Context) {
	timer := time.NewTimer(catchUpLimit)
	defer timer.Stop()
	done := make(chan struct{})
	asked := r.asked
	for {
		select {
		case asked <- done:
			asked = nil
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-r.done:
			return
		}
	}
}

// handQueued hands over what is queued by now.
func (r *Recorder) handQueued() {
	for left := r.queue.length(); left > 0; {
		batch, since := r.fill()
		if len(batch) == 0 {
			return
		}
		left -= len(batch)
		r.hand(batch, since)
	}
}
