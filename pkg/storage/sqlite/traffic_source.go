package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// storedTraffic is the traffic that a transaction sees. See traffic.Stored.
type storedTraffic struct{ tx *sql.Tx }

var _ traffic.Stored = storedTraffic{}

// readTraffic calls read with the traffic as it is at one moment, and with what of it is kept.
func (s *Store) readTraffic(ctx context.Context, read func(context.Context, storedTraffic, traffic.Kept) error) error {
	within, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	err := inTransaction(within, s.reads, func(tx *sql.Tx) error {
		kept, err := trafficKept(within, tx)
		if err != nil {
			return err
		}
		return read(within, storedTraffic{tx}, kept)
	})
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		return api.ErrTooLong
	}
	return s.wrap(err)
}

// seconds returns a relation of the intervals by the second that meet the conditions, with the number of their step as at, in which a
// step begins at the base of the span, and its arguments.
func seconds(span traffic.Span, columns string, c conditions) (relation string, args []any) {
	// An interval is short: a minute before lets the index find all.
	c.add("start >= ? AND start < ?", span.From.Add(-time.Minute).UnixMicro(), span.To.UnixMicro())
	c.add("middle >= ? AND middle < ?", span.From.UnixMicro(), span.To.UnixMicro())
	return fmt.Sprintf("(SELECT (middle - %d) / %d AS at, start, %s FROM traffic_intervals%s)", span.Base.UnixMicro(), span.Step.Microseconds(), columns, c.where()), c.args
}

// ofGateway are the conditions for one gateway; for all where its name is empty.
func ofGateway(gateway string) (c conditions) {
	if gateway != "" {
		c.add("gateway = ?", recording.AsText(gateway))
	}
	return c
}

// intervalsOf reads intervals of which the first column is the number of the step; scan reads a row into targets.
func (t storedTraffic) intervalsOf(ctx context.Context, span traffic.Span, statement string, args []any, scan func(in *traffic.Interval, at *int64, rows *sql.Rows) error) ([]traffic.Interval, error) {
	rows, err := t.tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var intervals []traffic.Interval
	for rows.Next() {
		in := traffic.Interval{Seconds: span.Step.Seconds()}
		var at int64
		if err := scan(&in, &at, rows); err != nil {
			return nil, err
		}
		in.Start = span.Base.Add(time.Duration(at) * span.Step)
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
			from, table = from.Add(-time.Minute), "traffic_intervals" // Its middle is what counts.
		}
		var found sql.NullInt64
		err := t.tx.QueryRowContext(ctx, "SELECT min(start) FROM "+table+" WHERE start >= ?", from.UnixMicro()).Scan(&found)
		if err != nil {
			return nil, err
		}
		if found.Valid {
			begins[level] = new(time.UnixMicro(found.Int64).UTC())
		}
	}
	return traffic.Oldest(begins), nil
}
