package state_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/memory"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// loner returns a collector without a database whose default mode is chaos.
func loner(t *testing.T, directory string) *state.SoloScenarios {
	t.Helper()
	initial := scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos}}}
	file := state.NewStopFile(directory)
	stopped, err := file.Load()
	if err != nil {
		t.Fatal(err)
	}
	if stopped != nil {
		initial = stopped.Over(initial)
	}
	store, err := memory.New(memory.Options{Initial: initial})
	if err != nil {
		t.Fatal(err)
	}
	return state.NewSoloScenarios(store, file, stopped, slog.New(slog.DiscardHandler))
}

func modeOf(t *testing.T, s api.Scenarios) scenario.Mode {
	t.Helper()
	current, err := s.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return current.Mode
}

func TestAStopWithoutADatabaseOutlivesARestartUntilTheNextChange(t *testing.T) {
	directory := t.TempDir()
	s := loner(t, directory)
	changed, reach, err := s.Stop(t.Context(), api.Audit{By: "ada", Action: "stop"}, nil, scenario.Everything())
	if err != nil || changed.Injects() || reach.Fleet != api.Told || !reach.Durable {
		t.Errorf("%+v, %+v, %v", changed, reach, err)
	}
	s = loner(t, directory)
	if got := modeOf(t, s); got != scenario.Healthy {
		t.Errorf("after a restart: %s", got)
	}
	// A smaller relief does not undo a larger one.
	if _, _, err := s.Stop(t.Context(), api.Audit{Action: "latency"}, nil, scenario.Relief{Latency: true}); err != nil {
		t.Error(err)
	}
	s = loner(t, directory)
	if got := modeOf(t, s); got != scenario.Healthy {
		t.Errorf("after another restart: %s", got)
	}
	if _, err := s.Change(t.Context(), api.Audit{Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.Behavior = scenario.Behavior{Mode: scenario.Error}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if got := modeOf(t, loner(t, directory)); got != scenario.Chaos {
		t.Errorf("after a change and a restart: %s, want the default", got)
	}
}

func TestAStopWithoutADatabaseSaysWhereItIsNotKept(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*state.SoloScenarios{
		"no directory": loner(t, ""),
		"blocked":      state.NewSoloScenarios(loner(t, ""), state.NewStopFile(blocked), nil, slog.New(slog.DiscardHandler)),
	} {
		changed, reach, err := s.Stop(t.Context(), api.Audit{Action: "stop"}, nil, scenario.Everything())
		if err != nil || changed.Injects() || reach.Durable || reach.Detail == "" || reach.Collector != api.InForce {
			t.Errorf("%s: %+v, %+v, %v", name, changed, reach, err)
		}
	}
}
