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

// Series breaks the traffic of the fleet in [from, to) down by a dimension, in steps that begin at multiples of step.
// It gives the limit (1 to 1000) busiest series.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error) {
	var breakdown traffic.Breakdown
	if err := traffic.CheckSeries(from, to, step, by, limit); err != nil {
		return breakdown, err
	}
	from = from.UTC().Truncate(step)
	// The columns that are not grouped by are empty, so that the statement is the same for all dimensions.
	var keys []string
	for _, column := range []string{"gateway", "protocol", "route", "mode"} {
		expression := "''"
		if slices.Contains(by.Columns(), column) {
			expression = column
		}
		keys = append(keys, expression+" AS k_"+column)
	}
	var c conditions
	c.intervals(from, to)
	c.add("requests > 0")
	for column, values := range map[string][]string{"gateway": selection.Gateways, "protocol": selection.Protocols, "route": selection.Routes, "mode": selection.Modes} {
		c.oneOf("", column, values)
	}
	statement := fmt.Sprintf(`WITH stepped AS MATERIALIZED (
			SELECT (middle - ?) / ? AS at, %s, sum(requests) AS requests, sum(organic_errors) AS organic_errors, sum(injected_errors) AS injected_errors,
				sum(injected) AS injected, sum(latency_sum_ms) AS latency_sum_ms, %s
			FROM traffic_intervals%s GROUP BY at, k_gateway, k_protocol, k_route, k_mode
		), ranked AS (
			SELECT k_gateway, k_protocol, k_route, k_mode, count(*) OVER () AS of,
				row_number() OVER (ORDER BY sum(requests) DESC, k_gateway, k_protocol, k_route, k_mode) AS rank
			FROM stepped GROUP BY k_gateway, k_protocol, k_route, k_mode
		)
		SELECT of, at, k_gateway, k_protocol, k_route, k_mode, requests, organic_errors, injected_errors, injected, latency_sum_ms, %s
		FROM stepped JOIN ranked USING (k_gateway, k_protocol, k_route, k_mode) WHERE rank <= ? ORDER BY rank, at`,
		strings.Join(keys, ", "), sums(), c.where(), strings.Join(bucketColumns[:], ", "))
	args := slices.Concat([]any{from.UnixMicro(), step.Microseconds()}, c.args, []any{limit})
	err := s.query(ctx, "SELECT min(start) FROM traffic_intervals", nil, func(rows *sql.Rows) error {
		for rows.Next() {
			var start sql.NullInt64
			if err := rows.Scan(&start); err != nil {
				return err
			}
			if start.Valid {
				oldest := time.UnixMicro(start.Int64).UTC()
				breakdown.Oldest = &oldest
			}
		}
		return nil
	})
	if err != nil {
		return traffic.Breakdown{}, err
	}
	err = s.query(ctx, statement, args, func(rows *sql.Rows) error {
		for rows.Next() {
			in := traffic.Interval{Seconds: step.Seconds()}
			var at int64
			targets := append([]any{
				&breakdown.Of, &at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode, &in.Requests, &in.OrganicErrors,
				&in.InjectedErrors, &in.Injected, &in.LatencySumMS,
			}, into(&in.Buckets)...)
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			in.Start = from.Add(time.Duration(at) * step)
			breakdown.Add(in)
		}
		return nil
	})
	if err != nil {
		return traffic.Breakdown{}, err
	}
	return breakdown, nil
}
