package traffic

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Rollups is a store that keeps traffic in all Resolutions. What is rolled up is when, and for how long it is kept, is decided here;
// a store adds up rows, and deletes them.
type Rollups interface {
	// Kept returns what is kept now.
	Kept(ctx context.Context) (Kept, error)
	// Exclusively runs f in one transaction, at a time at which nobody else is in one and no interval is being written: what f
	// sees is all that was written, and what is written after it knows what f did. It returns false where another is at it.
	Exclusively(ctx context.Context, f func(Rows) error) (bool, error)
	// DeleteBefore deletes the intervals of a level of a time that is not kept any more. Intervals of seconds may stay for as
	// long as the same ones might be written again, by which they are known.
	DeleteBefore(ctx context.Context, level int, from time.Time) error
}

// Rows are the rows of a store in a transaction.
type Rows interface {
	// Kept returns what is kept.
	Kept(ctx context.Context) (Kept, error)
	// Oldest returns when the first of the intervals of a level begins that have their middle at or after a moment, or an earlier
	// moment that is near; nil where there is none.
	Oldest(ctx context.Context, level int, from time.Time) (*time.Time, error)
	// Add adds the intervals of the finer level that have their middle in the range of roll up, as RollUp does, and stores that
	// its level is rolled up until the end of it.
	Add(ctx context.Context, roll Roll) error
	// KeepFrom stores from when on intervals of a level are kept.
	KeepFrom(ctx context.Context, level int, from time.Time) error
}

// Maintain rolls up what is due at now, and deletes what is older than wanted. Any number of callers may be at it: one does the work.
// One that ends in the middle leaves whole steps behind, and the next goes on from there.
func Maintain(ctx context.Context, store Rollups, days Days, now time.Time) error {
	kept, err := store.Kept(ctx)
	if err != nil {
		return err
	}
	if kept.Due(now) {
		for level := 1; level <= coarsest; level++ {
			if mine, err := rollUp(ctx, store, level, now); err != nil || !mine {
				return err
			}
		}
		if kept, err = store.Kept(ctx); err != nil {
			return err
		}
	}
	return age(ctx, store, kept, days, now)
}

// rollUp rolls up into one level, a few steps at a time. It reports false where another is at it.
func rollUp(ctx context.Context, store Rollups, level int, now time.Time) (mine bool, err error) {
	for more := true; more; {
		mine, err = store.Exclusively(ctx, func(rows Rows) error {
			kept, err := rows.Kept(ctx)
			if err != nil {
				return err
			}
			oldest, err := rows.Oldest(ctx, level-1, kept[level].To)
			if err != nil {
				return err
			}
			var roll Roll
			if roll, more = kept.Next(level, now, oldest); !more {
				return nil
			}
			return rows.Add(ctx, roll)
		})
		if err != nil || !mine {
			return mine, err
		}
	}
	return true, nil
}

// age gives up what is older than wanted.
func age(ctx context.Context, store Rollups, kept Kept, days Days, now time.Time) error {
	if kept.Aged(days, now) == kept {
		return nil
	}
	var aged Kept
	mine, err := store.Exclusively(ctx, func(rows Rows) error {
		kept, err := rows.Kept(ctx)
		if err != nil {
			return err
		}
		aged = kept.Aged(days, now)
		for level := range Resolutions {
			if aged[level].From.Equal(kept[level].From) {
				continue
			}
			if err := rows.KeepFrom(ctx, level, aged[level].From); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !mine {
		return err
	}
	for level := range Resolutions {
		if from := aged[level].From; !from.IsZero() {
			if err := store.DeleteBefore(ctx, level, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// RollUp adds intervals up to those of one length, ordered by time and key. It is what a store does with its rows:
//
//   - One interval for each key with requests, of all instances together.
//   - One for each gateway, with nothing but its plugins and connections: the sum over the instances of what each had last.
func RollUp(intervals []Interval, length time.Duration) []Interval {
	rolled := newRolling(length)
	for i := range intervals {
		rolled.add(&intervals[i])
	}
	return rolled.intervals()
}

// rolling adds up intervals of any order.
type rolling struct {
	length time.Duration
	cells  map[rollingCell]*Interval
	// last are the numbers of connections by gateway and interval, then by instance.
	last map[rollingCell]map[string]connected
}

type rollingCell struct {
	start time.Time
	key   Key
}

// connected is a number of connections, and when it was.
type connected struct {
	at     time.Time
	active int64
}

func newRolling(length time.Duration) *rolling {
	return &rolling{length: length, cells: map[rollingCell]*Interval{}, last: map[rollingCell]map[string]connected{}}
}

func (r *rolling) at(cell rollingCell) *Interval {
	if r.cells[cell] == nil {
		r.cells[cell] = &Interval{Key: cell.key, Start: cell.start, Seconds: r.length.Seconds()}
	}
	return r.cells[cell]
}

func (r *rolling) add(in *Interval) {
	start := in.Middle().UTC().Truncate(r.length)
	gateway := rollingCell{start, Key{Gateway: in.Gateway}}
	r.at(gateway).Merge(Interval{Plugins: in.Plugins})
	if r.last[gateway] == nil {
		r.last[gateway] = map[string]connected{}
	}
	last, seen := r.last[gateway][in.Instance]
	if !seen || in.Start.After(last.at) || in.Start.Equal(last.at) && in.Active > last.active {
		r.last[gateway][in.Instance] = connected{in.Start, in.Active}
	}
	if in.Requests > 0 {
		counts := *in
		counts.Plugins = nil
		r.at(rollingCell{start, in.Key}).Merge(counts)
	}
}

func (r *rolling) intervals() []Interval {
	for gateway, instances := range r.last {
		active := int64(0)
		for _, last := range instances {
			active += last.active
		}
		r.cells[gateway].Active = active
	}
	out := make([]Interval, 0, len(r.cells))
	for _, in := range r.cells {
		out = append(out, *in)
	}
	slices.SortFunc(out, func(a, b Interval) int { return cmp.Or(a.Start.Compare(b.Start), compareKeys(a.Key, b.Key)) })
	return out
}

// Late reports whether an interval that is written now is of a time that was rolled up already.
func (k Kept) Late(in Interval) bool { return in.Middle().Before(k[1].To) }

// Additions returns what intervals that were written late add to each level, at most once each: to those levels that were rolled up
// beyond their time, and keep it. The number of connections of a gateway stays as it was rolled up, where it was.
func (k Kept) Additions(intervals []Interval) (additions [len(Resolutions)][]Interval) {
	for level := 1; level <= coarsest; level++ {
		var late []Interval
		for _, in := range intervals {
			if middle := in.Middle(); middle.Before(k[level].To) && !middle.Before(k[level].From) {
				late = append(late, in)
			}
		}
		additions[level] = RollUp(late, Resolutions[level])
	}
	return additions
}
