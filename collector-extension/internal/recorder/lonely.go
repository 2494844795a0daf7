package recorder

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// lonelyTries is how often a recording is tried alone before the others get their turn.
	lonelyTries = 3
	// lonelyTime is how long one is tried again and again, behind the others on disk.
	lonelyTime = time.Hour
	// maxLonely bounds what is known of such recordings.
	maxLonely = 1000
)

// lonely is a recording that took too long although it was written alone.
type lonely struct {
	tries int
	since time.Time
	// stored is how many writes had succeeded by then: where there were more since, it is not the sink that is at fault.
	stored uint64
	told   bool
}

// portionOf returns how many of a batch are written next: one that took too long alone goes alone, since it would take others
// along.
func (r *Recorder) portionOf(batch []*recording.Recording) int {
	n := min(r.portion.most, len(batch))
	if len(r.lonely) == 0 {
		return n
	}
	for i := range n {
		if _, known := r.lonely[batch[i].ID]; known {
			return max(1, i)
		}
	}
	return n
}

// noteLonely counts a try.
func (r *Recorder) noteLonely(id uuid.UUID) {
	l := r.lonely[id]
	if l == nil {
		if len(r.lonely) >= maxLonely {
			return
		}
		l = &lonely{since: time.Now(), stored: r.stored.Load()}
		r.lonely[id] = l
	}
	l.tries++
}

// makeWay lets the others of held go before its first recording, which has been tried alone in vain. It leaves for good
// where others were stored meanwhile: at once where there is no disk for it, else when its time is over. While nothing is
// stored at all, every recording stays.
func (r *Recorder) makeWay(held *backlog) {
	first := held.batch[0]
	l := r.lonely[first.ID]
	switch {
	case l != nil && l.tries < lonelyTries:
		return
	case l != nil && r.stored.Load() > l.stored && (r.options.Spool == nil || time.Since(l.since) >= lonelyTime):
		r.options.Metrics.Dropped(DroppedTimedOut, 1)
		r.options.Logger.Error("the database takes other recordings, but did not store this one in time, again and again: it is lost",
			"id", first.ID, "bytes", first.Size(), "tries", l.tries)
		held.written(1)
		delete(r.lonely, first.ID)
	case l != nil && r.stored.Load() == l.stored && len(held.batch) > 1:
		held.batch = append(held.batch[1:], first)
	case r.options.Spool != nil:
		if l != nil && !l.told {
			l.told = true
			r.options.Logger.Warn("a recording takes the database too long, and waits on disk behind the others", "id", first.ID, "bytes", first.Size())
		}
		r.putBehind(first)
		held.written(1)
	default:
		select {
		case more := <-r.batches: // nil at the end
			held.batch = append(more, held.batch...)
		default:
		}
	}
}

// putBehind puts a recording on disk once more, behind all others.
func (r *Recorder) putBehind(rec *recording.Recording) {
	record, err := encode(*rec)
	if err == nil {
		err = r.options.Spool.AppendBehind(record)
	}
	switch {
	case err == nil:
	case errors.Is(err, spool.ErrFull):
		r.options.Metrics.Dropped(DroppedSpoolFull, 1)
	default:
		r.options.Metrics.Dropped(DroppedSpoolFailed, 1)
		r.options.Logger.Error("a recording could not be kept on disk and is lost: make room in recorder::storage::spool_directory", "error", err)
	}
}
