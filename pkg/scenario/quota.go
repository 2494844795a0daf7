package scenario

import "time"

// quota is a compiled rate limit over fixed windows that begin when the scenario was set.
type quota struct {
	limit   uint32
	window  time.Duration
	counted *counted
}

// newQuota needs a valid f with its defaults.
func newQuota(f *Fault, counts *counts, salt uint64) *quota {
	return &quota{
		limit:   uint32(*f.Limit), //nolint:gosec // at most MaxCount
		window:  milli(f.WindowMS),
		counted: newCounted(f.Per, counts, salt),
	}
}

// take counts x against the limit. A cell holds the number of the window in its upper half and what was taken of it in
// its lower half, so that both change together.
func (q *quota) take(x *Exchange, elapsed time.Duration) *Quota {
	now := uint32(elapsed / q.window) //nolint:gosec // the numbers of windows may wrap: neighbours are compared
	cell := q.counted.cell(x)
	for {
		before := cell.Load()
		window, taken := uint32(before>>32), uint32(before) //nolint:gosec // halves
		if int32(now-window) > 0 {                          //nolint:gosec // a difference that may wrap; a slow goroutine counts in the window that another began
			window, taken = now, 0
		}
		exceeded := taken >= q.limit
		if !exceeded {
			taken++
		}
		if cell.CompareAndSwap(before, uint64(window)<<32|uint64(taken)) {
			return &Quota{Exceeded: exceeded, Limit: int(q.limit), Remaining: int(q.limit - taken), Reset: q.window - elapsed%q.window}
		}
	}
}
