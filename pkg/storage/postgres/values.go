package postgres

import (
	"context"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxValues bounds the answer of Values.
const maxValues = 1000

// valueColumns are the lists of recording.Filter whose values can be asked for.
var valueColumns = map[string]string{
	"protocols": "protocol",
	"gateways":  "gateway",
	"methods":   "method",
	"routes":    "route",
	"modes":     "scenario_mode",
	"consumers": "consumer",
	"statuses":  "CASE response_status WHEN 0 THEN 'none' ELSE response_status::text END",
	"rules":     "rule",
	"faults":    "element",
	"tags":      "element",
	"failed_by": "failed_by", "failure_kind": "failure_kind",
}

// Values gives the values that recordings of a filter have for one of the filter's own lists (field: protocols,
// gateways, methods, routes, modes, consumers, statuses, rules, faults, tags, failed_by or failure_kind), the most frequent first and at most limit (1 to
// 1000) of them.
func (s *Store) Values(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error) {
	column, known := valueColumns[field]
	if !known {
		return nil, validation.Errorf("field", "must be protocols, gateways, methods, routes, modes, consumers, statuses, rules, faults, tags, failed_by or failure_kind, is %q", field)
	}
	if limit < 1 || limit > maxValues {
		return nil, validation.Errorf("limit", "must be between 1 and %d, is %d", maxValues, limit)
	}
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	from := "recorded_requests"
	if column := map[string]string{"faults": "fault_kinds", "tags": "tags"}[field]; column != "" {
		from += ", LATERAL (SELECT DISTINCT unnest(" + column + ") AS element) AS elements"
	}
	var c conditions
	if err := c.filter(filter); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf("SELECT value, n FROM (SELECT %s AS value, count(*) AS n FROM %s%s GROUP BY value) AS counted WHERE value <> '' ORDER BY n DESC, value LIMIT %s",
		column, from, c.where(), c.bind(limit)), c.args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	counts := []recording.Count{}
	for rows.Next() {
		var count recording.Count
		if err := rows.Scan(&count.Value, &count.Count); err != nil {
			return nil, wrap(err)
		}
		counts = append(counts, count)
	}
	return counts, wrap(rows.Err())
}
