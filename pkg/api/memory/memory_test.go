package memory_test

import (
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/api/memory"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestContract(t *testing.T) {
	apitest.TestScenarios(t, func(t *testing.T, now func() time.Time) api.Scenarios {
		store, err := memory.New(memory.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return store
	})
}

func TestConfiguredPresetReplacesTheBuiltInOne(t *testing.T) {
	store, err := memory.New(memory.Options{Presets: []scenario.Preset{
		{Name: "chaos", Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.Preset(t.Context(), "chaos")
	if err != nil || got.Mode != scenario.Error || got.Source != scenario.Configuration {
		t.Errorf("Preset(chaos) = %+v, %v, want the configured one", got, err)
	}
	if err := store.SavePreset(t.Context(), got, true); err != api.ErrReadOnly {
		t.Errorf("changing it: %v, want ErrReadOnly", err)
	}
}

func TestOnChangeHearsOfEveryStateInOrder(t *testing.T) {
	clock := apitest.NewClock()
	var versions []int64
	store, err := memory.New(memory.Options{Now: clock.Now, OnChange: func(s scenario.Scenario) { versions = append(versions, s.Version) }})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := store.Change(t.Context(), api.Audit{Action: "mode"}, nil, func(*scenario.Scenario) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(versions) != 3 || versions[0] != 1 || versions[2] != 3 {
		t.Errorf("OnChange heard of versions %v, want 1 2 3", versions)
	}
}

func TestInvalidOptionsAreRefused(t *testing.T) {
	for name, options := range map[string]memory.Options{
		"initial mode": {Initial: scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: "sick"}}}},
		"preset":       {Presets: []scenario.Preset{{Name: "No Good"}}},
	} {
		if _, err := memory.New(options); err == nil {
			t.Errorf("%s: New accepts it", name)
		}
	}
}
