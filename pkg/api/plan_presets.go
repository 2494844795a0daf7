package api

import (
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// PlanPresets says which of wanted are to be written where there are stored already, for implementations of SavePresets.
func PlanPresets(stored, wanted []scenario.Preset, replace bool) ([]scenario.Preset, SavedPresets, error) {
	byName := make(map[string]scenario.Preset, len(stored))
	for _, p := range stored {
		byName[p.Name] = p
	}
	var changes []scenario.Preset
	var saved SavedPresets
	for i, p := range wanted {
		p.Source = scenario.User
		if err := p.Validate(); err != nil {
			return nil, SavedPresets{}, &PresetError{Index: i, Err: err}
		}
		existing, exists := byName[p.Name]
		switch {
		case exists && existing.Same(p):
			continue
		case exists && existing.Source != scenario.User:
			return nil, SavedPresets{}, &PresetError{Index: i, Err: ErrReadOnly}
		case exists && !replace:
			return nil, SavedPresets{}, &PresetError{Index: i, Err: ErrConflict}
		case exists:
			saved.Replaced++
		default:
			saved.Created++
		}
		byName[p.Name] = p
		changes = append(changes, p)
	}
	if err := scenario.RoomForPresets("presets", stored, saved.Created); err != nil {
		return nil, SavedPresets{}, err
	}
	return changes, saved, nil
}
