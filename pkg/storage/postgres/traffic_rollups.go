package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var _ traffic.Rollups = (*Store)(nil)

// RollUpTraffic rolls up the traffic that is due, and deletes what is older than own and all other collectors want it (see Register).
// Any number of instances may call it, every minute or so: one does the work.
func (s *Store) RollUpTraffic(ctx context.Context, own scenario.Retention) error {
	now, err := s.clock(ctx)
	if err != nil {
		return wrap(err)
	}
	days := own.Traffic
	rows, err := s.db.QueryContext(ctx, "SELECT traffic_days FROM retention_claims WHERE last_seen_at > $1 AND traffic_days IS NOT NULL", now.Add(-claimTime))
	if err != nil {
		return wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var wanted pq.Int64Array
		if err := rows.Scan(&wanted); err != nil {
			return wrap(err)
		}
		days = days.AtLeast(trafficDaysOf(wanted))
	}
	if err := rows.Err(); err != nil {
		return wrap(err)
	}
	if days == (traffic.Days{}) {
		days = traffic.DefaultDays()
	}
	return traffic.Maintain(ctx, s, days, now)
}

// Exclusively runs f in a transaction while nobody writes traffic. See traffic.Rollups.
func (s *Store) Exclusively(ctx context.Context, f func(traffic.Rows) error) (mine bool, err error) {
	err = s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended('mockforge traffic rollup', 0))").Scan(&mine)
		if err != nil || !mine {
			return err
		}
		// Those who write next wait behind it, so it must not wait long for one that hangs: what was not done is done a minute later.
		if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock("+trafficWriteLock+")"); err != nil {
			return err
		}
		return f(trafficRows{tx})
	})
	return mine && err == nil, wrap(err)
}

// DeleteBefore deletes what is not kept any more. See traffic.Rollups.
func (s *Store) DeleteBefore(ctx context.Context, level int, from time.Time) error {
	if level == 0 {
		// A collector that did not learn whether its intervals were stored writes them again when the database is back.
		_, err := s.deleteRows(ctx, "traffic_intervals", middle+" < $1 AND start < $1 AND stored_at < now() - interval '24 hours'", from)
		return wrap(err)
	}
	for _, table := range pageTables[level] {
		if _, err := s.deleteRows(ctx, table, "start < $1", from); err != nil {
			return wrap(err)
		}
	}
	return nil
}

// trafficRows are the rows of traffic in a transaction. See traffic.Rows.
type trafficRows struct{ tx *sql.Tx }

func (r trafficRows) Kept(ctx context.Context) (traffic.Kept, error) { return trafficKept(ctx, r.tx) }

func (r trafficRows) Oldest(ctx context.Context, level int, from time.Time) (*time.Time, error) {
	table, condition := pageTables[level][traffic.Totals], "start >= $1"
	if level == 0 {
		table, condition = "traffic_intervals", "start >= $1::timestamptz - interval '1 minute' AND "+middle+" >= $1"
	}
	var oldest sql.NullTime
	err := r.tx.QueryRowContext(ctx, "SELECT (SELECT start FROM "+table+" WHERE "+condition+" ORDER BY start LIMIT 1)", from).Scan(&oldest)
	if err != nil || !oldest.Valid {
		return nil, err
	}
	at := utc(oldest)
	return &at, nil
}

func (r trafficRows) KeepFrom(ctx context.Context, level int, from time.Time) error {
	if level > 0 {
		_, err := r.tx.ExecContext(ctx, "UPDATE traffic_kept SET kept_from = $2 WHERE seconds = $1", inSeconds(level), from)
		return err
	}
	_, err := r.tx.ExecContext(ctx, `WITH updated AS (UPDATE traffic_kept_seconds SET kept_from = $1 RETURNING 1)
		INSERT INTO traffic_kept_seconds SELECT $1 WHERE NOT EXISTS (SELECT FROM updated)`, from)
	return err
}

// inSeconds is the length of the intervals of a level.
func inSeconds(level int) int64 { return int64(traffic.Resolutions[level] / time.Second) }

// Add rolls up. See traffic.Rows.
func (r trafficRows) Add(ctx context.Context, roll traffic.Roll) error {
	pages, err := traffic.RolledPages(ctx, storedTraffic(r), roll)
	if err != nil {
		return err
	}
	if err := addPages(ctx, r.tx, roll.Level, pages); err != nil {
		return err
	}
	_, err = r.tx.ExecContext(ctx, "UPDATE traffic_kept SET rolled_to = $2 WHERE seconds = $1", inSeconds(roll.Level), roll.To)
	if err != nil || roll.Level > 1 {
		return err
	}
	// After a crash the seconds begin again where they are rolled up from now on: what there was of them before is lost.
	_, err = r.tx.ExecContext(ctx, "INSERT INTO traffic_kept_seconds SELECT $1 WHERE NOT EXISTS (SELECT FROM traffic_kept_seconds)", roll.From)
	return err
}
