package postgres

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxCounts is how many values each count of the statistics has.
const maxCounts = 50

// Stats sums up the recordings of a filter, all figures from one snapshot. See api.Recordings.
func (s *Store) Stats(ctx context.Context, filter recording.Filter) (recording.Stats, error) {
	var stats recording.Stats
	if err := filter.Validate(); err != nil {
		return stats, err
	}
	var c conditions
	matching, err := s.matching(ctx, &c, originColumns+`, timestamp, response_time_ms, method, route, protocol, scenario_mode, consumer, gateway,
		coalesce(octet_length(body), octet_length(body_binary), 0)::bigint + coalesce(octet_length(response_body), octet_length(response_body_binary), 0)::bigint AS bytes`, filter)
	if err != nil {
		return stats, wrap(err)
	}
	err = s.inTransaction(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, func(tx *sql.Tx) error {
		if err := totals(ctx, tx, matching, c.args, &stats); err != nil {
			return err
		}
		return counts(ctx, tx, matching, c.args, &stats)
	})
	return stats, wrap(err)
}

func totals(ctx context.Context, tx *sql.Tx, matching string, args []any, stats *recording.Stats) error {
	var quantiles [3]*float64
	err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE cardinality(fault_kinds) > 0),
			count(*) FILTER (WHERE `+originIs.injected+" OR "+originIs.organic+`),
			min(timestamp), max(timestamp),
			coalesce(sum(bytes), 0)::bigint,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY response_time_ms),
			percentile_cont(0.95) WITHIN GROUP (ORDER BY response_time_ms),
			percentile_cont(0.99) WITHIN GROUP (ORDER BY response_time_ms)
		FROM `+matching, args...).
		Scan(&stats.Total, &stats.Injected, &stats.Errors, &stats.Oldest, &stats.Newest, &stats.Bytes, &quantiles[0], &quantiles[1], &quantiles[2])
	if stats.Oldest != nil {
		*stats.Oldest, *stats.Newest = stats.Oldest.UTC(), stats.Newest.UTC()
	}
	stats.P50MS, stats.P95MS, stats.P99MS = quantiles[0], quantiles[1], quantiles[2]
	return err
}

func counts(ctx context.Context, tx *sql.Tx, matching string, args []any, stats *recording.Stats) error {
	lists := []*[]recording.Count{
		&stats.ByStatus, &stats.ByMethod, &stats.ByRoute, &stats.ByProtocol, &stats.ByMode, &stats.ByConsumer, &stats.ByGateway, &stats.ByFault,
	}
	for _, list := range lists {
		*list = []recording.Count{}
	}
	// One pass over the recordings for all of the columns; each row of the result belongs to the one that it has a value for.
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`WITH matching AS MATERIALIZED (
			SELECT response_status, method, route, protocol, scenario_mode, consumer, gateway, fault_kinds FROM %s
		), counted AS (
			SELECT CASE WHEN grouping(response_status) = 0 THEN 0 WHEN grouping(method) = 0 THEN 1 WHEN grouping(route) = 0 THEN 2
					WHEN grouping(protocol) = 0 THEN 3 WHEN grouping(scenario_mode) = 0 THEN 4 WHEN grouping(consumer) = 0 THEN 5 ELSE 6 END AS list,
				coalesce(CASE response_status WHEN 0 THEN 'none' ELSE response_status::text END, method, route, protocol, scenario_mode, consumer, gateway) AS value,
				count(*) AS n
			FROM matching
			GROUP BY GROUPING SETS ((response_status), (method), (route), (protocol), (scenario_mode), (consumer), (gateway))
			UNION ALL
			SELECT 7, kind, count(*) FROM matching, LATERAL (SELECT DISTINCT unnest(fault_kinds) AS kind) AS fault GROUP BY kind
		), ranked AS (
			SELECT list, value, n, row_number() OVER (PARTITION BY list ORDER BY n DESC, value) AS rank FROM counted WHERE value <> ''
		)
		SELECT list, value, n FROM ranked WHERE rank <= %d ORDER BY list, rank`, matching, maxCounts), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var list int
		var count recording.Count
		if err := rows.Scan(&list, &count.Value, &count.Count); err != nil {
			return err
		}
		*lists[list] = append(*lists[list], count)
	}
	return rows.Err()
}
