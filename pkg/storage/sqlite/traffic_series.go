package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Series breaks the traffic of the fleet in [from, to) down by a dimension. See api.TrafficSeries. It gives the limit (1 to 1000)
// busiest series.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (breakdown traffic.Breakdown, err error) {
	if err := traffic.CheckSeries(from, to, step, by, limit); err != nil {
		return breakdown, err
	}
	err = s.readTraffic(ctx, func(ctx context.Context, stored storedTraffic, kept traffic.Kept) error {
		if breakdown, err = traffic.ReadSeries(ctx, stored, kept, from, to, step, by, selection, limit); err != nil {
			return err
		}
		breakdown.Oldest, err = stored.oldest(ctx, kept)
		return err
	})
	if err != nil {
		return traffic.Breakdown{}, err
	}
	return breakdown, nil
}

// Busiest breaks down in the database. See traffic.Stored.
func (t storedTraffic) Busiest(ctx context.Context, span traffic.Span, by traffic.Dimension, selection traffic.Selection, limit int) (intervals []traffic.Interval, of int, err error) {
	// The columns that are not grouped by are empty, so that the statement is the same for all dimensions.
	grouped := by.Columns()
	keys := make([]string, 0, len(trafficKeys))
	for _, column := range trafficKeys {
		expression := "''"
		if slices.Contains(grouped, column) {
			expression = column
		}
		keys = append(keys, expression+" AS k_"+column)
	}
	var c conditions
	c.add("requests > 0")
	for i, values := range [][]string{selection.Gateways, selection.Protocols, selection.Routes, selection.Modes} {
		c.oneOf("", trafficKeys[i], values)
	}
	if limit == 0 {
		limit = -1
	}
	relation, args := seconds(span, strings.Join(keys, ", ")+", "+countNames, c)
	statement := fmt.Sprintf(`WITH stepped AS MATERIALIZED (
			SELECT at, k_gateway, k_protocol, k_route, k_mode, %s FROM %s GROUP BY at, k_gateway, k_protocol, k_route, k_mode
		), busiest AS (
			SELECT k_gateway, k_protocol, k_route, k_mode, count(*) OVER () AS of,
				row_number() OVER (ORDER BY sum(requests) DESC, k_gateway, k_protocol, k_route, k_mode) AS rank
			FROM stepped GROUP BY k_gateway, k_protocol, k_route, k_mode
		)
		SELECT at, of, k_gateway, k_protocol, k_route, k_mode, %s
		FROM stepped JOIN busiest USING (k_gateway, k_protocol, k_route, k_mode) WHERE %d < 0 OR rank <= %[4]d ORDER BY rank, at`,
		countSums(), relation, countNames, limit)
	intervals, err = t.intervalsOf(ctx, span, statement, args, func(in *traffic.Interval, at *int64, rows *sql.Rows) error {
		return rows.Scan(append([]any{at, &of, &in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(in)...)...)
	})
	return intervals, of, err
}
