package sqlite

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// RollUpTraffic is to come.
func (s *Store) RollUpTraffic(context.Context, scenario.Retention) error { return nil }
