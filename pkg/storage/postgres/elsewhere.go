package postgres

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// What a Store does for recordings that are in another store.

// KeepPatterns stores what an analysis has found, as Detect does.
func (s *Store) KeepPatterns(ctx context.Context, patterns []analysis.Pattern) error {
	return wrap(s.storePatterns(ctx, patterns))
}

// KeptRecordings returns for how many days recordings are kept, as MaintainPartitions has it, and the time of the database. 0 days are
// for ever.
func (s *Store) KeptRecordings(ctx context.Context, own scenario.Retention) (days int, now time.Time, err error) {
	if now, err = s.clock(ctx); err != nil {
		return 0, now, wrap(err)
	}
	recordings, _, err := s.longest(ctx, s.db, own, now)
	return recordings.days, now, wrap(err)
}
