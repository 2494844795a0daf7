package postgres

import (
	"context"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Explain is the plan by which PostgreSQL answers Query: where that asks for several spans of time, their plans one after
// another, although Query does not come to those that are not needed for the page. With analyze they run, and the plans say
// what it took.
func (s *Store) Explain(ctx context.Context, query recording.Query, analyze bool) (string, error) {
	if err := query.Validate(); err != nil {
		return "", err
	}
	limit := query.Limit
	if limit == 0 {
		limit = recording.DefaultLimit
	}
	spans, err := s.spans(ctx, query)
	if err != nil {
		return "", wrap(err)
	}
	explain := "EXPLAIN "
	if analyze {
		explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) "
	}
	var plan strings.Builder
	for _, span := range spans {
		if err := s.explain(ctx, &plan, explain, query, span, limit+1); err != nil {
			return "", wrap(err)
		}
	}
	return plan.String(), nil
}

func (s *Store) explain(ctx context.Context, plan *strings.Builder, explain string, query recording.Query, span span, most int) error {
	statement, args, err := pageStatement(query, span, most)
	if err != nil {
		return err
	}
	rows, err := s.db.QueryContext(ctx, explain+statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		plan.WriteString(line + "\n")
	}
	return rows.Err()
}
