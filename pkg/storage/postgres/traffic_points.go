package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Points sums the traffic of the fleet up, one point per step in [from, to). See api.Traffic.
func (s *Store) Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	return s.GatewayPoints(ctx, "", from, to, step)
}

// GatewayPoints does as Points for one gateway; for all where its name is empty.
func (s *Store) GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) (points []traffic.Point, err error) {
	if err := traffic.CheckSteps(from, to, step); err != nil {
		return nil, err
	}
	err = s.readTraffic(ctx, func(stored storedTraffic, kept traffic.Kept) error {
		points, err = traffic.ReadPoints(ctx, stored, kept, storable(gateway), from, to, step)
		return err
	})
	return points, err
}

// ofGateway is the condition for one gateway, beside others; for all where its name is empty.
func ofGateway(c *conditions, gateway, others string) string {
	switch {
	case gateway == "":
		return others
	case others != "":
		others = " AND " + others
	}
	return "gateway = " + c.bind(storable(gateway)) + others
}

// Requests adds up in the database, so that a day's worth is no day's transfer. See traffic.Stored.
func (t storedTraffic) Requests(ctx context.Context, span traffic.Span, gateway string, ranked bool) (shown, others []traffic.Interval, err error) {
	var c conditions
	traffics := seconds(&c, span, "gateway, protocol, route, mode, "+countNames, ofGateway(&c, gateway, "requests > 0"))
	stepped := "SELECT at, gateway, protocol, route, mode, " + countSums() + " FROM " + traffics + " GROUP BY at, gateway, protocol, route, mode"
	if !ranked {
		shown, err = t.intervalsOf(ctx, span, stepped+" ORDER BY at", c.args, func(in *traffic.Interval) []any {
			return append([]any{&in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(in)...)
		})
		return shown, nil, err
	}
	rows, err := t.tx.QueryContext(ctx, fmt.Sprintf(`WITH stepped AS MATERIALIZED (%[1]s), ranked AS (
			SELECT at, gateway, route FROM (
				SELECT at, gateway, route, row_number() OVER (PARTITION BY at ORDER BY traffic_sum(requests) DESC, gateway COLLATE "C", route COLLATE "C") AS rank
				FROM stepped GROUP BY at, gateway, route) AS routes
			WHERE rank <= %[2]d
		)
		SELECT true, at, gateway, protocol, route, mode, %[3]s FROM stepped JOIN ranked USING (at, gateway, route)
		UNION ALL
		SELECT false, at, gateway, protocol, '', mode, %[4]s FROM stepped
			WHERE (at, gateway, route) NOT IN (SELECT at, gateway, route FROM ranked) GROUP BY at, gateway, protocol, mode
		ORDER BY at`, stepped, traffic.MaxRoutes, countNames, countSums()), c.args...)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		in := traffic.Interval{Seconds: span.Step.Seconds()}
		var busy bool
		var at int64
		if err := rows.Scan(append([]any{&busy, &at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(&in)...)...); err != nil {
			return nil, nil, err
		}
		in.Start = stepOf(span, at)
		if busy {
			shown = append(shown, in)
		} else {
			others = append(others, in)
		}
	}
	return shown, others, rows.Err()
}

// Connections are those of the last interval of each instance. See traffic.Stored.
func (t storedTraffic) Connections(ctx context.Context, span traffic.Span, gateway string) ([]traffic.Interval, error) {
	var c conditions
	return t.intervalsOf(ctx, span, `SELECT at, gateway, sum(active)::bigint FROM (
			SELECT DISTINCT ON (at, instance, gateway) at, instance, gateway, active
			FROM `+seconds(&c, span, "instance, gateway, active", ofGateway(&c, gateway, ""))+`
			ORDER BY at, instance, gateway, start DESC, active DESC) AS last
		GROUP BY at, gateway ORDER BY at`, c.args, func(in *traffic.Interval) []any { return []any{&in.Gateway, &in.Active} })
}

// Plugins has an interval for each plugin. See traffic.Stored.
func (t storedTraffic) Plugins(ctx context.Context, span traffic.Span, gateway string) ([]traffic.Interval, error) {
	var c conditions
	statement := `SELECT at, gateway, plugin.key, sum((plugin.value ->> 'executions')::bigint)::bigint,
			sum((plugin.value ->> 'errors')::bigint)::bigint, sum((plugin.value ->> 'duration_sum_ms')::double precision)
		FROM ` + seconds(&c, span, "gateway, plugins", ofGateway(&c, gateway, "plugins IS NOT NULL")) + `, jsonb_each(plugins) AS plugin GROUP BY at, gateway, plugin.key ORDER BY at`
	rows, err := t.tx.QueryContext(ctx, statement, c.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var intervals []traffic.Interval
	for rows.Next() {
		in := traffic.Interval{Seconds: span.Step.Seconds()}
		var at int64
		var name string
		var counts traffic.PluginCounts
		if err := rows.Scan(&at, &in.Gateway, &name, &counts.Executions, &counts.Errors, &counts.DurationSumMS); err != nil {
			return nil, err
		}
		in.Start, in.Plugins = stepOf(span, at), map[string]traffic.PluginCounts{name: counts}
		intervals = append(intervals, in)
	}
	return intervals, rows.Err()
}
