package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// A heartbeat writes no more than what is new, whatever happened to the row in between.
func TestHeartbeatsKeepAnInstanceAsItIs(t *testing.T) {
	store, dsn := migrated(t, nil)
	at := time.Now().UTC().Truncate(time.Microsecond)
	instance := scenario.Instance{
		ID: "one", Name: "one", Build: "1", Started: at, Gateways: []scenario.Gateway{{Name: "shop"}}, Limits: scenario.Limits{MaxDuration: time.Hour},
		Retention: scenario.Retention{RecordingDays: 3},
	}
	for _, step := range []struct {
		name   string
		before string
		change func()
	}{
		{"comes", "", func() {}},
		{"is alive", "", func() {}},
		{"applies a version", "", func() { instance.AppliedVersion, instance.AppliedAt = 7, &at }},
		{"goes back to none", "", func() { instance.AppliedVersion, instance.AppliedAt = 0, nil }},
		{"has another gateway", "", func() { instance.Gateways = append(instance.Gateways, scenario.Gateway{Name: "bank"}) }},
		{"has other limits", "", func() { instance.Limits = scenario.Limits{} }},
		{"keeps for longer", "", func() { instance.Retention.RecordingDays = 30 }},
		{"was built anew", "", func() { instance.Build = "2" }},
		{"has another name", "", func() { instance.Name = "uno" }},
		{"is back though its row is gone", "DELETE FROM instances", func() {}},
		{"is alive after that", "", func() { instance.AppliedVersion = 8 }},
	} {
		if step.before != "" {
			if err := devpostgres.Execute(t.Context(), dsn, step.before); err != nil {
				t.Fatal(err)
			}
		}
		step.change()
		if err := store.Register(t.Context(), instance); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		all, err := store.Instances(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]scenario.Instance{instance}, all, cmpopts.IgnoreFields(scenario.Instance{}, "LastSeen", "Live")); diff != "" || !all[0].Live {
			t.Errorf("an instance %s: live %t, %s", step.name, all[0].Live, diff)
		}
	}
	if err := store.Deregister(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if err := store.Register(t.Context(), instance); err != nil {
		t.Fatal(err)
	}
	if all, err := store.Instances(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("one that has signed off and comes again: %v, %v", all, err)
	}
}

// Where no notification comes, a heartbeat finds that there is another version.
func TestAHeartbeatFindsAVersionThatNobodyNotified(t *testing.T) {
	store, dsn := migrated(t, nil)
	unnotified := func(version string) {
		t.Helper()
		if err := devpostgres.Execute(t.Context(), dsn, "UPDATE scenario_state SET version = "+version); err != nil {
			t.Fatal(err)
		}
	}
	unnotified("3")
	seen, stop := watch(t, store)
	defer stop()
	awaitVersion(t, seen, 3)
	instance := scenario.Instance{ID: "one", Name: "one", Started: time.Now()}
	if err := store.Register(t.Context(), instance); err != nil {
		t.Fatal(err)
	}
	unnotified("5")
	if err := store.Register(t.Context(), instance); err != nil {
		t.Fatal(err)
	}
	awaitVersion(t, seen, 5)
}
