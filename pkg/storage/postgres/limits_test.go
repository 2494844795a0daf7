package postgres_test

import (
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

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
