package sqlite

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Limits returns the strictest of the instances that run now. See api.FleetLimits.
func (s *Store) Limits(ctx context.Context) (scenario.Limits, error) {
	var strictest scenario.Limits
	instances, err := s.Instances(ctx)
	if err != nil {
		return strictest, err
	}
	for _, i := range instances {
		if i.Live {
			strictest = strictest.Stricter(i.Limits)
		}
	}
	return strictest, nil
}
