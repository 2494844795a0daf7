package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxSeries bounds the answer of Series.
const maxSeries = 1000

// seriesColumns are what a dimension groups by.
var seriesColumns = map[traffic.Dimension][]string{
	traffic.Whole:      {},
	traffic.ByGateway:  {"gateway"},
	traffic.ByProtocol: {"protocol"},
	traffic.ByRoute:    {"gateway", "route"},
	traffic.ByMode:     {"mode"},
}

// Series breaks the traffic of the fleet in [from, to) down by a dimension, in steps that begin at multiples of step.
// It gives the limit (1 to 1000) busiest series.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error) {
	var breakdown traffic.Breakdown
	grouped, known := seriesColumns[by]
	switch {
	case !known:
		return breakdown, validation.Errorf("by", "must be empty, gateway, protocol, route or mode, is %q", by)
	case limit < 1 || limit > maxSeries:
		return breakdown, validation.Errorf("limit", "must be between 1 and %d, is %d", maxSeries, limit)
	case step < time.Second:
		return breakdown, validation.Errorf("step", "must be at least 1s, is %s", step)
	case !from.Before(to):
		return breakdown, validation.Errorf("from", "must be before to")
	case to.Sub(from)/step >= maxPoints:
		return breakdown, validation.Errorf("step", "must be larger: from and to are more than %d steps apart", maxPoints)
	}
	from = from.UTC().Truncate(step)

	// The columns that are not grouped by are empty, so that the statement is the same for all dimensions.
	keys := make([]string, 0, 4)
	for _, column := range []string{"gateway", "protocol", "route", "mode"} {
		expression := "''"
		for _, g := range grouped {
			if g == column {
				expression = column
			}
		}
		keys = append(keys, expression+" AS k_"+column)
	}
	sums := make([]string, len(bucketColumns))
	for i, column := range bucketColumns {
		sums[i] = "sum(" + column + ")::bigint AS " + column
	}
	var c conditions
	start, seconds := c.bind(from), c.bind(step.Seconds())
	end, most := c.bind(to.UTC()), c.bind(limit)
	// See Points for the time of an interval.
	const middle = "start + seconds / 2 * interval '1 second'"
	c.add("start >= %s::timestamptz - interval '1 minute' AND start < %s", start, end)
	c.add(middle+" >= %s AND "+middle+" < %s", start, end)
	c.add("requests > 0")
	for _, list := range []struct {
		column string
		values []string
	}{{"gateway", selection.Gateways}, {"protocol", selection.Protocols}, {"route", selection.Routes}, {"mode", selection.Modes}} {
		if len(list.values) > 0 {
			c.add("%s = ANY(%s)", list.column, c.bind(pq.Array(list.values)))
		}
	}
	statement := fmt.Sprintf(`WITH stepped AS MATERIALIZED (
			SELECT floor(extract(epoch FROM %[1]s - %[2]s) / %[3]s)::bigint AS at, %[4]s, sum(requests)::bigint AS requests,
				sum(organic_errors)::bigint AS organic_errors, sum(injected_errors)::bigint AS injected_errors,
				sum(injected)::bigint AS injected, sum(latency_sum_ms) AS latency_sum_ms, %[5]s
			FROM traffic_intervals%[6]s
			GROUP BY at, k_gateway, k_protocol, k_route, k_mode
		), ranked AS (
			SELECT k_gateway, k_protocol, k_route, k_mode, count(*) OVER () AS of,
				row_number() OVER (ORDER BY sum(requests) DESC, k_gateway, k_protocol, k_route, k_mode) AS rank
			FROM stepped GROUP BY k_gateway, k_protocol, k_route, k_mode
		)
		SELECT of, at, k_gateway, k_protocol, k_route, k_mode, requests, organic_errors, injected_errors, injected, latency_sum_ms, %[7]s
		FROM stepped JOIN ranked USING (k_gateway, k_protocol, k_route, k_mode) WHERE rank <= %[8]s ORDER BY rank, at`,
		middle, start, seconds, strings.Join(keys, ", "), strings.Join(sums, ", "), c.where(), strings.Join(bucketColumns[:], ", "), most)

	err := s.inTransaction(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT min(start) FROM traffic_intervals").Scan(&breakdown.Oldest); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, statement, c.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			in := traffic.Interval{Seconds: step.Seconds()}
			var at int64
			targets := []any{
				&breakdown.Of, &at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode, &in.Requests, &in.OrganicErrors,
				&in.InjectedErrors, &in.Injected, &in.LatencySumMS,
			}
			for i := range in.Buckets {
				targets = append(targets, &in.Buckets[i])
			}
			if err := rows.Scan(targets...); err != nil {
				return err
			}
			in.Start = from.Add(time.Duration(at) * step)
			if n := len(breakdown.Series); n == 0 || breakdown.Series[n-1].Key != in.Key {
				breakdown.Series = append(breakdown.Series, traffic.Series{Key: in.Key})
			}
			last := &breakdown.Series[len(breakdown.Series)-1]
			last.Intervals = append(last.Intervals, in)
		}
		return rows.Err()
	})
	if err != nil {
		return traffic.Breakdown{}, wrap(err)
	}
	if breakdown.Oldest != nil {
		*breakdown.Oldest = breakdown.Oldest.UTC()
	}
	return breakdown, nil
}
