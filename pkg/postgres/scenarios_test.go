package postgres_test

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

func switchTo(mode scenario.Mode) func(*scenario.Scenario) error {
	return func(s *scenario.Scenario) error {
		s.Behavior = scenario.Behavior{Mode: mode}
		return nil
	}
}

func TestChangeIsStoredWithItsHistory(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	store, _ := migrated(t, func() time.Time { return now })
	changed, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode", Reason: "game day"}, nil, switchTo(scenario.Error))
	if err != nil {
		t.Fatal(err)
	}
	want := scenario.Scenario{
		Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}},
		Version:    1, SetAt: now, SetBy: "ada", Reason: "game day",
	}
	current, err := store.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []scenario.Scenario{changed, current} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	history, err := store.History(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]scenario.Change{{Version: 1, At: now, By: "ada", Action: "mode", Reason: "game day", Scenario: want}}, history); diff != "" {
		t.Error(diff)
	}
}

func TestARefusedChangeChangesNothing(t *testing.T) {
	store, _ := migrated(t, nil)
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

func TestConcurrentChangesAllCount(t *testing.T) {
	store, dsn := migrated(t, nil)
	other := open(t, dsn, nil)
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

func TestAnExpiryIsWrittenOnce(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	store, dsn := migrated(t, clock)
	expires := now.Add(time.Minute)
	if _, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.ExpiresAt = &expires
		return switchTo(scenario.Chaos)(s)
	}); err != nil {
		t.Fatal(err)
	}
	now = expires
	var group sync.WaitGroup
	for range 8 {
		other := open(t, dsn, clock)
		group.Go(func() {
			if current, err := other.Current(t.Context()); err != nil || current.Mode != scenario.Healthy || current.Version != 2 {
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

func TestTheDefaultIsShownUntilTheFirstChange(t *testing.T) {
	store, _ := migrated(t, nil)
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

func TestPresetsOfUsers(t *testing.T) {
	store, _ := migrated(t, nil)
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

func TestInstancesRegisterAndVanish(t *testing.T) {
	store, dsn := migrated(t, nil)
	started := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	applied := started.Add(time.Second)
	one := scenario.Instance{
		ID: "one", Name: "a", Started: started, AppliedVersion: 3, AppliedAt: &applied,
		Gateways: []scenario.Gateway{{Name: "shop", Endpoint: "127.0.0.1:8080", Upstream: "http://shop"}},
	}
	two := scenario.Instance{ID: "two", Name: "b", Started: started}
	for _, i := range []scenario.Instance{one, two, one} {
		if err := store.Register(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	execute(t, dsn, "UPDATE instances SET last_seen_at = now() - interval '11 seconds' WHERE id = 'two'")
	one.Live = true
	two.Gateways = []scenario.Gateway{}
	instances, err := store.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range instances {
		instances[i].LastSeen = time.Time{}
	}
	if diff := cmp.Diff([]scenario.Instance{one, two}, instances); diff != "" {
		t.Error(diff)
	}
	if err := store.Deregister(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if instances, err := store.Instances(t.Context()); err != nil || len(instances) != 1 || instances[0].ID != "two" {
		t.Errorf("%v, %v", instances, err)
	}
}
