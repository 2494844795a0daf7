package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Series breaks the traffic of the fleet in [from, to) down by a dimension. See api.TrafficSeries. It gives the limit (1 to 1000)
// busiest series.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (breakdown traffic.Breakdown, err error) {
	if err := traffic.CheckSeries(from, to, step, by, limit); err != nil {
		return breakdown, err
	}
	err = s.readTraffic(ctx, func(stored storedTraffic, kept traffic.Kept) error {
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
	clauses := []string{"requests > 0"}
	for i, values := range [][]string{selection.Gateways, selection.Protocols, selection.Routes, selection.Modes} {
		if len(values) > 0 {
			clauses = append(clauses, trafficKeys[i]+" = ANY("+c.bind(pq.Array(values))+")")
		}
	}
	// Of routes there may be many more than are shown: first which are the busiest, by nothing but their requests, then these by step.
	// Of all else there are few, and one look at the rows is enough.
	ranking, chosen := "stepped", ""
	named := strings.Join(keys, ", ") + ", "
	where := strings.Join(clauses, " AND ")
	most := c.bind(sql.NullInt64{Int64: int64(limit), Valid: limit > 0}) + "::bigint"
	within := "coalesce(rank <= " + most + ", true)"
	if slices.Contains(grouped, "route") {
		ranking = seconds(&c, span, named+"requests", where)
		chosen = "WHERE (k_gateway, k_protocol, k_route, k_mode) IN (SELECT k_gateway, k_protocol, k_route, k_mode FROM busiest WHERE " + within + ")"
	}
	rows, err := t.tx.QueryContext(ctx, fmt.Sprintf(`WITH RECURSIVE busiest AS MATERIALIZED (
			SELECT k_gateway, k_protocol, k_route, k_mode, count(*) OVER () AS of,
				row_number() OVER (ORDER BY traffic_sum(requests) DESC, k_gateway COLLATE "C", k_protocol COLLATE "C", k_route COLLATE "C", k_mode COLLATE "C") AS rank
			FROM %[1]s GROUP BY k_gateway, k_protocol, k_route, k_mode
		), stepped AS MATERIALIZED (
			SELECT at, k_gateway, k_protocol, k_route, k_mode, %[2]s FROM %[3]s
			%[4]s GROUP BY at, k_gateway, k_protocol, k_route, k_mode
		)
		SELECT of, at, k_gateway, k_protocol, k_route, k_mode, %[5]s
		FROM stepped JOIN busiest USING (k_gateway, k_protocol, k_route, k_mode) WHERE %[6]s ORDER BY rank, at`,
		ranking, countSums(), seconds(&c, span, named+countNames, where),
		chosen, countNames, within), c.args...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		in := traffic.Interval{Seconds: span.Step.Seconds()}
		var at int64
		if err := rows.Scan(append([]any{&of, &at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(&in)...)...); err != nil {
			return nil, 0, err
		}
		in.Start = stepOf(span, at)
		intervals = append(intervals, in)
	}
	return intervals, of, rows.Err()
}
