package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
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
