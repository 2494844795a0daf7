package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// A day this far from that of the database is of a clock that is wrong: it gets its partition, as long as there are no more than
	// mostFarDays of them. The past is as long as retention can be.
	farPast     = 3660
	farAhead    = 62
	mostFarDays = 100
)

// isFar reports whether a day is far from that of now.
func isFar(day, now time.Time) bool {
	return day.Before(dayOf(now).AddDate(0, 0, -farPast)) || day.After(dayOf(now).AddDate(0, 0, farAhead))
}

// withoutFarOff leaves out recordings of days that are too far off and too many to have partitions of their own: otherwise clocks
// that are wrong could make any number of tables. They are in the error, which is nil where there are none.
func (s *Store) withoutFarOff(ctx context.Context, recordings []*recording.Recording) ([]*recording.Recording, *api.RejectedError, error) {
	missing := s.partitions.missing(daysOf(recordings))
	if len(missing) == 0 {
		return recordings, nil, nil
	}
	now, err := s.clock(ctx)
	if err != nil {
		return nil, nil, err
	}
	missing = slices.DeleteFunc(missing, func(day time.Time) bool { return !isFar(day, now) })
	if len(missing) == 0 {
		return recordings, nil, nil
	}
	all, err := s.listPartitions(ctx)
	if err != nil {
		return nil, nil, err
	}
	far := 0
	there := map[time.Time]bool{}
	for _, each := range all {
		if strings.HasPrefix(each.name, partitionedTables[0]) && isFar(each.day, now) {
			there[each.day] = true
			far++
		}
	}
	refused := map[time.Time]bool{}
	for _, day := range missing {
		if there[day] {
			continue
		}
		if far++; far > mostFarDays {
			refused[day] = true
		}
	}
	if len(refused) == 0 {
		return recordings, nil, nil
	}
	rejected := &api.RejectedError{Err: fmt.Errorf("they are dated more than %d days behind or %d days ahead of the database's %s, and more than %d days are already: the clock of the collector is wrong",
		farPast, farAhead, now.UTC().Format(time.DateOnly), mostFarDays)}
	var near []*recording.Recording
	for i := range recordings {
		if refused[dayOf(recordings[i].StoredTime())] {
			rejected.IDs = append(rejected.IDs, recordings[i].ID)
		} else {
			near = append(near, recordings[i])
		}
	}
	return near, rejected, nil
}

// daysOf returns the days of recordings, by their names in those of partitions.
func daysOf(recordings []*recording.Recording) map[string]time.Time {
	days := map[string]time.Time{}
	var last time.Time
	for i := range recordings {
		// Mostly it is that of the one before.
		if day := dayOf(recordings[i].StoredTime()); i == 0 || !day.Equal(last) {
			days[day.Format(dayFormat)] = day
			last = day
		}
	}
	return days
}

// merged returns both errors as one, or the one that there is.
func merged(e *api.RejectedError, other error) error {
	more, ok := errors.AsType[*api.RejectedError](other)
	switch {
	case e == nil:
		return other
	case other == nil:
		return e
	case !ok:
		return other // The whole batch is written again.
	}
	return &api.RejectedError{IDs: slices.Concat[[]uuid.UUID](e.IDs, more.IDs), Err: e.Err, Cause: e.Cause}
}
