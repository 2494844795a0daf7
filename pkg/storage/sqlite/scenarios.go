package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readScenario(ctx context.Context, q queryer) (scenario.Scenario, error) {
	var current scenario.Scenario
	var version int64
	if err := q.QueryRowContext(ctx, "SELECT version, scenario FROM scenario_state").Scan(&version, document{&current}); err != nil {
		return current, fmt.Errorf("the stored scenario cannot be read: %w", err)
	}
	current.Version = version
	return current, nil
}

// Current returns the live scenario. One that has expired is replaced by healthy first, once, with a line in the history.
func (s *Store) Current(ctx context.Context) (scenario.Scenario, error) {
	current, err := readScenario(ctx, s.reads)
	if err != nil || !current.Expired(s.now()) {
		return current, s.wrap(err)
	}
	return s.change(ctx, func(tx *sql.Tx, current scenario.Scenario) (scenario.Scenario, error) { return current, nil })
}

// Change applies change to the live scenario in one transaction: state and history. See api.Scenarios.
func (s *Store) Change(ctx context.Context, audit api.Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error) {
	return s.change(ctx, func(tx *sql.Tx, next scenario.Scenario) (scenario.Scenario, error) {
		version := next.Version
		if ifVersion != nil && *ifVersion != version {
			return next, api.ErrConflict
		}
		if err := change(&next); err != nil {
			return next, err
		}
		next.Version, next.SetAt, next.SetBy, next.Reason = version+1, s.now().UTC().Truncate(time.Microsecond), audit.By, audit.Reason
		if _, err := scenario.Compile(next); err != nil {
			return next, err
		}
		changed := s.now().UnixMicro()
		return next, store(ctx, tx, next, audit.Action, &changed)
	})
}

// change has f give what follows the present scenario, after an expiry that has passed was written.
func (s *Store) change(ctx context.Context, f func(tx *sql.Tx, current scenario.Scenario) (scenario.Scenario, error)) (scenario.Scenario, error) {
	var before, after scenario.Scenario
	err := s.inTransaction(ctx, func(tx *sql.Tx) error {
		current, err := readScenario(ctx, tx)
		if err != nil {
			return err
		}
		before = current
		if current.Expired(s.now()) {
			current = current.At(s.now())
			current.Version++
			if err := store(ctx, tx, current, "expired", nil); err != nil {
				return err
			}
		}
		after, err = f(tx, current)
		return err
	})
	if err != nil {
		return scenario.Scenario{}, s.wrap(err)
	}
	if after.Version != before.Version {
		s.changes.wake()
	}
	return after, nil
}

// store writes state and history of next. changed is when somebody asked for it, nil where nobody did.
func store(ctx context.Context, tx *sql.Tx, next scenario.Scenario, action string, changed *int64) error {
	written, err := validation.Document("scenario", next)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE scenario_state SET version = ?, scenario = ?, changed_at = coalesce(?, changed_at)", next.Version, written, changed); err != nil {
		return err
	}
	// A state that was restored from a backup may be behind the history.
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO scenario_history (version, at, by, action, reason, scenario) VALUES (?, ?, ?, ?, ?, ?)",
		next.Version, next.SetAt.UnixMicro(), next.SetBy, action, next.Reason, written)
	return err
}

// PublishDefault makes definition what Current reports as long as nobody has ever changed the scenario (version 0).
func (s *Store) PublishDefault(ctx context.Context, definition scenario.Definition) error {
	next := scenario.Scenario{Definition: definition, SetAt: s.now().UTC().Truncate(time.Microsecond)}
	if _, err := scenario.Compile(next); err != nil {
		return err
	}
	written, err := validation.Document("scenario", next)
	if err != nil {
		return err
	}
	_, err = s.writer.ExecContext(ctx, "UPDATE scenario_state SET scenario = ? WHERE version = 0", written)
	return s.wrap(err)
}

const selectChanges = "SELECT version, at, by, action, reason, scenario FROM scenario_history "

// History returns at most limit changes below version before (0: from the newest), newest first.
func (s *Store) History(ctx context.Context, before int64, limit int) ([]scenario.Change, error) {
	return s.history(ctx, selectChanges+"WHERE ?1 <= 0 OR version < ?1 ORDER BY version DESC LIMIT ?2", before, limit)
}

// Changes gives the newest changes of the scenario within [from, to], at most limit, newest first, and after them the one that was in
// force at from where there is room.
func (s *Store) Changes(ctx context.Context, from, to time.Time, limit int) ([]scenario.Change, error) {
	return s.history(ctx, selectChanges+`WHERE at <= ?2 AND version >= coalesce((SELECT max(version) FROM scenario_history WHERE at < ?1), 0)
		ORDER BY version DESC LIMIT ?3`, since(&from), until(&to), limit)
}

func (s *Store) history(ctx context.Context, statement string, args ...any) ([]scenario.Change, error) {
	changes := []scenario.Change{}
	err := s.query(ctx, statement, args, func(rows *sql.Rows) error {
		for rows.Next() {
			var c scenario.Change
			if err := rows.Scan(&c.Version, (*microseconds)(&c.At), &c.By, &c.Action, &c.Reason, document{&c.Scenario}); err != nil {
				return fmt.Errorf("the history cannot be read: %w", err)
			}
			changes = append(changes, c)
		}
		return nil
	})
	return changes, err
}
