package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"
)

const (
	// sliceSettles is how long after its recordings were made a slice may be indexed: nearly all of them are written by then.
	sliceSettles = 10 * time.Second
	// sliceRecordings are worth an index; fewer are read quickly without.
	sliceRecordings = 1000
	// sliceFan slices of a length become one, so that a day has a few of each length only, and each recording is indexed a
	// few times only.
	sliceFan = 4
	// sliceShare bounds the time that is spent on new slices: each reads the whole day so far, for those that are in it.
	sliceShare = 20
	// slicePause bounds how long that puts the next one off: the first of a day that was long without is no measure.
	slicePause = 15 * time.Minute
	// sliceMost is how many a day has at most: every batch that is written looks at each.
	sliceMost = 24
)

// sliceEnd returns until when a day may be indexed now.
func sliceEnd(d indexedDay, now time.Time) time.Time {
	end := now.UTC().Add(-sliceSettles).Truncate(time.Minute)
	if tomorrow := d.day.AddDate(0, 0, 1); end.After(tomorrow) {
		return tomorrow
	}
	return end
}

// sliceIsDue reports whether the day that is written, or yesterday until its index is made, may get another slice.
func (s *Store) sliceIsDue(d indexedDay, now time.Time) bool {
	if d.whole || d.day.Before(dayOf(now.Add(-searchDelay))) {
		return false
	}
	unindexed := sliceEnd(d, now).Sub(d.end())
	return unindexed > 0 && unindexed >= min(sliceShare*time.Duration(s.sliceCost.Load()), slicePause)
}

// indexSlice makes one index of what has come since the last, and of the slices before that are not longer, where there are
// enough of them.
func (s *Store) indexSlice(ctx context.Context, conn *sql.Conn, day indexedDay, now time.Time) error {
	made := newSlice(day.partition, day.day, day.end(), sliceEnd(day, now))
	var enough bool
	err := conn.QueryRowContext(ctx, "SELECT count(*) = $3 FROM (SELECT FROM recorded_requests WHERE timestamp >= $1 AND timestamp < $2 LIMIT $3) AS recent",
		made.from, made.to, sliceRecordings).Scan(&enough)
	if err != nil || !enough {
		return err
	}
	stays := staying(day.slices, made)
	joined := day.slices[stays:]
	if len(joined) > 0 {
		made = newSlice(day.partition, day.day, joined[0].from, made.to)
	}
	start := time.Now()
	if err := createSearchIndex(ctx, conn, made.index, day.partition, made.predicate()); err != nil {
		return err
	}
	took := time.Since(start)
	if len(joined) == 0 {
		s.sliceCost.Store(int64(took))
	}
	s.logger.DebugContext(ctx, "recent recordings indexed for searching", "index", made.index, "took", took.Round(time.Millisecond))
	for _, slice := range joined {
		if err := dropSlice(ctx, conn, slice.index); err != nil {
			return err
		}
	}
	return nil
}

// staying returns how many slices stay beside the one that is made; the others become part of it.
func staying(before []slice, made slice) int {
	if len(before) >= sliceMost {
		return sliceMost / 2
	}
	stays := len(before)
	from := made.from
	for {
		n := stays
		for n > 0 && before[n-1].to.Sub(before[n-1].from) <= made.to.Sub(from) {
			n--
		}
		if stays-n < sliceFan-1 {
			return stays
		}
		stays, from = n, before[n].from
	}
}

// dropSlice lets recordings be written and read meanwhile.
func dropSlice(ctx context.Context, conn *sql.Conn, index string) error {
	_, err := conn.ExecContext(ctx, "DROP INDEX CONCURRENTLY IF EXISTS "+pq.QuoteIdentifier(index))
	return err
}
