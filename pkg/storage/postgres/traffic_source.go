package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// middle is the moment by which an interval of seconds belongs to a step, as traffic.Interval.Middle has it.
const middle = "start + seconds / 2 * interval '1 second'"

// storedTraffic is the traffic that a transaction sees. See traffic.Stored.
type storedTraffic struct{ tx *sql.Tx }

var _ traffic.Stored = storedTraffic{}

// readTraffic calls read with the traffic as it is at one moment, and with what of it is kept.
func (s *Store) readTraffic(ctx context.Context, read func(storedTraffic, traffic.Kept) error) error {
	return wrap(s.inTransaction(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sql.Tx) error {
		kept, err := trafficKept(ctx, tx)
		if err != nil {
			return err
		}
		// These statements are estimated to be far more expensive than they are, and compiling them takes longer than running them.
		// A thousand steps of a hundred series find room in memory.
		if _, err := tx.ExecContext(ctx, "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"); err != nil {
			return err
		}
		return read(storedTraffic{tx}, kept)
	}))
}

// seconds returns a relation of the intervals by the second that meet the conditions, with the number of their step as at, in which a
// step begins at the base of the span. The conditions are bound in c.
func seconds(c *conditions, span traffic.Span, columns, where string) string {
	base, step, from, to := c.bind(span.Base), c.bind(span.Step.Microseconds()), c.bind(span.From), c.bind(span.To)
	if where != "" {
		where = " AND " + where
	}
	// The index knows when an interval begins, which is near.
	return "(SELECT (date_part('epoch', " + middle + " - " + base + "::timestamptz) * 1000000)::bigint / " + step + "::bigint AS at, start, " + columns +
		" FROM traffic_intervals WHERE start >= " + from + "::timestamptz - interval '1 minute' AND start < " + to +
		" AND " + middle + " >= " + from + " AND " + middle + " < " + to + where + ") AS traffic"
}

// stepOf is the beginning of a step.
func stepOf(span traffic.Span, at int64) time.Time {
	return span.Base.Add(time.Duration(at) * span.Step)
}

// intervalsOf reads intervals of which the first column is the number of the step; targets are what the others are read into.
func (t storedTraffic) intervalsOf(ctx context.Context, span traffic.Span, statement string, args []any, targets func(*traffic.Interval) []any) ([]traffic.Interval, error) {
	rows, err := t.tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var intervals []traffic.Interval
	for rows.Next() {
		in := traffic.Interval{Seconds: span.Step.Seconds()}
		var at int64
		if err := rows.Scan(append([]any{&at}, targets(&in)...)...); err != nil {
			return nil, err
		}
		in.Start = stepOf(span, at)
		intervals = append(intervals, in)
	}
	return intervals, rows.Err()
}

// oldest returns when the kept traffic begins, nil where there is none.
func (t storedTraffic) oldest(ctx context.Context, kept traffic.Kept) (*time.Time, error) {
	var begins [len(traffic.Resolutions)]*time.Time
	for level, extent := range kept {
		from, table := extent.From, pageTables[level][traffic.Totals]
		if level == 0 {
			table = "traffic_intervals"
			if !from.IsZero() {
				from = from.Add(-time.Minute) // Its middle is what counts.
			}
		}
		var found sql.NullTime
		err := t.tx.QueryRowContext(ctx, "SELECT min(start) FROM "+table+" WHERE start >= coalesce($1, timestamptz '-infinity')", orNull(from)).Scan(&found)
		if err != nil {
			return nil, err
		}
		if at := utc(found); found.Valid {
			begins[level] = &at
		}
	}
	return traffic.Oldest(begins), nil
}
