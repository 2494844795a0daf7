package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

func toMode(mode scenario.Mode) func(*scenario.Scenario) error {
	return func(s *scenario.Scenario) error {
		s.Definition = scenario.Definition{Behavior: scenario.Behavior{Mode: mode}}
		return nil
	}
}

func TestTheScenarioItsHistoryAndPresetsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	preset := scenario.Preset{Name: "mine", Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}
	configured := preset
	configured.Name, configured.Source = "ours", scenario.Configuration
	if err := errors.Join(store.SavePreset(t.Context(), preset, false), store.PublishPresets(t.Context(), []scenario.Preset{configured})); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []scenario.Mode{scenario.Error, scenario.Healthy, scenario.Error} {
		if _, err := store.Change(t.Context(), api.Audit{By: "me", Action: "mode", Reason: "a test"}, nil, toMode(mode)); err != nil {
			t.Fatal(err)
		}
	}
	current, err1 := store.Current(t.Context())
	history, err2 := store.History(t.Context(), 0, 10)
	presets, err3 := store.Presets(t.Context())
	if err := errors.Join(err1, err2, err3, store.Close()); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, sqlite.Options{})
	for what, want := range map[string]any{"scenario": current, "history": history, "presets": presets} {
		var got any
		var err error
		switch what {
		case "scenario":
			got, err = again.Current(t.Context())
		case "history":
			got, err = again.History(t.Context(), 0, 10)
		default:
			got, err = again.Presets(t.Context())
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}
	if err := again.SavePreset(t.Context(), configured, true); !errors.Is(err, api.ErrReadOnly) {
		t.Errorf("a configured preset: %v", err)
	}
}

func TestAStoreThatIsClosedEndsWatching(t *testing.T) {
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen, ended := make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- store.WatchInstances(t.Context(), func([]scenario.Instance) {
			select {
			case seen <- struct{}{}:
			default:
			}
		})
	}()
	<-seen
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}
