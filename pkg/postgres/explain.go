package postgres

import (
	"context"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Explain is the plan by which PostgreSQL answers Query. With analyze the query runs, and the plan says what it took.
func (s *Store) Explain(ctx context.Context, query recording.Query, analyze bool) (string, error) {
	if err := query.Validate(); err != nil {
		return "", err
	}
	limit := query.Limit
	if limit == 0 {
		limit = recording.DefaultLimit
	}
	statement, args, err := pageStatement(query, limit)
	if err != nil {
		return "", err
	}
	explain := "EXPLAIN "
	if analyze {
		explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) "
	}
	rows, err := s.db.QueryContext(ctx, explain+statement, args...)
	if err != nil {
		return "", wrap(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", wrap(err)
		}
		plan.WriteString(line + "\n")
	}
	return plan.String(), wrap(rows.Err())
}
