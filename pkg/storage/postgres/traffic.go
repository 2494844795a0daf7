package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxPoints bounds the answer of Points; the API allows 1,000.
const maxPoints = 10_000

// bucketColumns are the columns of traffic.Interval.Buckets: bucket_0 and so on.
var bucketColumns = func() (columns [len(traffic.Bounds) + 1]string) {
	for i := range columns {
		columns[i] = fmt.Sprintf("bucket_%d", i)
	}
	return columns
}()

// WriteTraffic stores what an instance counted. Writing the same intervals again changes nothing.
func (s *Store) WriteTraffic(ctx context.Context, intervals []traffic.Interval) error {
	if len(intervals) == 0 {
		return nil
	}
	columns := append([]string{
		"start", "instance", "gateway", "protocol", "route", "mode", "seconds", "requests", "organic_errors",
		"injected_errors", "injected", "latency_sum_ms", "active", "plugins",
	}, bucketColumns[:]...)
	const batch = 1000 // A statement has at most 65,535 parameters.
	return wrap(s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		for len(intervals) > 0 {
			n := min(batch, len(intervals))
			var values strings.Builder
			args := make([]any, 0, n*len(columns))
			for i, in := range intervals[:n] {
				plugins, err := pluginsColumn(in.Plugins)
				if err != nil {
					return err
				}
				if i > 0 {
					values.WriteByte(',')
				}
				args = append(args, in.Start.UTC(), storable(in.Instance), storable(in.Gateway), storable(in.Protocol), storable(in.Route),
					storable(in.Mode), recording.Finite(in.Seconds), in.Requests, in.OrganicErrors, in.InjectedErrors, in.Injected, recording.Finite(in.LatencySumMS), in.Active, plugins)
				for _, count := range in.Buckets {
					args = append(args, count)
				}
				writePlaceholders(&values, i*len(columns), len(columns))
			}
			if _, err := tx.ExecContext(ctx, "INSERT INTO traffic_intervals ("+strings.Join(columns, ", ")+") VALUES "+values.String()+
				" ON CONFLICT DO NOTHING", args...); err != nil {
				return err
			}
			intervals = intervals[n:]
		}
		return nil
	}))
}

// pluginsColumn returns the column's value: null where no plugin ran, which is nearly every row.
func pluginsColumn(plugins map[string]traffic.PluginCounts) (any, error) {
	if len(plugins) == 0 {
		return nil, nil
	}
	stored := make(map[string]traffic.PluginCounts, len(plugins))
	for name, counts := range plugins {
		counts.DurationSumMS = recording.Finite(counts.DurationSumMS)
		stored[storable(name)] = counts
	}
	document, err := json.Marshal(stored)
	return string(document), err
}

func writePlaceholders(b *strings.Builder, after, count int) {
	b.WriteByte('(')
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "$%d", after+i+1)
	}
	b.WriteByte(')')
}

// Points sums the traffic of the fleet up, one point per step in [from, to). See api.Traffic. The intervals are added up
// in the database as far as one instance's traffic within one step goes, so that a day's worth is no day's transfer.
func (s *Store) Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	return s.GatewayPoints(ctx, "", from, to, step)
}

// GatewayPoints does as Points for one gateway; for all where its name is empty.
func (s *Store) GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	switch {
	case step < time.Second:
		return nil, validation.Errorf("step", "must be at least 1s, is %s", step)
	case !from.Before(to):
		return nil, validation.Errorf("from", "must be before to")
	case to.Sub(from)/step >= maxPoints:
		return nil, validation.Errorf("step", "must be larger: from and to are more than %d steps apart", maxPoints)
	}
	from = from.UTC().Truncate(step)
	sums := make([]string, len(bucketColumns))
	for i, column := range bucketColumns {
		sums[i] = "sum(" + column + ")::bigint"
	}
	// Half of an interval's length puts it where its middle is, as traffic.Interval.Middle has it. An interval is short:
	// a minute on either side lets the index find all.
	rows, err := s.db.QueryContext(ctx, `SELECT floor(extract(epoch FROM start + seconds / 2 * interval '1 second' - $1) / $3)::bigint AS at,
			instance, gateway, protocol, route, mode, sum(requests)::bigint, sum(organic_errors)::bigint, sum(injected_errors)::bigint,
			sum(injected)::bigint, sum(latency_sum_ms), (array_agg(active ORDER BY start DESC))[1], `+strings.Join(sums, ", ")+`
		FROM traffic_intervals
		WHERE start >= $1::timestamptz - interval '1 minute' AND start < $2
			AND start + seconds / 2 * interval '1 second' >= $1 AND start + seconds / 2 * interval '1 second' < $2
			AND ($4 = '' OR gateway = $4)
		GROUP BY at, instance, gateway, protocol, route, mode`, from, to, step.Seconds(), storable(gateway))
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var intervals []traffic.Interval
	for rows.Next() {
		in := traffic.Interval{Seconds: step.Seconds()}
		var at int64
		targets := []any{
			&at, &in.Instance, &in.Gateway, &in.Protocol, &in.Route, &in.Mode, &in.Requests, &in.OrganicErrors, &in.InjectedErrors,
			&in.Injected, &in.LatencySumMS, &in.Active,
		}
		for i := range in.Buckets {
			targets = append(targets, &in.Buckets[i])
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, wrap(err)
		}
		in.Start = from.Add(time.Duration(at) * step)
		intervals = append(intervals, in)
	}
	if err := rows.Err(); err != nil {
		return nil, wrap(err)
	}
	plugins, err := s.pluginIntervals(ctx, gateway, from, to, step)
	if err != nil {
		return nil, wrap(err)
	}
	intervals = append(intervals, plugins...)
	// The last step may be cut short by to, and its middle lie beyond: it is counted in whole.
	end := from.Add((to.Sub(from) + step - 1) / step * step)
	points := traffic.Sum(intervals, from, end, step)
	return points, nil
}

// pluginIntervals has one interval per step and plugin, with nothing but its counts.
func (s *Store) pluginIntervals(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Interval, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT floor(extract(epoch FROM start + seconds / 2 * interval '1 second' - $1) / $3)::bigint AS at, plugin.key,
			sum((plugin.value ->> 'executions')::bigint)::bigint, sum((plugin.value ->> 'errors')::bigint)::bigint,
			sum((plugin.value ->> 'duration_sum_ms')::double precision)
		FROM traffic_intervals, jsonb_each(plugins) AS plugin
		WHERE plugins IS NOT NULL AND start >= $1::timestamptz - interval '1 minute' AND start < $2
			AND start + seconds / 2 * interval '1 second' >= $1 AND start + seconds / 2 * interval '1 second' < $2
			AND ($4 = '' OR gateway = $4)
		GROUP BY at, plugin.key`, from, to, step.Seconds(), storable(gateway))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var intervals []traffic.Interval
	for rows.Next() {
		var at int64
		var name string
		var counts traffic.PluginCounts
		if err := rows.Scan(&at, &name, &counts.Executions, &counts.Errors, &counts.DurationSumMS); err != nil {
			return nil, err
		}
		intervals = append(intervals, traffic.Interval{
			Start: from.Add(time.Duration(at) * step), Seconds: step.Seconds(), Plugins: map[string]traffic.PluginCounts{name: counts},
		})
	}
	return intervals, rows.Err()
}
