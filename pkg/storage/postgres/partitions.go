package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// partitionedTables have one partition for each day of UTC, named after the table and the day.
var partitionedTables = []string{"recorded_requests", "recorded_messages"}

const (
	// daysAhead is how many days have their partitions before they begin.
	daysAhead = 3
	// partitionLock serializes everything that makes or drops partitions.
	partitionLock = "SELECT pg_advisory_xact_lock(hashtextextended('mockforge partitions', 0))"
	dayFormat     = "20060102"
)

// partitions remembers the days that have partitions.
type partitions struct {
	mu    sync.Mutex
	known map[string]bool
}

func (p *partitions) missing(days map[string]time.Time) []time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	var missing []time.Time
	for name, day := range days {
		if !p.known[name] {
			missing = append(missing, day)
		}
	}
	return missing
}

func (p *partitions) add(days []time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) > 1000 {
		p.known = map[string]bool{}
	}
	for _, day := range days {
		p.known[day.Format(dayFormat)] = true
	}
}

func (p *partitions) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = nil
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// ensurePartitions makes the partitions of days that are missing.
func (s *Store) ensurePartitions(ctx context.Context, days []time.Time) error {
	if len(days) == 0 {
		return nil
	}
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, partitionLock); err != nil {
			return err
		}
		for _, day := range days {
			for _, table := range partitionedTables {
				if err := createPartition(ctx, tx, table, day); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		s.partitions.add(days)
	}
	return err
}

// createPartition makes a table and attaches it, since ATTACH lets reads and writes of the other days go on while
// CREATE TABLE … PARTITION OF does not.
func createPartition(ctx context.Context, tx *sql.Tx, table string, day time.Time) error {
	name := table + "_" + day.Format(dayFormat)
	if exists, err := partitionExists(ctx, tx, name); err != nil || exists {
		return err
	}
	statement := fmt.Sprintf("CREATE TABLE %[1]s (LIKE %[2]s INCLUDING ALL); ALTER TABLE %[2]s ATTACH PARTITION %[1]s FOR VALUES FROM (%[3]s) TO (%[4]s)",
		pq.QuoteIdentifier(name), table, pq.QuoteLiteral(day.Format(time.RFC3339)), pq.QuoteLiteral(day.AddDate(0, 0, 1).Format(time.RFC3339)))
	_, err := tx.ExecContext(ctx, statement)
	return err
}

// partitionExists looks into the catalogue as of now: to_regclass asks a cache that does not know yet what another
// instance did while this one waited for the lock.
func partitionExists(ctx context.Context, tx *sql.Tx, name string) (exists bool, err error) {
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_inherits JOIN pg_class ON oid = inhrelid
		WHERE relname = $1 AND inhparent = ANY (ARRAY(SELECT to_regclass(t)::oid FROM unnest($2::text[]) t)))`,
		name, pq.Array(partitionedTables)).Scan(&exists)
	return exists, err
}

// partition is one of a table, with what the catalogue knows of it.
type partition struct {
	name string
	day  time.Time
	// rows is an estimate, -1 where there is none.
	rows, bytes int64
}

// dropPartitions drops the partitions of days that nobody wants any more.
func (s *Store) dropPartitions(ctx context.Context, own scenario.Retention, now time.Time) error {
	all, err := s.listPartitions(ctx)
	if err != nil {
		return err
	}
	dropped := false
	defer func() {
		if dropped {
			s.partitions.forget()
		}
	}()
	for _, each := range all {
		if own.RecordingDays > 0 && !each.day.Before(dayOf(now).AddDate(0, 0, -own.RecordingDays)) {
			continue // No need to ask the others.
		}
		var recordings kept
		var gone bool
		err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
			// Dropping waits for readers of the table and makes new ones wait behind it, so it must not wait long: what
			// stays is dropped at the next call.
			if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, partitionLock); err != nil {
				return err
			}
			// A collector may have come since that wants it.
			var err error
			if recordings, _, err = s.longest(ctx, tx, own, now); err != nil || recordings.days == 0 || !each.day.Before(recordings.before(now)) {
				return err
			}
			// Another instance may have dropped it since.
			if gone, err = partitionExists(ctx, tx, each.name); err != nil || !gone {
				return err
			}
			_, err = tx.ExecContext(ctx, "DROP TABLE "+pq.QuoteIdentifier(each.name))
			return err
		})
		if err != nil {
			return fmt.Errorf("drop partition %s: %w", each.name, err)
		}
		if gone {
			dropped = true
			s.logger.InfoContext(ctx, "old recordings dropped", "kept_days", recordings.days, "wanted_by", recordings.by, "database_time", now.UTC(),
				"rows_about", each.rows, "bytes", each.bytes, "partition", each.name)
		}
	}
	return nil
}

// listPartitions lists the partitions of ours by name, the oldest of each table first.
func (s *Store) listPartitions(ctx context.Context) ([]partition, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT child.relname, parent.relname, child.reltuples::bigint, pg_total_relation_size(child.oid) FROM pg_inherits
		JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
		WHERE inhparent = ANY (ARRAY(SELECT to_regclass(t)::oid FROM unnest($1::text[]) t)) ORDER BY child.relname`,
		pq.Array(partitionedTables))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []partition
	for rows.Next() {
		var each partition
		var parent string
		var bytes sql.NullInt64 // null where it was dropped meanwhile
		if err := rows.Scan(&each.name, &parent, &each.rows, &bytes); err != nil {
			return nil, err
		}
		each.bytes = bytes.Int64
		var ours bool
		if each.day, ours = dayOfPartition(each.name, parent); ours {
			all = append(all, each)
		}
	}
	return all, rows.Err()
}

// dayOfPartition reads the name of a partition of ours; one that someone else attached has another, and is theirs.
func dayOfPartition(name, parent string) (time.Time, bool) {
	text, ok := strings.CutPrefix(name, parent+"_")
	day, err := time.Parse(dayFormat, text)
	return day, ok && err == nil
}
