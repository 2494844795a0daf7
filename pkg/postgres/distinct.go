package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxDistinct bounds the answer of Distinct.
const maxDistinct = 1000

// distinctColumns are what has few enough values to choose from, by the names of the filter.
var distinctColumns = map[string]string{
	"protocols": "protocol", "gateways": "gateway", "methods": "method", "routes": "route", "modes": "scenario_mode", "consumers": "consumer",
	"statuses": "CASE response_status WHEN 0 THEN 'none' ELSE response_status::text END", "faults": "unnest(fault_kinds)", "tags": "unnest(tags)",
}

// Distinct lists the values that a field has in the recordings of a filter, sorted, at most 1,000: protocols, gateways,
// methods, routes, modes, consumers, statuses, faults or tags. Another field is a *validation.Error of "field".
func (s *Store) Distinct(ctx context.Context, field string, filter recording.Filter) ([]string, error) {
	column, known := distinctColumns[field]
	if !known {
		return nil, validation.Errorf("field", "must be one of %s, is %q", strings.Join(slices.Sorted(maps.Keys(distinctColumns)), ", "), field)
	}
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	var c conditions
	c.filter(filter)
	rows, err := s.db.QueryContext(ctx, "SELECT value FROM (SELECT DISTINCT "+column+" AS value FROM recorded_requests"+c.where()+
		") AS distinct_values WHERE value <> '' ORDER BY value LIMIT "+c.bind(maxDistinct), c.args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	values := []string{}
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, wrap(err)
		}
		values = append(values, value)
	}
	return values, wrap(rows.Err())
}
