package apitest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ScenarioStore is the scenario of a fleet.
type ScenarioStore interface {
	api.Scenarios
	api.Changes
	api.Published
}

// TestFleetScenarios holds a store that a fleet shares to the comments of api.Changes and api.Published, and to those of
// api.Scenarios where several use it at once. newStores is that of TestRecordings, with the clock of TestScenarios.
func TestFleetScenarios(t *testing.T, newStores func(t *testing.T, now func() time.Time) (store, other ScenarioStore)) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store, other ScenarioStore, clock *Clock)
	}{
		{"the default is shown until the first change", showsDefault},
		{"configured presets are published beside those of users", publishesPresets},
		{"a refused change changes nothing", refusesCharacters},
		{"changes of several processes all count", concurrentProcesses},
		{"an expiry is written once", expiresOnce},
		{"changes of a range, with the one before", changesOfARange},
		{"presets are saved once by one of several", savesPresetOnce},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := NewClock()
			store, other := newStores(t, clock.Now)
			test.run(t, store, other, clock)
		})
	}
}

func switchTo(mode scenario.Mode) func(*scenario.Scenario) error {
	return setMode(scenario.Behavior{Mode: mode})
}

func showsDefault(t *testing.T, store, _ ScenarioStore, _ *Clock) {
	publish := func(mode scenario.Mode) {
		if err := store.PublishDefault(t.Context(), scenario.Definition{Behavior: scenario.Behavior{Mode: mode}}); err != nil {
			t.Fatal(err)
		}
	}
	publish(scenario.Degraded)
	if current, err := store.Current(t.Context()); err != nil || current.Mode != scenario.Degraded || current.Version != 0 {
		t.Errorf("%+v, %v", current, err)
	}
	if _, err := store.Change(t.Context(), api.Audit{}, nil, switchTo(scenario.Healthy)); err != nil {
		t.Fatal(err)
	}
	publish(scenario.Chaos)
	if current, err := store.Current(t.Context()); err != nil || current.Mode != scenario.Healthy || current.Version != 1 {
		t.Errorf("%+v, %v", current, err)
	}
}

func publishesPresets(t *testing.T, store, _ ScenarioStore, _ *Clock) {
	mine := scenario.Preset{Name: "mine", Source: scenario.User, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos}}}
	configured := scenario.Preset{Name: "given", Source: scenario.Configuration, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}}}
	for range 2 {
		if err := store.PublishPresets(t.Context(), append(scenario.BuiltInPresets(), configured)); err != nil {
			t.Fatal(err)
		}
	}
	renamed := mine
	renamed.Name = "given"
	for _, step := range []struct {
		name string
		do   func() error
		want error
	}{
		{"change what is not there", func() error { return store.SavePreset(t.Context(), mine, true) }, api.ErrNotFound},
		{"create", func() error { return store.SavePreset(t.Context(), mine, false) }, nil},
		{"create again", func() error { return store.SavePreset(t.Context(), mine, false) }, api.ErrConflict},
		{"change", func() error { return store.SavePreset(t.Context(), mine, true) }, nil},
		{"create under a configured name", func() error { return store.SavePreset(t.Context(), renamed, false) }, api.ErrConflict},
		{"change a configured one", func() error { return store.SavePreset(t.Context(), renamed, true) }, api.ErrReadOnly},
		{"delete a configured one", func() error { return store.DeletePreset(t.Context(), "given") }, api.ErrReadOnly},
		{"delete a built-in one", func() error { return store.DeletePreset(t.Context(), "chaos") }, api.ErrReadOnly},
		{"publish no configured ones", func() error { return store.PublishPresets(t.Context(), scenario.BuiltInPresets()) }, nil},
	} {
		if err := step.do(); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, err, step.want)
		}
	}
	all, err := store.Presets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(scenario.BuiltInPresets(), configured, mine), all); diff != "" {
		t.Error(diff)
	}
	if err := store.DeletePreset(t.Context(), "mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Preset(t.Context(), "mine"); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("after its deletion: %v", err)
	}
}

func refusesCharacters(t *testing.T, store, _ ScenarioStore, _ *Clock) {
	mine := errors.New("mine")
	bad := 1.5
	for name, change := range map[string]func(*scenario.Scenario) error{
		"its own error": func(*scenario.Scenario) error { return mine },
		"bad value": func(s *scenario.Scenario) error {
			s.Behavior = scenario.Behavior{Mode: scenario.Error, ErrorRate: &bad}
			return nil
		},
		"U+0000": func(s *scenario.Scenario) error {
			s.Preset = "a\x00b"
			return nil
		},
	} {
		_, err := store.Change(t.Context(), api.Audit{}, nil, change)
		if !errors.Is(err, mine) && len(validation.All(err)) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	stale := int64(7)
	if _, err := store.Change(t.Context(), api.Audit{}, &stale, switchTo(scenario.Chaos)); !errors.Is(err, api.ErrConflict) {
		t.Errorf("a stale version: %v", err)
	}
	if current, err := store.Current(t.Context()); err != nil || current.Version != 0 || current.Mode != scenario.Healthy {
		t.Errorf("the state is %+v, %v", current, err)
	}
	if history, err := store.History(t.Context(), 0, 10); err != nil || len(history) != 0 {
		t.Errorf("the history is %v, %v", history, err)
	}
}

func concurrentProcesses(t *testing.T, store, other ScenarioStore, _ *Clock) {
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if _, err := store.Change(t.Context(), api.Audit{By: "one"}, nil, switchTo(scenario.Chaos)); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if _, err := other.Change(t.Context(), api.Audit{By: "two"}, nil, switchTo(scenario.Error)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	current, err := store.Current(t.Context())
	if err != nil || current.Version != 20 {
		t.Errorf("version %d, %v", current.Version, err)
	}
	page, err := store.History(t.Context(), 15, 5)
	if err != nil || len(page) != 5 || page[0].Version != 14 || page[4].Version != 10 {
		t.Errorf("the history below 15 is %v, %v", page, err)
	}
}

func expiresOnce(t *testing.T, store, other ScenarioStore, clock *Clock) {
	now := clock.Now()
	expires := now.Add(time.Minute)
	if _, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.ExpiresAt = &expires
		return switchTo(scenario.Chaos)(s)
	}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	var group sync.WaitGroup
	for i := range 8 {
		each := []ScenarioStore{store, other}[i%2]
		group.Go(func() {
			if current, err := each.Current(t.Context()); err != nil || current.Mode != scenario.Healthy || current.Version != 2 {
				t.Errorf("%+v, %v", current, err)
			}
		})
	}
	group.Wait()
	history, err := store.History(t.Context(), 0, 10)
	if err != nil || len(history) != 2 || history[0].Action != "expired" || !history[0].At.Equal(expires) {
		t.Errorf("%+v, %v", history, err)
	}
}

func changesOfARange(t *testing.T, store, _ ScenarioStore, clock *Clock) {
	for range 5 {
		_, err := store.Change(t.Context(), api.Audit{By: "alice", Action: "mode"}, nil, func(s *scenario.Scenario) error {
			s.Behavior = scenario.Behavior{Mode: scenario.Error}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Minute)
	}
	at := func(minute int) time.Time { return Start.Add(time.Duration(minute) * time.Minute) }
	for _, test := range []struct {
		name     string
		from, to time.Time
		limit    int
		want     []int64
	}{
		{"all, and none before", at(-1), at(9), 10, []int64{5, 4, 3, 2, 1}},
		{"those within, and the one in force at the beginning", at(2), at(3), 10, []int64{4, 3, 2}},
		{"none within, but one in force", at(7), at(9), 10, []int64{5}},
		{"before all", at(-9), at(-1), 10, nil},
		{"the newest", at(-1), at(9), 2, []int64{5, 4}},
	} {
		t.Run(test.name, func(t *testing.T) {
			changes, err := store.Changes(t.Context(), test.from, test.to, test.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, change := range changes {
				got = append(got, change.Version)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func savesPresetOnce(t *testing.T, store, other ScenarioStore, _ *Clock) {
	var mu sync.Mutex
	var group sync.WaitGroup
	saved := 0
	for i := range 8 {
		each := []ScenarioStore{store, other}[i%2]
		group.Go(func() {
			err := each.SavePreset(t.Context(), scenario.Preset{Name: "mine", Source: scenario.User, Definition: scenario.Definition{Behavior: failing}}, false)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				saved++
			} else if !errors.Is(err, api.ErrConflict) {
				t.Errorf("SavePreset: %v, want nil or ErrConflict", err)
			}
		})
	}
	group.Wait()
	if saved != 1 {
		t.Errorf("it was saved by %d, want one", saved)
	}
}
