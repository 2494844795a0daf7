package recorder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
)

const (
	// retryFirst and retryMost are between attempts to write while the sink is away.
	retryFirst   = 100 * time.Millisecond
	retryMost    = 5 * time.Second
	attemptLimit = 30 * time.Second
	// busyLimit is how long a recording waits in memory while others are being written, until it is put on disk instead; less
	// where the queue is crowded. Both are looked at every busyStep.
	busyLimit = time.Second
	busyStep  = 50 * time.Millisecond
)

// hand gives a batch to a goroutine that writes, or puts it on disk while the sink is away, or where they are busy for too long. Its
// first recording was queued since then.
func (r *Recorder) hand(batch []*recording.Recording, since time.Duration) {
	if r.options.Sink == nil {
		return
	}
	spooled := r.options.Spool != nil
	if spooled && r.away.Load() {
		r.keep(batch)
		return
	}
	select {
	case r.batches <- batch:
		return
	default:
	}
	ticker := time.NewTicker(busyStep)
	defer ticker.Stop()
	for {
		// One is enough where it keeps up, and where the sink has trouble.
		var more chan<- []*recording.Recording
		if r.options.Writers != 1 && !r.away.Load() && !r.careful.Load() && r.queue.behind() {
			more = r.more
		}
		select {
		case r.batches <- batch:
			return
		case more <- batch:
			return
		case <-r.flushing.Done():
			if spooled {
				r.keep(batch)
			} else {
				r.options.Metrics.Dropped(DroppedShutdown, len(batch))
			}
			return
		case <-ticker.C:
		}
		if spooled && (r.away.Load() || r.queue.crowded() || r.queue.age()-since >= busyLimit) {
			r.leave("no answer yet")
			r.keep(batch)
			return
		}
	}
}

// help writes batches of which there are more than write can. One that is not stored is left to that, or put on disk.
func (r *Recorder) help() {
	for batch := range r.more {
		_, err := r.attempt(batch)
		switch {
		case err == nil:
		case r.options.Spool != nil:
			r.leave(err)
			r.keep(batch)
		default:
			r.leave(err)
			select {
			case r.batches <- batch:
			case <-r.flushing.Done():
				r.options.Metrics.Dropped(DroppedShutdown, len(batch))
			}
		}
	}
}

// write writes batches until there are none any more, and what is on disk as soon as it can.
func (r *Recorder) write() {
	var held backlog
	pace := retry.NewPace(retryFirst, retryMost)
	wait := pace.Next()
	for {
		batch, ok := r.next(&held, wait)
		switch {
		case !ok:
			return
		case batch != nil && r.options.Spool == nil:
			r.insist(batch)
		case batch != nil:
			r.writeOrKeep(batch)
		case r.load(&held):
			pace.Reset()
			wait = pace.Next()
		default:
			wait = pace.Next()
		}
	}
}

// next waits for a batch, or until it is time to load what is on disk: batch is nil then. ok is false at the end.
func (r *Recorder) next(held *backlog, wait time.Duration) (batch []*recording.Recording, ok bool) {
	var due <-chan time.Time
	if r.options.Spool != nil && !r.stopping() {
		switch {
		case held.empty() && r.options.Spool.Empty():
			// Nothing is left to try with: the next batch will tell.
			r.back()
		case r.away.Load():
			timer := time.NewTimer(wait)
			defer timer.Stop()
			due = timer.C
		default:
			select {
			case batch, ok = <-r.batches:
				return batch, ok
			default:
				return nil, true
			}
		}
	}
	select {
	case batch, ok = <-r.batches:
		return batch, ok
	case <-due:
		return nil, true
	}
}

func (r *Recorder) stopping() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// advance writes the next portion of a batch. alone reports whether that was one recording.
func (r *Recorder) advance(held *backlog) (alone bool, err error) {
	n := r.portionOf(held.batch)
	whole := r.portion.whole()
	took, err := r.attempt(held.batch[:n])
	switch {
	case err == nil:
		if len(r.lonely) > 0 {
			for i := range n {
				delete(r.lonely, held.batch[i].ID)
			}
		}
		held.written(n)
		r.portion.written(n, took)
	case !errors.Is(err, ErrTooMuch):
	case n == 1:
		r.noteLonely(held.batch[0].ID)
	default:
		r.portion.tooMuch(n, took)
	}
	if now := r.portion.whole(); now != whole {
		if now {
			r.options.Logger.Info("recordings are written in whole batches again")
		} else {
			r.options.Logger.Info("the database takes too long for a batch of recordings: they are written in smaller ones", "error", err)
		}
	}
	r.careful.Store(!r.portion.whole() || len(r.lonely) > 0)
	return n == 1 && errors.Is(err, ErrTooMuch), err
}

// attempt writes recordings once, and says how long it took.
func (r *Recorder) attempt(batch []*recording.Recording) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(r.flushing, r.options.AttemptLimit)
	defer cancel()
	start := time.Now()
	rejected, err := r.options.Sink.WriteRecordings(ctx, batch)
	took = time.Since(start)
	r.options.Metrics.Flushed(took)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && r.flushing.Err() == nil {
			err = fmt.Errorf("%w: %w", ErrTooMuch, err)
		}
		return took, err
	}
	r.options.Metrics.Recorded(len(batch) - rejected)
	if rejected > 0 {
		r.options.Metrics.Dropped(DroppedRejected, rejected)
		r.options.Logger.Error("the database refused recordings, which are lost", "count", rejected)
	}
	r.stored.Add(1)
	r.away.Store(false)
	if r.options.Spool == nil {
		r.back()
	}
	return took, nil
}

// writeOrKeep writes a batch, or puts on disk what is not written at the first attempt.
func (r *Recorder) writeOrKeep(batch []*recording.Recording) {
	held := backlog{batch: batch}
	for !held.empty() {
		if _, err := r.advance(&held); err != nil {
			r.leave(err)
			r.keep(held.batch)
			return
		}
	}
}

// insist writes a batch, again and again while the sink is away.
func (r *Recorder) insist(batch []*recording.Recording) {
	held := backlog{batch: batch}
	pace := retry.NewPace(retryFirst, retryMost)
	for !held.empty() {
		alone, err := r.advance(&held)
		if err == nil {
			pace.Reset()
			continue
		}
		if r.flushing.Err() != nil {
			r.options.Metrics.Dropped(DroppedShutdown, len(held.batch))
			return
		}
		r.leave(err)
		if alone {
			r.makeWay(&held)
		}
		_ = pace.Wait(r.flushing) // The last attempt is one that cannot succeed, and drops.
	}
}

// leave notes that the sink is away, and says so once.
func (r *Recorder) leave(reason any) {
	r.away.Store(true)
	if r.told.Swap(true) {
		return
	}
	where := "in memory"
	if r.options.Spool != nil {
		where = "on disk"
	}
	r.options.Logger.Warn("recordings wait "+where+" until the database is back; traffic is not affected", "error", reason)
}

// back notes that nothing waits any more, and says so once.
func (r *Recorder) back() {
	r.away.Store(false)
	if r.told.Swap(false) {
		r.options.Logger.Info("recordings are written again")
	}
}
