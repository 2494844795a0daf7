package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Changes gives the newest changes of the scenario within [from, to], at most limit, newest first, and after them the
// one that was in force at from where there is room.
func (s *Store) Changes(ctx context.Context, from, to time.Time, limit int) ([]scenario.Change, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT version, at, by, action, reason, scenario FROM scenario_history
		WHERE at <= $2 AND version >= coalesce((SELECT max(version) FROM scenario_history WHERE at < $1), 0)
		ORDER BY version DESC LIMIT $3`, from.UTC(), to.UTC(), limit)
	return scanChanges(rows, err)
}

// scanChanges reads what a query of the history gave.
func scanChanges(rows *sql.Rows, err error) ([]scenario.Change, error) {
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	changes := []scenario.Change{}
	for rows.Next() {
		var c scenario.Change
		var document []byte
		if err := rows.Scan(&c.Version, &c.At, &c.By, &c.Action, &c.Reason, &document); err != nil {
			return nil, wrap(err)
		}
		if err := json.Unmarshal(document, &c.Scenario); err != nil {
			return nil, fmt.Errorf("version %d of the history cannot be read: %w", c.Version, err)
		}
		c.At = c.At.UTC()
		changes = append(changes, c)
	}
	return changes, wrap(rows.Err())
}
