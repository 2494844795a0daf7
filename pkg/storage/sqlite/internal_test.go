package sqlite

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// MaintainAt returns MaintainPartitions at another time, for a collector that wants recordings kept for so many days.
func (s *Store) MaintainAt(ctx context.Context, days int, now time.Time) error {
	return s.maintain(ctx, scenario.Retention{RecordingDays: days}, now)
}

// SearchSoon has queries take the indexes for searching, in short stretches, where they would walk through so few recordings.
func (s *Store) SearchSoon() { s.effort = effort{walk: 3, walkRead: 2, walkText: 1, stretch: 4} }

// PlanOfStats returns how SQLite reads the recordings of a filter for Stats.
func (s *Store) PlanOfStats(ctx context.Context, filter recording.Filter) (plan string, err error) {
	from, args, err := s.matching(ctx, filter)
	if err != nil {
		return "", err
	}
	var id, parent, unused int
	err = s.reads.QueryRowContext(ctx, "EXPLAIN QUERY PLAN "+statsOf(from), args...).Scan(&id, &parent, &unused, &plan)
	return plan, err
}
