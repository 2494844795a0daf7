package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Presets returns every preset: those that are built in, which need no database, the configured ones, and those of
// users, as scenario.MergePresets orders them.
func (s *Store) Presets(ctx context.Context) ([]scenario.Preset, error) {
	presets, err := readPresets(ctx, s.db)
	return presets, wrap(err)
}

// Preset returns one preset; api.ErrNotFound where there is none of that name.
func (s *Store) Preset(ctx context.Context, name string) (scenario.Preset, error) {
	found, err := readPreset(ctx, s.db, name)
	return found, wrap(err)
}

type rowsQueryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readPresets(ctx context.Context, q rowsQueryer) ([]scenario.Preset, error) {
	rows, err := q.QueryContext(ctx, "SELECT source, preset FROM scenario_presets")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var configured, users []scenario.Preset
	for rows.Next() {
		var source scenario.Source
		var document []byte
		if err := rows.Scan(&source, &document); err != nil {
			return nil, err
		}
		var preset scenario.Preset
		if err := json.Unmarshal(document, &preset); err != nil {
			return nil, fmt.Errorf("a stored preset cannot be read: %w", err)
		}
		if source == scenario.Configuration {
			configured = append(configured, preset)
		} else {
			users = append(users, preset)
		}
	}
	return scenario.MergePresets(configured, users), rows.Err()
}

func readPreset(ctx context.Context, q rowsQueryer, name string) (scenario.Preset, error) {
	presets, err := readPresets(ctx, q)
	if err != nil {
		return scenario.Preset{}, err
	}
	return presetNamed(presets, name)
}

func presetNamed(presets []scenario.Preset, name string) (scenario.Preset, error) {
	at := slices.IndexFunc(presets, func(p scenario.Preset) bool { return p.Name == name })
	if at < 0 {
		return scenario.Preset{}, fmt.Errorf("preset %q: %w", name, api.ErrNotFound)
	}
	return presets[at], nil
}

// SavePreset creates (replace false) or changes (replace true) a preset of a user. See api.Scenarios.
func (s *Store) SavePreset(ctx context.Context, changed scenario.Preset, replace bool) error {
	return wrap(s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if err := lockPresets(ctx, tx); err != nil {
			return err
		}
		stored, err := readPresets(ctx, tx)
		if err != nil {
			return err
		}
		existing, err := presetNamed(stored, changed.Name)
		switch {
		case err != nil && replace:
			return err
		case err == nil && !replace:
			return fmt.Errorf("a preset named %q exists already: %w", changed.Name, api.ErrConflict)
		case err == nil && existing.Source != scenario.User:
			return fmt.Errorf("%q: %w", changed.Name, api.ErrReadOnly)
		case err != nil:
			if err := scenario.RoomForPresets("name", stored, 1); err != nil {
				return err
			}
		}
		return writePreset(ctx, tx, changed)
	}))
}

// SavePresets saves presets of users, all or none. See api.Scenarios.
func (s *Store) SavePresets(ctx context.Context, presets []scenario.Preset, replace bool) (api.SavedPresets, error) {
	var saved api.SavedPresets
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if err := lockPresets(ctx, tx); err != nil {
			return err
		}
		stored, err := readPresets(ctx, tx)
		if err != nil {
			return err
		}
		changes, counted, err := api.PlanPresets(stored, presets, replace)
		if err != nil {
			return err
		}
		saved = counted
		for _, p := range changes {
			if err := writePreset(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return api.SavedPresets{}, wrap(err)
	}
	return saved, nil
}

// lockPresets lets one after another look for names and for room, and save.
func lockPresets(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('mockforge presets of users', 0))")
	return err
}

func writePreset(ctx context.Context, tx *sql.Tx, p scenario.Preset) error {
	p.Source = scenario.User
	document, err := marshal("preset", p)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO scenario_presets (name, source, preset) VALUES ($1, 'user', $2)
		ON CONFLICT (name, source) DO UPDATE SET preset = excluded.preset, updated_at = now()`, p.Name, document)
	return err
}

// DeletePreset removes a preset of a user; api.ErrReadOnly for another one.
func (s *Store) DeletePreset(ctx context.Context, name string) error {
	return wrap(s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		existing, err := readPreset(ctx, tx, name)
		if err != nil {
			return err
		}
		if existing.Source != scenario.User {
			return fmt.Errorf("%q: %w", name, api.ErrReadOnly)
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM scenario_presets WHERE name = $1 AND source = 'user'", name)
		return err
	}))
}

// PublishPresets makes the configured ones among presets the configured presets of the fleet, in place of those before.
// Built-in ones need not be published and are passed over. Where there is no configured one, nothing changes, so that
// a collector without presets does not take away those of others.
func (s *Store) PublishPresets(ctx context.Context, presets []scenario.Preset) error {
	var names, documents []string
	for _, p := range presets {
		if p.Source != scenario.Configuration {
			continue
		}
		document, err := marshal("presets", p)
		if err != nil {
			return err
		}
		names, documents = append(names, p.Name), append(documents, document)
	}
	if len(names) == 0 {
		return nil
	}
	return wrap(s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		// Collectors that start together publish one after another.
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('mockforge presets', 0))"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM scenario_presets WHERE source = 'configuration' AND name <> ALL($1::text[])",
			pq.Array(names)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO scenario_presets (name, source, preset)
			SELECT n, 'configuration', d::jsonb FROM unnest($1::text[], $2::text[]) AS given (n, d)
			ON CONFLICT (name, source) DO UPDATE SET preset = excluded.preset, updated_at = now()
			WHERE scenario_presets.preset IS DISTINCT FROM excluded.preset`, pq.Array(names), pq.Array(documents))
		return err
	}))
}
