package postgres

import (
	"context"
	"fmt"
	"slices"
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

// Series breaks the traffic of the fleet in [from, to) down by a dimension. See api.TrafficSeries. It gives the limit (1 to 1000)
// busiest series.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (breakdown traffic.Breakdown, err error) {
	grouped, known := seriesColumns[by]
	switch {
	case !known:
		return breakdown, validation.Errorf("by", "must be empty, gateway, protocol, route or mode, is %q", by)
	case limit < 1 || limit > maxSeries:
		return breakdown, validation.Errorf("limit", "must be between 1 and %d, is %d", maxSeries, limit)
	}
	if err := trafficRange(from, to, step); err != nil {
		return breakdown, err
	}
	err = s.readTraffic(ctx, from, to, step, func(source trafficSource) error {
		breakdown.Step = source.step
		var err error
		if breakdown.Oldest, err = source.oldest(ctx); err != nil {
			return err
		}
		return source.series(ctx, &breakdown, grouped, selection, limit)
	})
	if err != nil {
		return traffic.Breakdown{}, err
	}
	return breakdown, nil
}

func (t trafficSource) series(ctx context.Context, into *traffic.Breakdown, grouped []string, selection traffic.Selection, limit int) error {
	// The columns that are not grouped by are empty, so that the statement is the same for all dimensions.
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
	most := c.bind(limit)
	if slices.Contains(grouped, "route") {
		ranking = t.rows(&c, named+"requests", where, "")
		chosen = "WHERE (k_gateway, k_protocol, k_route, k_mode) IN (SELECT k_gateway, k_protocol, k_route, k_mode FROM busiest WHERE rank <= " + most + ")"
	}
	rows, err := t.tx.QueryContext(ctx, fmt.Sprintf(`WITH RECURSIVE busiest AS MATERIALIZED (
			SELECT k_gateway, k_protocol, k_route, k_mode, count(*) OVER () AS of,
				row_number() OVER (ORDER BY traffic_sum(requests) DESC, k_gateway, k_protocol, k_route, k_mode) AS rank
			FROM %[1]s GROUP BY k_gateway, k_protocol, k_route, k_mode
		), stepped AS MATERIALIZED (
			SELECT at, k_gateway, k_protocol, k_route, k_mode, %[2]s FROM %[3]s
			%[4]s GROUP BY at, k_gateway, k_protocol, k_route, k_mode
		)
		SELECT of, at, k_gateway, k_protocol, k_route, k_mode, %[5]s
		FROM stepped JOIN busiest USING (k_gateway, k_protocol, k_route, k_mode) WHERE rank <= %[6]s ORDER BY rank, at`,
		ranking, countSums("coalesce(%f(%s), 0) AS %s"), t.rows(&c, named+eachColumn(countColumns, "%s"), where, ""),
		chosen, eachColumn(countColumns, "%s"), most), c.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		in := traffic.Interval{Seconds: t.step.Seconds()}
		var at int64
		if err := rows.Scan(append([]any{&into.Of, &at, &in.Gateway, &in.Protocol, &in.Route, &in.Mode}, countTargets(&in)...)...); err != nil {
			return err
		}
		in.Start = t.start(at)
		if n := len(into.Series); n == 0 || into.Series[n-1].Key != in.Key {
			into.Series = append(into.Series, traffic.Series{Key: in.Key})
		}
		last := &into.Series[len(into.Series)-1]
		last.Intervals = append(last.Intervals, in)
	}
	return rows.Err()
}
