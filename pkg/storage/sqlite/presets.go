package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Presets returns every preset: built in, configured and of users, as scenario.MergePresets orders them.
func (s *Store) Presets(ctx context.Context) ([]scenario.Preset, error) {
	presets, err := readPresets(ctx, s.reads)
	return presets, s.wrap(err)
}

// Preset returns one preset; api.ErrNotFound where there is none of that name.
func (s *Store) Preset(ctx context.Context, name string) (scenario.Preset, error) {
	presets, err := s.Presets(ctx)
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

func readPresets(ctx context.Context, q queryer) ([]scenario.Preset, error) {
	rows, err := q.QueryContext(ctx, "SELECT source, preset FROM scenario_presets ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := map[scenario.Source][]scenario.Preset{}
	for rows.Next() {
		var source scenario.Source
		var preset scenario.Preset
		if err := rows.Scan(&source, document{&preset}); err != nil {
			return nil, fmt.Errorf("a stored preset cannot be read: %w", err)
		}
		stored[source] = append(stored[source], preset)
	}
	return scenario.MergePresets(stored[scenario.Configuration], stored[scenario.User]), rows.Err()
}

// SavePreset creates (replace false) or changes (replace true) a preset of a user. See api.Scenarios.
func (s *Store) SavePreset(ctx context.Context, changed scenario.Preset, replace bool) error {
	changed.Source = scenario.User
	if err := changed.Validate(); err != nil {
		return err
	}
	return s.wrap(s.inTransaction(ctx, func(tx *sql.Tx) error {
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
func (s *Store) SavePresets(ctx context.Context, presets []scenario.Preset, replace bool) (saved api.SavedPresets, err error) {
	err = s.inTransaction(ctx, func(tx *sql.Tx) error {
		stored, err := readPresets(ctx, tx)
		if err != nil {
			return err
		}
		var changes []scenario.Preset
		if changes, saved, err = api.PlanPresets(stored, presets, replace); err != nil {
			return err
		}
		for _, p := range changes {
			p.Source = scenario.User
			if err := writePreset(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return api.SavedPresets{}, s.wrap(err)
	}
	return saved, nil
}

// writePreset writes a preset of its source.
func writePreset(ctx context.Context, tx *sql.Tx, p scenario.Preset) error {
	written, err := validation.Document("preset", p)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO scenario_presets (name, source, preset) VALUES (?, ?, ?)", p.Name, string(p.Source), written)
	return err
}

// DeletePreset removes a preset of a user; api.ErrReadOnly for another one.
func (s *Store) DeletePreset(ctx context.Context, name string) error {
	return s.wrap(s.inTransaction(ctx, func(tx *sql.Tx) error {
		stored, err := readPresets(ctx, tx)
		if err != nil {
			return err
		}
		existing, err := presetNamed(stored, name)
		if err != nil {
			return err
		}
		if existing.Source != scenario.User {
			return fmt.Errorf("%q: %w", name, api.ErrReadOnly)
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM scenario_presets WHERE name = ? AND source = 'user'", name)
		return err
	}))
}

// PublishPresets makes the configured ones among presets the configured presets, in place of those before. Where there is no configured
// one, nothing changes. See api.Published.
func (s *Store) PublishPresets(ctx context.Context, presets []scenario.Preset) error {
	configured := slices.DeleteFunc(slices.Clone(presets), func(p scenario.Preset) bool { return p.Source != scenario.Configuration })
	if len(configured) == 0 {
		return nil
	}
	return s.wrap(s.inTransaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM scenario_presets WHERE source = 'configuration'"); err != nil {
			return err
		}
		for _, p := range configured {
			if err := writePreset(ctx, tx, p); err != nil {
				return err
			}
		}
		return nil
	}))
}
