package sqlite

import (
	"context"
	"database/sql"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Relieve tells of a stop. What somebody has set after it stays: then that is returned, and false. What was set before is
// relieved, whatever its version. A stop that is told again changes nothing.
func (s *Store) Relieve(ctx context.Context, stop scenario.Stop) (scenario.Scenario, bool, error) {
	stop.By, stop.Reason = recording.AsText(stop.By), recording.AsText(stop.Reason)
	told := true
	next, err := s.change(ctx, func(tx *sql.Tx, current scenario.Scenario) (scenario.Scenario, error) {
		told = true
		if stop.Is(current) {
			return current, nil // The answer to an earlier attempt was lost.
		}
		if current.Version > stop.Base {
			var changed sql.NullInt64
			if err := tx.QueryRowContext(ctx, "SELECT changed_at FROM scenario_state").Scan(&changed); err != nil {
				return current, err
			}
			if changed.Valid && changed.Int64 > stop.At.UnixMicro() {
				told = false
				return current, nil
			}
		}
		next := stop.Over(current)
		next.Version = current.Version + 1
		if _, err := scenario.Compile(next); err != nil {
			// What the stop leaves is of no use to any collector.
			next = scenario.Stop{Relief: scenario.Everything(), By: stop.By, Reason: stop.Reason, At: stop.At}.Over(next)
		}
		return next, store(ctx, tx, next, stop.Action, nil)
	})
	return next, told && err == nil, err
}
