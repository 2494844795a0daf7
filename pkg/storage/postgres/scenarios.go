package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Channel is where every change of the scenario is notified, with the new version as payload.
const Channel = "mockforge_scenario"

type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scenarioStatement is what a whole fleet asks at once, after every change.
const scenarioStatement = "SELECT version, scenario FROM scenario_state WHERE only_row"

func readScenario(ctx context.Context, q queryer, suffix string) (scenario.Scenario, error) {
	return scanScenario(q.QueryRowContext(ctx, scenarioStatement+suffix))
}

func scanScenario(row *sql.Row) (scenario.Scenario, error) {
	var current scenario.Scenario
	var version int64
	var document []byte
	err := row.Scan(&version, &document)
	if err != nil {
		return current, err
	}
	if err := json.Unmarshal(document, &current); err != nil {
		return current, fmt.Errorf("the stored scenario cannot be read: %w", err)
	}
	current.Version = version
	return current, nil
}

// Current returns the live scenario, with its times by the clock of this machine. One that has expired by that of the database is
// replaced by healthy first, once, with a line in the history.
func (s *Store) Current(ctx context.Context) (scenario.Scenario, error) {
	s.agree(ctx)
	current, err := scanScenario(s.often(ctx, &s.currents, scenarioStatement))
	if err != nil || !current.Expired(s.now()) {
		return shifted(current, s.ahead()), wrap(err)
	}
	err = s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		var err error
		if current, err = readScenario(ctx, tx, " FOR UPDATE"); err != nil || !current.Expired(s.now()) {
			return err
		}
		current, err = s.expire(ctx, tx, current)
		return err
	})
	return shifted(current, s.ahead()), wrap(err)
}

// expire writes the healthy scenario that follows one that has expired; it counts from the moment of the expiry.
func (s *Store) expire(ctx context.Context, tx *sql.Tx, expired scenario.Scenario) (scenario.Scenario, error) {
	next := expired.At(s.now())
	next.Version++
	return next, store(ctx, tx, next, "expired", false)
}

// store writes state, history and notification of next. changed says that somebody asks for it now: by then, and by the
// clock of the database, a stop that is told later is measured.
func store(ctx context.Context, tx *sql.Tx, next scenario.Scenario, action string, changed bool) error {
	document, err := marshal("scenario", next)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE scenario_state SET version = $1, scenario = $2, expires_at = $3,
		changed_at = CASE WHEN $4 THEN clock_timestamp() ELSE changed_at END WHERE only_row`, next.Version, document, next.ExpiresAt, changed); err != nil {
		return err
	}
	// A state that was restored from a backup may be behind the history.
	if _, err := tx.ExecContext(ctx, `INSERT INTO scenario_history (version, at, by, action, reason, scenario) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (version) DO UPDATE SET at = excluded.at, by = excluded.by, action = excluded.action, reason = excluded.reason, scenario = excluded.scenario,
			stored_at = excluded.stored_at`,
		next.Version, next.SetAt, next.SetBy, action, next.Reason, document); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", Channel, strconv.FormatInt(next.Version, 10))
	return err
}

// marshal refuses what jsonb cannot hold.
func marshal(field string, value any) (string, error) { return validation.Document(field, value) }

// Change applies change to the live scenario in one transaction: state, history, notification. See api.Scenarios.
func (s *Store) Change(ctx context.Context, audit api.Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error) {
	s.agree(ctx)
	ahead := s.ahead()
	var next scenario.Scenario
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		current, err := readScenario(ctx, tx, " FOR UPDATE")
		if err != nil {
			return err
		}
		if current.Expired(s.now()) {
			if current, err = s.expire(ctx, tx, current); err != nil {
				return err
			}
		}
		if ifVersion != nil && *ifVersion != current.Version {
			return api.ErrConflict
		}
		next = shifted(current, ahead)
		if err := change(&next); err != nil {
			return err
		}
		next = shifted(next, -ahead)
		next.Version = current.Version + 1
		next.SetAt, next.SetBy, next.Reason = s.now().UTC().Truncate(time.Microsecond), audit.By, audit.Reason
		if _, err := scenario.Compile(next); err != nil {
			return err
		}
		return store(ctx, tx, next, audit.Action, true)
	})
	if err != nil {
		return scenario.Scenario{}, wrap(err)
	}
	return shifted(next, ahead), nil
}

// PublishDefault makes definition what Current reports as long as nobody has ever changed the scenario (version 0), so
// that the interface shows what collectors with another default mode really do.
func (s *Store) PublishDefault(ctx context.Context, definition scenario.Definition) error {
	next := scenario.Scenario{Definition: definition, SetAt: s.now().UTC().Truncate(time.Microsecond)}
	if _, err := scenario.Compile(next); err != nil {
		return err
	}
	document, err := marshal("scenario", next)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, "UPDATE scenario_state SET scenario = $1 WHERE only_row AND version = 0", document)
	return wrap(err)
}

// History returns at most limit changes below version before (0: from the newest), newest first.
func (s *Store) History(ctx context.Context, before int64, limit int) ([]scenario.Change, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT version, at, by, action, reason, scenario FROM scenario_history
		WHERE $1 <= 0 OR version < $1 ORDER BY version DESC LIMIT $2`, before, limit)
	return scanChanges(rows, err)
}
