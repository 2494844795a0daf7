package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The order of tables is that of time, but servers that are old read all that a filter allows before they sort it. So pages are looked
// for in steps of time, each stepGrowth times as long as the one before, until there are enough: one of common recordings is found in
// the first, and for one that is not there the steps together cost a little more than all at once.
const (
	firstStep  = time.Minute
	stepGrowth = 32
	stepCount  = 4
)

// reach is which times a search is for, in microseconds; nil is without an end.
type reach struct{ low, high *int64 }

// reachOf returns the times of a filter, and of what is behind a cursor.
func reachOf(f *recording.Filter, cursor *recording.Cursor, ascending bool) (of reach) {
	if f.From != nil {
		low := f.From.UnixMicro()
		of.low = &low
	}
	if f.To != nil {
		high := f.To.UnixMicro()
		of.high = &high
	}
	if cursor == nil {
		return of
	}
	at := cursor.Timestamp.UnixMicro()
	if ascending && (of.low == nil || *of.low < at) {
		of.low = &at
	} else if !ascending && (of.high == nil || *of.high > at) {
		of.high = &at
	}
	return of
}

// search does as find, in steps.
func (s *Store) search(ctx context.Context, clause string, c *conditions, seen *view, of reach, ascending bool, limit int) (all []found, err error) {
	if ascending && of.low == nil {
		return s.find(ctx, clause, c, seen, true, limit)
	}
	edge := time.Now().UnixMicro()
	switch {
	case ascending:
		edge = *of.low
	case of.high != nil:
		edge = min(edge, *of.high)
	}
	begun := ""
	width := firstStep.Microseconds()
	for step := range stepCount + 1 {
		part := clause + begun
		last := step == stepCount
		if ascending {
			edge += width
			last = last || of.high != nil && edge > *of.high
			begun = fmt.Sprintf(" AND time >= %d AND day >= %d", edge, dayOf(time.UnixMicro(edge)))
			if !last {
				part += fmt.Sprintf(" AND time < %d AND day <= %d", edge, dayOf(time.UnixMicro(edge)))
			}
		} else {
			edge -= width
			last = last || of.low != nil && edge < *of.low
			begun = fmt.Sprintf(" AND time < %d AND day <= %d", edge, dayOf(time.UnixMicro(edge)))
			if !last {
				part += fmt.Sprintf(" AND time >= %d AND day >= %d", edge, dayOf(time.UnixMicro(edge)))
			}
		}
		found, err := s.find(ctx, part, c, seen, ascending, limit-len(all))
		if err != nil {
			return nil, err
		}
		if all = append(all, found...); len(all) >= limit || last {
			return all, nil
		}
		width *= stepGrowth
	}
	return all, nil
}
