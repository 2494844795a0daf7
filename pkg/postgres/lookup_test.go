package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestDistinctListsWhatThereIsToChooseFrom(t *testing.T) {
	store, _ := migrated(t, nil)
	one, two, three := simple(noon, 1), simple(noon, 2), whole()
	two.Consumer, two.ResponseStatus, two.Gateway = "web", 0, "blog"
	if err := store.WriteRecordings(t.Context(), []recording.Recording{one, two, three}); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string][]string{
		"gateways": {"blog", "shop"}, "consumers": {"app", "web"}, "methods": {"GET"}, "modes": {"chaos", "healthy"}, "protocols": {"http", "websocket"},
		"routes": {"/users/{id}/orders"}, "statuses": {"200", "503", "none"}, "faults": {"error", "latency"}, "tags": {"replay"},
	} {
		got, err := store.Distinct(t.Context(), field, recording.Filter{})
		if err != nil {
			t.Errorf("%s: %v", field, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", field, diff)
		}
	}
	if got, err := store.Distinct(t.Context(), "consumers", recording.Filter{Gateways: []string{"blog"}}); err != nil || len(got) != 1 || got[0] != "web" {
		t.Errorf("of one gateway: %v, %v", got, err)
	}
	_, err := store.Distinct(t.Context(), "body; DROP TABLE instances", recording.Filter{})
	if all := validation.All(err); len(all) != 1 || all[0].Field != "field" {
		t.Errorf("%v", err)
	}
}

func TestEventsAreTheChangesOfATimeOldestFirst(t *testing.T) {
	now := noon
	store, _ := migrated(t, func() time.Time { return now })
	for i := range 4 {
		now = noon.Add(time.Duration(i) * time.Minute)
		if _, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, switchTo(scenario.Modes()[i])); err != nil {
			t.Fatal(err)
		}
	}
	events, err := store.Events(t.Context(), noon.Add(time.Minute), noon.Add(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var versions []int64
	for _, e := range events {
		versions = append(versions, e.Version)
	}
	if diff := cmp.Diff([]int64{2, 3}, versions); diff != "" {
		t.Error(diff)
	}
}

func TestTheLimitsOfTheFleetAreTheStrictestOfLiveInstances(t *testing.T) {
	store, dsn := migrated(t, nil)
	if got, err := store.Limits(t.Context()); err != nil || got != (scenario.Limits{}) {
		t.Errorf("of nobody: %+v, %v", got, err)
	}
	for id, limits := range map[string]scenario.Limits{
		"one": {MaxDuration: time.Hour, MaxLatencyMS: 500}, "two": {MaxDuration: 90 * time.Minute, MaxTimeoutMS: 1000}, "none": {}, "gone": {MaxDuration: time.Second},
	} {
		if err := store.Register(t.Context(), scenario.Instance{ID: id, Name: id, Started: noon, Limits: limits}); err != nil {
			t.Fatal(err)
		}
	}
	execute(t, dsn, "UPDATE instances SET last_seen_at = now() - interval '11 seconds' WHERE id = 'gone'")
	got, err := store.Limits(t.Context())
	if want := (scenario.Limits{MaxDuration: time.Hour, MaxLatencyMS: 500, MaxTimeoutMS: 1000}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	instances, err := store.Instances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range instances {
		if i.ID == "two" && i.Limits != (scenario.Limits{MaxDuration: 90 * time.Minute, MaxTimeoutMS: 1000}) {
			t.Errorf("the limits of an instance are %+v", i.Limits)
		}
	}
}
