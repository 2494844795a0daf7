package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// SetReplayWaits shortens how long a replay waits for a collector, and for its answer.
func (s *Store) SetReplayWaits(take, total time.Duration) { s.replayTake, s.replayTotal = take, total }

// Explain is the plan of Query.
func (s *Store) Explain(ctx context.Context, query recording.Query) (string, error) {
	statement, args, err := pageStatement(query, recording.DefaultLimit)
	if err != nil {
		return "", err
	}
	rows, err := s.db.QueryContext(ctx, "EXPLAIN "+statement, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return "", err
		}
		plan.WriteString(line + "\n")
	}
	return plan.String(), rows.Err()
}
