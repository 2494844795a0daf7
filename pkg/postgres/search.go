package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

// indexPastDays makes days that are over quick to search: trigrams of their bodies and headers. The day that is being
// written does without, since they cost more to keep up to date than all that is written otherwise; docs/adr/0005 has the
// figures. A server without pg_trgm does without as well.
func (s *Store) indexPastDays(ctx context.Context, now time.Time) error {
	days, err := s.unindexedDays(ctx, dayOf(now.Add(-searchDelay)))
	if err != nil || len(days) == 0 {
		return err
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var locked bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock("+searchLock+")").Scan(&locked); err != nil || !locked {
		return err
	}
	// On a connection that is lost both end by themselves.
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock("+searchLock+"); RESET statement_timeout; RESET maintenance_work_mem")
	}()
	if _, err := conn.ExecContext(ctx, "SET statement_timeout = 0; SET maintenance_work_mem = '128MB'"); err != nil {
		return err
	}
	// Another instance may have been at it until now.
	if days, err = s.unindexedDays(ctx, dayOf(now.Add(-searchDelay))); err != nil {
		return err
	}
	for _, partition := range days {
		start := time.Now()
		if err := indexForSearch(ctx, conn, partition); err != nil {
			return fmt.Errorf("index %s for searching: %w", partition, err)
		}
		s.logger.InfoContext(ctx, "recordings of a past day indexed for searching", "partition", partition, "took", time.Since(start).Round(time.Millisecond))
	}
	return nil
}

// indexForSearch lets late recordings be written meanwhile.
func indexForSearch(ctx context.Context, conn *sql.Conn, partition string) error {
	name := pq.QuoteIdentifier(partition + "_search")
	// What is left of an attempt that ended early is no index.
	if _, err := conn.ExecContext(ctx, "DROP INDEX IF EXISTS "+name); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`CREATE INDEX CONCURRENTLY %s ON %s USING gin (body gin_trgm_ops, response_body gin_trgm_ops,
		(headers::text) gin_trgm_ops, (response_headers::text) gin_trgm_ops)`, name, pq.QuoteIdentifier(partition)))
	if gone, ok := errors.AsType[*pq.Error](err); ok && gone.Code == "42P01" {
		return nil // retention was quicker
	}
	return err
}

// unindexedDays are the partitions of days before the given one that have no index for searching, the newest first.
func (s *Store) unindexedDays(ctx context.Context, before time.Time) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT day.relname FROM pg_inherits JOIN pg_class day ON day.oid = inhrelid
		WHERE inhparent = 'recorded_requests'::regclass AND EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')
			AND NOT EXISTS (SELECT FROM pg_index JOIN pg_class index ON index.oid = indexrelid
				WHERE indrelid = day.oid AND indisvalid AND index.relname = day.relname || '_search')
		ORDER BY day.relname DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var days []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		if day, ok := dayOfPartition(name, "recorded_requests"); ok && day.Before(before) {
			days = append(days, name)
		}
	}
	return days, rows.Err()
}
