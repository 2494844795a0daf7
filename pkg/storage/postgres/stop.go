package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Relieve tells the fleet of a stop that is in force at one collector since stop.At: in one transaction, as Change does,
// under the name, the reason and the time of the stop. It returns the live scenario, and whether the stop is in it. Where
// somebody has changed the scenario after the stop, to a version above stop.Base, it is not, and nothing is written.
//
// What was later is told by the clock of the database, from how long ago each was: clocks of machines differ. Where that
// is in doubt the stop counts as the later one. A stop that is told does not count as a change in this: two collectors
// that were stopped without knowing of each other are both told.
func (s *Store) Relieve(ctx context.Context, stop scenario.Stop) (scenario.Scenario, bool, error) {
	var next scenario.Scenario
	told := true
	stop.By, stop.Reason = storable(stop.By), storable(stop.Reason)
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		current, err := readScenario(ctx, tx, " FOR UPDATE")
		if err != nil {
			return err
		}
		if stop.Is(current) {
			next = current // The answer to an earlier attempt was lost.
			return nil
		}
		if current.Expired(s.now()) {
			if current, err = s.expire(ctx, tx, current); err != nil {
				return err
			}
		}
		if current.Version > stop.Base {
			later, err := s.changedAfter(ctx, tx, stop.At)
			if err != nil {
				return err
			}
			if later {
				next, told = current, false
				return nil
			}
		}
		next = stop.Over(current)
		next.Version = current.Version + 1
		if _, err := scenario.Compile(next); err != nil {
			// What the stop leaves is of no use to any collector.
			next = scenario.Stop{Relief: scenario.Everything(), By: stop.By, Reason: stop.Reason, At: stop.At}.Over(next)
		}
		return store(ctx, tx, next, stop.Action, false)
	})
	if err != nil {
		return scenario.Scenario{}, false, wrap(err)
	}
	return next, told, nil
}

// changedAfter reports whether somebody has changed the live scenario after at, a time of this machine. The row is locked.
func (s *Store) changedAfter(ctx context.Context, tx *sql.Tx, at time.Time) (bool, error) {
	// Read before the query: whatever that takes makes the change look older.
	ago := max(0, s.now().Sub(at))
	var age sql.NullFloat64
	err := tx.QueryRowContext(ctx, "SELECT extract(epoch FROM clock_timestamp() - changed_at) FROM scenario_state WHERE only_row").Scan(&age)
	return age.Valid && age.Float64 < ago.Seconds(), err
}
