package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
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
	err = s.readTraffic(ctx, func(ctx context.Context, stored storedTraffic, kept traffic.Kept) error {
		points, err = traffic.ReadPoints(ctx, stored, kept, recording.AsText(gateway), from, to, step)
		return err
	})
	return points, err
}

// Requests adds up in the database as far as the traffic of one key within one step goes, and ranks nothing: a file has few routes. See
// traffic.Stored.
func (t storedTraffic) Requests(ctx context.Context, span traffic.Span, gateway string, _ bool) (shown, others []traffic.Interval, err error) {
	c := ofGateway(gateway)
	c.add("requests > 0")
	relation, args := seconds(span, "gateway, protocol, route, mode, "+countNames, c)
	shown, err = t.intervalsOf(ctx, span, "SELECT at, gateway, protocol, route, mode, "+countSums()+" FROM "+relation+" GROUP BY at, gateway, protocol, route, mode ORDER BY at", args,
		func(in *traffic.Interval, at *int64, rows *sql.Rows) error {
			return rows.Scan(append([]any{at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(in)...)...)
		})
	return shown, nil, err
}

// Connections are those of the last interval of each instance. See traffic.Stored.
func (t storedTraffic) Connections(ctx context.Context, span traffic.Span, gateway string) ([]traffic.Interval, error) {
	relation, args := seconds(span, "instance, gateway, active", ofGateway(gateway))
	return t.intervalsOf(ctx, span, `SELECT at, gateway, sum(active) FROM (
			SELECT at, gateway, active, row_number() OVER (PARTITION BY at, instance, gateway ORDER BY start DESC, active DESC) AS rank FROM `+relation+`)
		WHERE rank = 1 GROUP BY at, gateway ORDER BY at`, args,
		func(in *traffic.Interval, at *int64, rows *sql.Rows) error {
			return rows.Scan(at, &in.Gateway, &in.Active)
		})
}

// Plugins has an interval for each plugin. See traffic.Stored.
func (t storedTraffic) Plugins(ctx context.Context, span traffic.Span, gateway string) ([]traffic.Interval, error) {
	c := ofGateway(gateway)
	c.add("plugins IS NOT NULL")
	relation, args := seconds(span, "gateway, plugins", c)
	return t.intervalsOf(ctx, span, `SELECT at, gateway, plugin.key, sum(plugin.value ->> 'executions'), sum(plugin.value ->> 'errors'), sum(plugin.value ->> 'duration_sum_ms')
		FROM `+relation+`, json_each(plugins) AS plugin GROUP BY at, gateway, plugin.key ORDER BY at`, args,
		func(in *traffic.Interval, at *int64, rows *sql.Rows) error {
			var name string
			var counts traffic.PluginCounts
			err := rows.Scan(at, &in.Gateway, &name, &counts.Executions, &counts.Errors, &counts.DurationSumMS)
			in.Plugins = map[string]traffic.PluginCounts{name: counts}
			return err
		})
}
