package recorder

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
	// attemptLimit ends a write that got no answer, as of a database whose machine is gone.
	attemptLimit = 30 * time.Second
	// busyLimit is how long a batch waits for one before it that is being written, until it is put on disk instead; less
	// where the queue is half full, which is looked at every busyStep.
	busyLimit = time.Second
	busyStep  = 50 * time.Millisecond
)

// hand gives a batch to the goroutine that writes, or puts it on disk while the sink is away.
func (r *Recorder) hand(batch []recording.Recording) {
	if r.options.Spool == nil {
		select {
		case r.batches <- batch:
		case <-r.flushing.Done():
			r.options.Metrics.Dropped(DroppedShutdown, len(batch))
		}
		return
	}
	if !r.away.Load() && r.offer(batch) {
		return
	}
	r.keep(batch)
}

// offer gives a batch to the goroutine that writes, unless that is busy for too long.
func (r *Recorder) offer(batch []recording.Recording) bool {
	ticker := time.NewTicker(busyStep)
	defer ticker.Stop()
	for range busyLimit / busyStep {
		select {
		case r.batches <- batch:
			return true
		case <-r.flushing.Done():
			return false
		case <-ticker.C:
		}
		if r.queue.crowded() {
			break
		}
	}
	r.leave("no answer yet")
	return false
}

// write writes batches until there are none any more, and what is on disk as soon as it can.
func (r *Recorder) write() {
	var held backlog
	wait := backoffFirst
	for {
		batch, ok := r.next(&held, wait)
		switch {
		case !ok:
			return
		case batch != nil && r.options.Spool == nil:
			r.insist(batch)
		case batch != nil:
			if err := r.attempt(batch); err != nil {
				r.leave(err)
				r.keep(batch)
			}
		case r.load(&held):
			wait = backoffFirst
		default:
			wait = min(2*wait, backoffMost)
		}
	}
}

// next waits for a batch, or until it is time to load what is on disk: batch is nil then. ok is false at the end.
func (r *Recorder) next(held *backlog, wait time.Duration) (batch []recording.Recording, ok bool) {
	var due <-chan time.Time
	if r.options.Spool != nil && !r.stopping() {
		switch {
		case held.empty() && r.options.Spool.Empty():
			// Nothing is left to try with: the next batch will tell.
			r.away.Store(false)
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

// attempt writes a batch once.
func (r *Recorder) attempt(batch []recording.Recording) error {
	ctx, cancel := context.WithTimeout(r.flushing, attemptLimit)
	defer cancel()
	start := time.Now()
	rejected, err := r.options.Sink.WriteRecordings(ctx, batch)
	r.options.Metrics.Flushed(time.Since(start))
	if err != nil {
		return err
	}
	r.options.Metrics.Recorded(len(batch) - rejected)
	if rejected > 0 {
		r.options.Metrics.Dropped(DroppedRejected, rejected)
		r.options.Logger.Error("the database refused recordings, which are lost", "count", rejected)
	}
	if r.away.Swap(false) {
		r.options.Logger.Info("recordings are written again")
	}
	return nil
}

// insist writes a batch, again and again while the sink is away.
func (r *Recorder) insist(batch []recording.Recording) {
	wait := backoffFirst
	for {
		err := r.attempt(batch)
		if err == nil {
			return
		}
		if r.flushing.Err() != nil {
			r.options.Metrics.Dropped(DroppedShutdown, len(batch))
			return
		}
		r.leave(err)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-r.flushing.Done():
			timer.Stop()
		}
		wait = min(2*wait, backoffMost)
	}
}

// leave notes that the sink is away, and says so once.
func (r *Recorder) leave(reason any) {
	if r.away.Swap(true) {
		return
	}
	where := "in memory"
	if r.options.Spool != nil {
		where = "on disk"
	}
	r.options.Logger.Warn("recordings wait "+where+" until the database is back; traffic is not affected", "error", reason)
}
