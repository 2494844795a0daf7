package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// middle is the moment by which an interval of seconds belongs to a step, as traffic.Interval.Middle has it.
const middle = "start + seconds / 2 * interval '1 second'"

// trafficRange checks what traffic is asked for.
func trafficRange(from, to time.Time, step time.Duration) error {
	switch {
	case step < time.Second:
		return validation.Errorf("step", "must be at least 1s, is %s", step)
	case !from.Before(to):
		return validation.Errorf("from", "must be before to")
	case to.Sub(from)/step >= maxPoints:
		return validation.Errorf("step", "must be larger: from and to are more than %d steps apart", maxPoints)
	}
	return nil
}

// trafficSource is traffic of a range, of whatever tables have it, in one transaction that sees these as they are at one moment.
type trafficSource struct {
	tx       *sql.Tx
	from, to time.Time
	// step is as the traffic is kept: see traffic.Breakdown.
	step  time.Duration
	kept  traffic.Kept
	parts []traffic.Part
}

// readTraffic calls read with the traffic of a range.
func (s *Store) readTraffic(ctx context.Context, from, to time.Time, step time.Duration, read func(trafficSource) error) error {
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
		source := trafficSource{tx: tx, kept: kept, step: kept.Step(from.UTC(), step), to: to.UTC()}
		source.from = from.UTC().Truncate(source.step)
		source.parts = kept.Parts(source.from, source.to, source.step)
		return read(source)
	}))
}

// start returns the beginning of a step.
func (t trafficSource) start(at int64) time.Time { return t.from.Add(time.Duration(at) * t.step) }

// rows returns a relation of the intervals that meet the conditions, with the number of its step as at and columns, each of
// which is named in every part. rolled is a further condition of what was rolled up. The conditions of all parts are bound in c.
func (t trafficSource) rows(c *conditions, columns, where, rolled string) string {
	start, step := c.bind(t.from), c.bind(t.step.Microseconds())
	var each []string
	for number, part := range t.parts {
		from, to := c.bind(part.From), c.bind(part.To)
		moment, instance := "start", "''"
		clauses := []string{fmt.Sprintf("start >= %[1]s AND start < %[2]s", from, to)}
		if part.Level == 0 {
			// The index knows when an interval begins, which is near.
			moment, instance = middle, "instance"
			clauses = []string{fmt.Sprintf("start >= %[1]s::timestamptz - interval '1 minute' AND start < %[2]s AND %[3]s >= %[1]s AND %[3]s < %[2]s", from, to, middle)}
		} else if rolled != "" {
			clauses = append(clauses, rolled)
		}
		if where != "" {
			clauses = append(clauses, where)
		}
		each = append(each, fmt.Sprintf("SELECT (date_part('epoch', %s - %s::timestamptz) * 1000000)::bigint / %s::bigint AS at, %d AS part, start, %s AS instance, %s FROM %s WHERE %s",
			moment, start, step, number, instance, columns, trafficTables[part.Level], strings.Join(clauses, " AND ")))
	}
	if len(each) == 0 {
		each = append(each, "SELECT 0::bigint AS at, 0 AS part, start, '' AS instance, "+columns+" FROM traffic_1h WHERE "+start+"::timestamptz IS NULL AND "+step+"::bigint IS NULL")
	}
	return "(" + strings.Join(each, " UNION ALL ") + ") AS traffic"
}

// oldest returns when the kept traffic begins, nil where there is none.
func (t trafficSource) oldest(ctx context.Context) (*time.Time, error) {
	var oldest *time.Time
	for level, extent := range t.kept {
		from := extent.From
		if level == 0 && !from.IsZero() {
			from = from.Add(-time.Minute) // Its middle is what counts.
		}
		var found sql.NullTime
		err := t.tx.QueryRowContext(ctx, "SELECT min(start) FROM "+trafficTables[level]+" WHERE start >= coalesce($1, timestamptz '-infinity')", orNull(from)).Scan(&found)
		if err != nil {
			return nil, err
		}
		if at := utc(found); found.Valid && (oldest == nil || at.Before(*oldest)) {
			oldest = &at
		}
	}
	return oldest, nil
}
