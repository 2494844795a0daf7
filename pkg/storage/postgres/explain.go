package postgres

import (
	"context"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Explain returns the plan by which PostgreSQL answers Query: where that asks several times, one after another, although Query
// does not come to those that are not needed for the page. With analyze they run, and the plans say what it took.
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
	if steps := s.walks(query); steps > 0 {
		statement, args, err := stepStatement(query, steps, limit+1)
		if err == nil {
			err = s.explain(ctx, &plan, explain+statement, args)
		}
		if err != nil {
			return "", wrap(err)
		}
	}
	for _, span := range spans {
		statement, args, err := pageStatement(query, span, limit+1)
		if err == nil {
			err = s.explain(ctx, &plan, explain+statement, args)
		}
		if err != nil {
			return "", wrap(err)
		}
	}
	return plan.String(), nil
}

func (s *Store) explain(ctx context.Context, plan *strings.Builder, statement string, args []any) error {
	rows, err := s.db.QueryContext(ctx, statement, args...)
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
