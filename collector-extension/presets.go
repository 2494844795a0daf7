package mockforgeextension

import (
	"encoding/json"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// index returns a list element in the spelling of the Collector's configuration errors.
func index(key string, i int) string { return key + "::" + strconv.Itoa(i) }

// defaultScenario returns what is in force until a scenario was set.
func (s *ScenariosConfig) defaultScenario() scenario.Scenario {
	mode := scenario.Mode(s.DefaultMode)
	if !s.Enabled {
		mode = scenario.Healthy
	}
	return scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: mode}}}
}

// limits returns what users may do with scenarios.
func (s *ScenariosConfig) limits() scenario.Limits {
	return scenario.Limits{MaxDuration: s.MaxDuration}
}

// presets returns the configured presets, in the form in which the control API takes them too. The errors are
// *validation.Error.
func (s *ScenariosConfig) presets() ([]scenario.Preset, error) {
	if len(s.Presets) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(s.Presets)
	if err != nil {
		return nil, validation.Errorf("presets", "cannot be read: %v", err)
	}
	presets, err := scenario.DecodePresets(text)
	if err != nil {
		return nil, validation.In("presets", err)
	}
	return presets, nil
}
