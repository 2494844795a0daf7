package scenario

import (
	"maps"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// DecodePresets reads the presets of a configuration or of an export, by name: the text is a YAML or JSON object whose
// keys are the names.
func DecodePresets(data []byte) ([]Preset, error) {
	var byName map[string]Preset
	if err := validation.DecodeYAML(data, &byName); err != nil {
		return nil, err
	}
	return presetsByName(byName)
}

// presetsByName names and validates the presets of a configuration; a name inside a preset must be that of its key.
func presetsByName(byName map[string]Preset) ([]Preset, error) {
	presets := make([]Preset, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		p := byName[name]
		if p.Name != "" && p.Name != name {
			return nil, validation.Errorf(name+".name", "must be %q or absent, is %q", name, clip(p.Name))
		}
		p.Name, p.Source = name, Configuration
		if err := p.Validate(); err != nil {
			return nil, validation.In(clip(name), err)
		}
		presets = append(presets, p)
	}
	return presets, nil
}
