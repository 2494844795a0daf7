package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// bucketColumns are the columns of traffic.Interval.Buckets: bucket_0 and so on.
var bucketColumns = func() (columns [len(traffic.Bounds) + 1]string) {
	for i := range columns {
		columns[i] = fmt.Sprintf("bucket_%d", i)
	}
	return columns
}()

var (
	intervalColumns = append([]string{
		"start", "middle", "instance", "gateway", "protocol", "route", "mode", "seconds", "requests", "organic_errors",
		"injected_errors", "injected", "latency_sum_ms", "active", "plugins",
	}, bucketColumns[:]...)
	insertInterval = "INSERT INTO traffic_intervals (" + strings.Join(intervalColumns, ", ") + ") VALUES (" + places(len(intervalColumns)) + ") ON CONFLICT DO NOTHING"
)

// WriteTraffic stores what an instance counted. Writing the same intervals again changes nothing.
func (s *Store) WriteTraffic(ctx context.Context, intervals []traffic.Interval) error {
	if len(intervals) == 0 {
		return nil
	}
	return s.wrap(s.inTransaction(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, insertInterval)
		if err != nil {
			return err
		}
		defer insert.Close()
		args := make([]any, 0, len(intervalColumns))
		for _, in := range intervals {
			in.Seconds = recording.Finite(in.Seconds)
			args = append(args[:0], in.Start.UnixMicro(), in.Middle().UnixMicro(), recording.AsText(in.Instance), recording.AsText(in.Gateway), recording.AsText(in.Protocol),
				recording.AsText(in.Route), recording.AsText(in.Mode), in.Seconds, in.Requests, in.OrganicErrors, in.InjectedErrors, in.Injected,
				recording.Finite(in.LatencySumMS), in.Active, pluginsOrNull(in.Plugins))
			for _, count := range in.Buckets {
				args = append(args, count)
			}
			if _, err := insert.ExecContext(ctx, args...); err != nil {
				return err
			}
		}
		return nil
	}))
}

// pluginsOrNull is null where no plugin ran, which is nearly every row.
func pluginsOrNull(plugins map[string]traffic.PluginCounts) any {
	if len(plugins) == 0 {
		return nil
	}
	stored := make(map[string]traffic.PluginCounts, len(plugins))
	for name, counts := range plugins {
		counts.DurationSumMS = recording.Finite(counts.DurationSumMS)
		stored[recording.AsText(name)] = counts
	}
	return inJSON(stored)
}

// Points sums the traffic of the fleet up, one point per step in [from, to). See api.Traffic. The intervals are added up
// in the database as far as one instance's traffic within one step goes.
func (s *Store) Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	return s.GatewayPoints(ctx, "", from, to, step)
}

// GatewayPoints does as Points for one gateway; for all where its name is empty.
func (s *Store) GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	if err := traffic.CheckSteps(from, to, step); err != nil {
		return nil, err
	}
	from = from.UTC().Truncate(step)
	var c conditions
	c.intervals(from, to)
	if gateway != "" {
		c.add("gateway = ?", recording.AsText(gateway))
	}
	var intervals []traffic.Interval
	args := append([]any{from.UnixMicro(), step.Microseconds()}, c.args...)
	// max(start) has SQLite take active from the row that has it (Quirks, section 3; Bare columns in an aggregate query).
	err := s.query(ctx, `SELECT (middle - ?) / ? AS at, instance, gateway, protocol, route, mode, sum(requests), sum(organic_errors), sum(injected_errors), sum(injected),
			sum(latency_sum_ms), active, max(start), `+sums()+" FROM traffic_intervals"+c.where()+" GROUP BY at, instance, gateway, protocol, route, mode", args, func(rows *sql.Rows) error {
		for rows.Next() {
			in := traffic.Interval{Seconds: step.Seconds()}
			var at, start int64
			targets := append([]any{
				&at, &in.Instance, &in.Gateway, &in.Protocol, &in.Route, &in.Mode, &in.Requests, &in.OrganicErrors, &in.InjectedErrors,
				&in.Injected, &in.LatencySumMS, &in.Active, &start,
			}, into(&in.Buckets)...)
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			in.Start = from.Add(time.Duration(at) * step)
			intervals = append(intervals, in)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.add("plugins IS NOT NULL")
	// One interval per step and plugin, with nothing but its counts.
	err = s.query(ctx, `SELECT (middle - ?) / ? AS at, plugin.key, sum(plugin.value ->> 'executions'), sum(plugin.value ->> 'errors'), sum(plugin.value ->> 'duration_sum_ms')
		FROM traffic_intervals, json_each(plugins) AS plugin`+c.where()+" GROUP BY at, plugin.key", args, func(rows *sql.Rows) error {
		for rows.Next() {
			var at int64
			var name string
			var counts traffic.PluginCounts
			if err := rows.Scan(&at, &name, &counts.Executions, &counts.Errors, &counts.DurationSumMS); err != nil {
				return err
			}
			intervals = append(intervals, traffic.Interval{
				Start: from.Add(time.Duration(at) * step), Seconds: step.Seconds(), Plugins: map[string]traffic.PluginCounts{name: counts},
			})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	// The last step may be cut short by to, and its middle lie beyond: it is counted in whole.
	end := from.Add((to.Sub(from) + step - 1) / step * step)
	return traffic.Sum(intervals, from, end, step), nil
}

// intervals adds that the middle of an interval is in [from, to). An interval is short: a minute on either side lets the index
// find all.
func (c *conditions) intervals(from, to time.Time) {
	c.add("start >= ? AND start < ?", from.Add(-time.Minute).UnixMicro(), to.Add(time.Minute).UnixMicro())
	c.add("middle >= ? AND middle < ?", from.UnixMicro(), to.UnixMicro())
}

func sums() string {
	all := make([]string, len(bucketColumns))
	for i, column := range bucketColumns {
		all[i] = "sum(" + column + ") AS " + column
	}
	return strings.Join(all, ", ")
}

func into(buckets *[len(traffic.Bounds) + 1]int64) []any {
	targets := make([]any, len(buckets))
	for i := range buckets {
		targets[i] = &buckets[i]
	}
	return targets
}
