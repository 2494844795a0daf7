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
	type cell struct {
		start time.Time
		key   Key
	}
	rolled := map[cell]*Interval{}
	at := func(start time.Time, key Key) *Interval {
		c := cell{start, key}
		if rolled[c] == nil {
			rolled[c] = &Interval{Key: key, Start: start, Seconds: length.Seconds()}
		}
		return rolled[c]
	}
	ofGateway := map[cell][]Interval{}
	for _, in := range intervals {
		start := in.Middle().UTC().Truncate(length)
		gateway := cell{start, Key{Gateway: in.Gateway}}
		ofGateway[gateway] = append(ofGateway[gateway], in)
		at(start, gateway.key).Merge(Interval{Plugins: in.Plugins})
		if in.Requests > 0 {
			in.Plugins = nil
			at(start, in.Key).Merge(in)
		}
	}
	for gateway, all := range ofGateway {
		at(gateway.start, gateway.key).Active = connections(all)
	}
	out := make([]Interval, 0, len(rolled))
	for _, in := range rolled {
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
