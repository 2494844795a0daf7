package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"
)

// partitionedTables have one partition for each day of UTC, named after the table and the day.
var partitionedTables = []string{"recorded_requests", "recorded_messages"}

const (
	// daysAhead is how many days have their partitions before they begin.
	daysAhead = 3
	// partitionLock serializes everything that makes or drops partitions.
	partitionLock = "SELECT pg_advisory_xact_lock(hashtextextended('mockforge partitions', 0))"
	dayFormat     = "20060102"
	// trafficRetention and instanceRetention are how long live figures and vanished instances are kept.
	trafficRetention  = "24 hours"
	instanceRetention = "24 hours"
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

// MaintainPartitions makes the partitions of the days ahead of now and drops those that ended retentionDays or more days
// ago (0 keeps all), along with old live figures and instances that have vanished. Then it does what IndexForSearch does. Any
// number of instances may call it at once, every hour or so: one does the work, the others find it done.
func (s *Store) MaintainPartitions(ctx context.Context, retentionDays int, now time.Time) error {
	var ahead []time.Time
	for day := range daysAhead + 1 {
		ahead = append(ahead, dayOf(now).AddDate(0, 0, day))
	}
	if err := s.ensurePartitions(ctx, ahead); err != nil {
		return wrap(err)
	}
	if retentionDays > 0 {
		first := dayOf(now).AddDate(0, 0, -retentionDays)
		if err := s.dropPartitions(ctx, first); err != nil {
			return wrap(err)
		}
		// Patterns go with the recordings that they were found in, replays when they are as old.
		for _, statement := range []string{"DELETE FROM behavior_patterns WHERE last_seen < $1", "DELETE FROM replays WHERE ended_at < $1"} {
			if _, err := s.db.ExecContext(ctx, statement, first); err != nil {
				return wrap(err)
			}
		}
	}
	for _, statement := range []string{
		"DELETE FROM traffic_intervals WHERE start < now() - interval '" + trafficRetention + "'",
		"DELETE FROM instances WHERE last_seen_at < now() - interval '" + instanceRetention + "'",
	} {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return wrap(err)
		}
	}
	if err := s.IndexForSearch(ctx, now); err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "some recordings are searched without an index; tried again at the next maintenance", "error", err)
	}
	return nil
}

// dropPartitions drops the partitions of days before first.
func (s *Store) dropPartitions(ctx context.Context, first time.Time) error {
	old, err := s.partitionsBefore(ctx, first)
	if err != nil {
		return err
	}
	for _, name := range old {
		var exists bool
		err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
			// Dropping waits for readers of the table and makes new ones wait behind it, so it must not wait long: what
			// stays is dropped at the next call.
			if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, partitionLock); err != nil {
				return err
			}
			// Another instance may have dropped it since.
			var err error
			if exists, err = partitionExists(ctx, tx, name); err != nil || !exists {
				return err
			}
			_, err = tx.ExecContext(ctx, "DROP TABLE "+pq.QuoteIdentifier(name))
			return err
		})
		if err != nil {
			return fmt.Errorf("drop partition %s: %w", name, err)
		}
		if exists {
			s.logger.InfoContext(ctx, "old recordings dropped", "partition", name)
		}
	}
	if len(old) > 0 {
		s.partitions.forget()
	}
	return nil
}

func (s *Store) partitionsBefore(ctx context.Context, first time.Time) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT child.relname, parent.relname FROM pg_inherits
		JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
		WHERE inhparent = ANY (ARRAY(SELECT to_regclass(t)::oid FROM unnest($1::text[]) t)) ORDER BY child.relname`,
		pq.Array(partitionedTables))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var old []string
	for rows.Next() {
		var name, parent string
		if err := rows.Scan(&name, &parent); err != nil {
			return nil, err
		}
		if day, ok := dayOfPartition(name, parent); ok && day.Before(first) {
			old = append(old, name)
		}
	}
	return old, rows.Err()
}

// dayOfPartition reads the name of a partition of ours; one that someone else attached has another, and is theirs.
func dayOfPartition(name, parent string) (time.Time, bool) {
	text, ok := strings.CutPrefix(name, parent+"_")
	day, err := time.Parse(dayFormat, text)
	return day, ok && err == nil
}
