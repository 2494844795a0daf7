package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Limits returns the strictest of the collectors that run now, so that those who have no configuration of their own keep to
// them. See api.FleetLimits.
func (s *Store) Limits(ctx context.Context) (scenario.Limits, error) {
	var strictest scenario.Limits
	rows, err := s.db.QueryContext(ctx, "SELECT DISTINCT limits FROM instances WHERE limits <> '{}' AND last_seen_at > now() - "+aliveInterval)
	if err != nil {
		return strictest, wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var document []byte
		if err := rows.Scan(&document); err != nil {
			return strictest, wrap(err)
		}
		var limits scenario.Limits
		if err := json.Unmarshal(document, &limits); err != nil {
			return strictest, fmt.Errorf("the limits of an instance cannot be read: %w", err)
		}
		strictest = strictest.Stricter(limits)
	}
	return strictest, wrap(rows.Err())
}
