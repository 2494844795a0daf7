package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// maxPoints bounds the answer of Points; the API allows 1,000.
const maxPoints = 10_000

// Points sums the traffic of the fleet up, one point per step in [from, to). See api.Traffic. The intervals are added up
// in the database as far as the traffic within one step goes, so that a day's worth is no day's transfer.
func (s *Store) Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	return s.GatewayPoints(ctx, "", from, to, step)
}

// GatewayPoints does as Points for one gateway; for all where its name is empty.
func (s *Store) GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) (points []traffic.Point, err error) {
	if err := trafficRange(from, to, step); err != nil {
		return nil, err
	}
	err = s.readTraffic(ctx, from, to, step, func(source trafficSource) error {
		ranked, others, err := source.requests(ctx, gateway)
		if err != nil {
			return err
		}
		for _, read := range []func(context.Context, string) ([]traffic.Interval, error){source.connections, source.plugins} {
			more, err := read(ctx, gateway)
			if err != nil {
				return err
			}
			ranked = append(ranked, more...)
		}
		// The last step may be cut short by to, and its middle lie beyond: it is counted in whole.
		end := source.from.Add((source.to.Sub(source.from) + source.step - 1) / source.step * source.step)
		points = traffic.SumRanked(ranked, others, source.from, end, source.step)
		return nil
	})
	return points, err
}

// ofGateway is the condition for one gateway, empty for all.
func ofGateway(c *conditions, gateway string) string {
	if gateway == "" {
		return ""
	}
	return "gateway = " + c.bind(storable(gateway))
}

// requests returns one interval for each step and key of the routes that are the busiest of a step, and others, in which all other
// routes are one. There are many more routes than are shown.
func (t trafficSource) requests(ctx context.Context, gateway string) (ranked, others []traffic.Interval, err error) {
	var c conditions
	where := "requests > 0"
	if condition := ofGateway(&c, gateway); condition != "" {
		where += " AND " + condition
	}
	columns := "gateway, protocol, route, mode, " + eachColumn(countColumns, "%s")
	rows, err := t.tx.QueryContext(ctx, fmt.Sprintf(`WITH stepped AS MATERIALIZED (
			SELECT at, gateway, protocol, route, mode, %[1]s FROM %[2]s GROUP BY at, gateway, protocol, route, mode
		), ranked AS (
			SELECT at, gateway, route FROM (
				SELECT at, gateway, route, row_number() OVER (PARTITION BY at ORDER BY traffic_sum(requests) DESC, gateway COLLATE "C", route COLLATE "C") AS rank
				FROM stepped GROUP BY at, gateway, route) AS routes
			WHERE rank <= %[3]d
		)
		SELECT true, at, gateway, protocol, route, mode, %[4]s FROM stepped JOIN ranked USING (at, gateway, route)
		UNION ALL
		SELECT false, at, gateway, protocol, '', mode, %[5]s FROM stepped
			WHERE (at, gateway, route) NOT IN (SELECT at, gateway, route FROM ranked) GROUP BY at, gateway, protocol, mode`,
		countSums("coalesce(%f(%s), 0) AS %s"), t.rows(&c, columns, where, ""), traffic.MaxRoutes,
		eachColumn(countColumns, "%s"), countSums("%f(%s)")), c.args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		in := traffic.Interval{Seconds: t.step.Seconds()}
		var shown bool
		var at int64
		if err := rows.Scan(append([]any{&shown, &at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(&in)...)...); err != nil {
			return nil, nil, err
		}
		in.Start = t.start(at)
		if shown {
			ranked = append(ranked, in)
		} else {
			others = append(others, in)
		}
	}
	return ranked, others, rows.Err()
}

// connections returns one interval for each step and gateway, with nothing but the number of connections: the sum over instances of
// what each had last in that step, or what is known of all where that was rolled up.
func (t trafficSource) connections(ctx context.Context, gateway string) ([]traffic.Interval, error) {
	var c conditions
	where := ofGateway(&c, gateway)
	rows, err := t.tx.QueryContext(ctx, `SELECT DISTINCT ON (at, gateway) at, gateway, sum(active)::bigint FROM (
			SELECT DISTINCT ON (at, part, instance, gateway) at, part, instance, gateway, active
			FROM `+t.rows(&c, "gateway, active", where, "active IS NOT NULL")+`
			ORDER BY at, part, instance, gateway, start DESC, active DESC) AS last
		GROUP BY at, part, gateway ORDER BY at, gateway, part DESC`, c.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var intervals []traffic.Interval
	for rows.Next() {
		in := traffic.Interval{Seconds: t.step.Seconds()}
		var at int64
		if err := rows.Scan(&at, &in.Gateway, &in.Active); err != nil {
			return nil, err
		}
		in.Start = t.start(at)
		intervals = append(intervals, in)
	}
	return intervals, rows.Err()
}

// plugins returns one interval for each step and plugin, with nothing but its counts.
func (t trafficSource) plugins(ctx context.Context, gateway string) ([]traffic.Interval, error) {
	var c conditions
	where := "plugins IS NOT NULL"
	if condition := ofGateway(&c, gateway); condition != "" {
		where += " AND " + condition
	}
	rows, err := t.tx.QueryContext(ctx, `SELECT at, plugin.key, sum((plugin.value ->> 'executions')::bigint)::bigint,
			sum((plugin.value ->> 'errors')::bigint)::bigint, sum((plugin.value ->> 'duration_sum_ms')::double precision)
		FROM `+t.rows(&c, "plugins", where, "active IS NOT NULL")+`, jsonb_each(plugins) AS plugin GROUP BY at, plugin.key`, c.args...)
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
		intervals = append(intervals, traffic.Interval{Start: t.start(at), Seconds: t.step.Seconds(), Plugins: map[string]traffic.PluginCounts{name: counts}})
	}
	return intervals, rows.Err()
}
