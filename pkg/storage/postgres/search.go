package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"
)

const (
	// searchLock is held by the instance that makes indexes for searching; the others leave it to that one.
	searchLock = "hashtextextended('mockforge search', 0)"
	// searchDelay is how long after the end of a day its index is made: what was under way at midnight, and what was in a
	// spool, has come by then, mostly.
	searchDelay = time.Hour
)

// IndexForSearch makes recordings quick to search: trigrams of their bodies and headers, in one index for a day that is
// over, in a few for the day that is written, of the time until a minute ago. What is being written does without, since
// they cost more to keep up to date than all that is written otherwise; docs/adr/0005 has the figures. A server without
// pg_trgm does without as well. The time is that of the database. Any number of instances may call it at once, every minute or so:
// one does the work.
func (s *Store) IndexForSearch(ctx context.Context) error {
	now, err := s.clock(ctx)
	if err != nil {
		return wrap(err)
	}
	return s.indexForSearch(ctx, now)
}

func (s *Store) indexForSearch(ctx context.Context, now time.Time) error {
	if !s.indexing.TryLock() {
		return nil
	}
	defer s.indexing.Unlock()
	days, err := indexedDays(ctx, s.db)
	if err != nil || !slices.ContainsFunc(days, func(d indexedDay) bool { return s.isDue(d, now) }) {
		return wrap(err)
	}
	// Once the connection was given back: whoever holds one must not wait for another.
	defer s.known.forget()
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return wrap(err)
	}
	defer conn.Close()
	unlock, err := s.lockSearch(ctx, conn)
	if err != nil || unlock == nil {
		return wrap(err)
	}
	defer unlock()
	ctx = patient(ctx)
	// Another instance may have been at it until now.
	if days, err = indexedDays(ctx, conn); err != nil {
		return wrap(err)
	}
	for _, day := range days {
		if !s.isDue(day, now) {
			continue
		}
		if err := s.indexDay(ctx, conn, day, now); err != nil {
			return fmt.Errorf("index %s for searching: %w", day.partition, wrap(err))
		}
	}
	return nil
}

// lockSearch makes this instance the one that does the work; unlock is nil where another does, or none can. conn is what it is
// done on: an index that is made while recordings are written cannot be in a transaction.
func (s *Store) lockSearch(ctx context.Context, conn *sql.Conn) (unlock func(), err error) {
	var locked bool
	if !s.ways.throughPooler() {
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock("+searchLock+")").Scan(&locked); err != nil || !locked {
			return nil, err
		}
		// On a connection that is lost both end by themselves.
		unlock = func() {
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+searchLock+"); RESET statement_timeout; RESET maintenance_work_mem")
		}
		if _, err := conn.ExecContext(ctx, "SET statement_timeout = 0; SET maintenance_work_mem = '128MB'"); err != nil {
			unlock()
			return nil, err
		}
		return unlock, nil
	}
	if s.db.most == 1 {
		// The lock is held by another connection than the work is done on, and there is but one.
		s.logger.DebugContext(ctx, "through a pooler and with one connection no index for searching can be made")
		return nil, nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = tx.Rollback() }
	if err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock("+searchLock+")").Scan(&locked); err != nil || !locked {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// isDue reports whether a day may have something to do.
func (s *Store) isDue(d indexedDay, now time.Time) bool {
	return len(d.leftOver) > 0 || d.isOver(now) || s.sliceIsDue(d, now)
}

// isOver reports whether it is time for the index of the whole day.
func (d *indexedDay) isOver(now time.Time) bool {
	return !d.whole && d.day.Before(dayOf(now.Add(-searchDelay)))
}

func (s *Store) indexDay(ctx context.Context, conn *sql.Conn, day indexedDay, now time.Time) error {
	for _, index := range day.leftOver {
		if err := dropSlice(ctx, conn, index); err != nil {
			return err
		}
	}
	if !day.isOver(now) {
		if !s.sliceIsDue(day, now) {
			return nil
		}
		return s.indexSlice(ctx, conn, day, now)
	}
	start := time.Now()
	if err := createSearchIndex(ctx, conn, day.partition+"_search", day.partition, ""); err != nil {
		return err
	}
	s.logger.InfoContext(ctx, "recordings of a past day indexed for searching", "partition", day.partition, "took", time.Since(start).Round(time.Millisecond))
	for _, slice := range day.slices {
		if err := dropSlice(ctx, conn, slice.index); err != nil {
			return err
		}
	}
	return nil
}

// createSearchIndex lets recordings be written meanwhile. The condition is that of a slice, or empty.
func createSearchIndex(ctx context.Context, conn *sql.Conn, name, partition, condition string) error {
	// What is left of an attempt that ended early is no index.
	if err := dropSlice(ctx, conn, name); err != nil {
		return err
	}
	if condition != "" {
		condition = " WHERE " + condition
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`CREATE INDEX CONCURRENTLY %s ON %s USING gin (body gin_trgm_ops, response_body gin_trgm_ops,
		(headers::text) gin_trgm_ops, (response_headers::text) gin_trgm_ops)%s`, pq.QuoteIdentifier(name), pq.QuoteIdentifier(partition), condition))
	if gone, ok := errors.AsType[*pq.Error](err); ok && gone.Code == "42P01" {
		return nil // retention was quicker
	}
	return err
}
