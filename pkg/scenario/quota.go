package scenario

import "time"

// Quota is the state of a rate limit for one exchange, for its headers.
type Quota struct {
	// Exceeded reports whether the exchange is to be answered with 429.
	Exceeded  bool
	Limit     int
	Remaining int
	// Reset is how long it takes until the window is over.
	Reset time.Duration
}

// quota is a compiled rate limit over fixed windows that begin when the scenario was set.
type quota struct {
	limit   uint64
	window  time.Duration
	counted *counted
}

// newQuota needs a valid f with its defaults.
func newQuota(f *Fault, counts *counts, salt uint64) *quota {
	return &quota{
		limit:   uint64(*f.Limit),
		window:  milli(f.WindowMS),
		counted: newCounted(f.Per, counts, salt),
	}
}

// takenBits hold MaxCount. The other 34 of a cell number the windows: for 198 days where each takes a millisecond.
const takenBits = 30

// take counts x against the limit. A cell holds the number of the window above what was taken of it, so that both change
// together.
func (q *quota) take(x *Exchange, elapsed time.Duration) *Quota {
	now := uint64(elapsed / q.window)
	cell := q.counted.cell(x)
	for {
		before := cell.Load()
		window, taken := before>>takenBits, before&(1<<takenBits-1)
		// A slow goroutine counts in the window that another one has begun.
		if now > window {
			window, taken = now, 0
		}
		exceeded := taken >= q.limit
		if !exceeded {
			taken++
		}
		if cell.CompareAndSwap(before, window<<takenBits|taken) {
			return &Quota{Exceeded: exceeded, Limit: int(q.limit), Remaining: int(q.limit - taken), Reset: q.window - elapsed%q.window}
		}
	}
}
