package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var _ traffic.Rollups = (*Store)(nil)

// writtenAgain is for how long intervals by the second may be written again that were stored: by who did not learn that they were.
const writtenAgain = 24 * time.Hour

// RollUpTraffic rolls up the traffic that is due, and deletes what is older than own wants kept: the file has one collector, whose wish is
// all that counts. It is to be called every minute or so.
func (s *Store) RollUpTraffic(ctx context.Context, own scenario.Retention) error {
	days := own.Traffic
	if days == (traffic.Days{}) {
		days = traffic.DefaultDays()
	}
	return traffic.Maintain(ctx, s, days, s.now())
}

// Kept returns which traffic is kept. See traffic.Rollups.
func (s *Store) Kept(ctx context.Context) (traffic.Kept, error) {
	kept, err := trafficKept(ctx, s.reads)
	return kept, s.wrap(err)
}

func trafficKept(ctx context.Context, q interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
},
) (kept traffic.Kept, err error) {
	rows, err := q.QueryContext(ctx, "SELECT seconds, kept_from, rolled_to FROM traffic_kept")
	if err != nil {
		return kept, err
	}
	defer rows.Close()
	for rows.Next() {
		var length int64
		var from, to sql.NullInt64
		if err := rows.Scan(&length, &from, &to); err != nil {
			return kept, err
		}
		for level := range traffic.Resolutions {
			if inSeconds(level) == length {
				kept[level] = traffic.Extent{From: microsOrZero(from), To: microsOrZero(to)}
			}
		}
	}
	return kept, rows.Err()
}

// inSeconds is the length of the intervals of a level.
func inSeconds(level int) int64 { return int64(traffic.Resolutions[level] / time.Second) }

// microsOrZero is the zero time for null.
func microsOrZero(t sql.NullInt64) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return time.UnixMicro(t.Int64).UTC()
}

// Exclusively runs f in the transaction of the one that writes. See traffic.Rollups.
func (s *Store) Exclusively(ctx context.Context, f func(traffic.Rows) error) (mine bool, err error) {
	if !s.rolling.TryLock() {
		return false, nil
	}
	defer s.rolling.Unlock()
	err = s.wrap(s.inTransaction(ctx, func(tx *sql.Tx) error { return f(trafficRows{tx}) }))
	return err == nil, err
}

// DeleteBefore deletes what is not kept any more. See traffic.Rollups.
func (s *Store) DeleteBefore(ctx context.Context, level int, from time.Time) error {
	if level == 0 {
		return s.wrap(s.deleteRows(ctx, "traffic_intervals", "start, instance, gateway, protocol, route, mode", "start < ? AND middle < ? AND stored_at < ?",
			from.UnixMicro(), from.UnixMicro(), s.now().Add(-writtenAgain).UnixMicro()))
	}
	for _, table := range pageTables[level] {
		if err := s.deleteRows(ctx, table, "start, gateway", "start < ?", from.UnixMicro()); err != nil {
			return s.wrap(err)
		}
	}
	return nil
}

// trafficRows are the rows of traffic in a transaction. See traffic.Rows.
type trafficRows struct{ tx *sql.Tx }

func (r trafficRows) Kept(ctx context.Context) (traffic.Kept, error) { return trafficKept(ctx, r.tx) }

func (r trafficRows) Oldest(ctx context.Context, level int, from time.Time) (*time.Time, error) {
	statement, args := "SELECT min(start) FROM "+pageTables[level][traffic.Totals]+" WHERE start >= ?", []any{from.UnixMicro()}
	if level == 0 {
		statement = "SELECT start FROM traffic_intervals WHERE start >= ? AND middle >= ? ORDER BY start LIMIT 1"
		args = []any{from.Add(-time.Minute).UnixMicro(), from.UnixMicro()}
	}
	var oldest sql.NullInt64
	err := r.tx.QueryRowContext(ctx, "SELECT ("+statement+")", args...).Scan(&oldest)
	if err != nil || !oldest.Valid {
		return nil, err
	}
	return new(microsOrZero(oldest)), nil
}

func (r trafficRows) KeepFrom(ctx context.Context, level int, from time.Time) error {
	_, err := r.tx.ExecContext(ctx, "UPDATE traffic_kept SET kept_from = ? WHERE seconds = ?", from.UnixMicro(), inSeconds(level))
	return err
}

// Add rolls up. See traffic.Rows.
func (r trafficRows) Add(ctx context.Context, roll traffic.Roll) error {
	pages, err := traffic.RolledPages(ctx, storedTraffic(r), roll)
	if err != nil {
		return err
	}
	if err := addPages(ctx, r.tx, roll.Level, pages); err != nil {
		return err
	}
	_, err = r.tx.ExecContext(ctx, "UPDATE traffic_kept SET rolled_to = ? WHERE seconds = ?", roll.To.UnixMicro(), inSeconds(roll.Level))
	return err
}
