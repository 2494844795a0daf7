package apitest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// RegistryStore is a store of the running collectors.
type RegistryStore interface {
	api.Registry
	api.Instances
	api.FleetLimits
}

// TestRegistry holds a store to the comments of api.Registry, api.Instances and api.FleetLimits. newStores is that of TestRecordings.
func TestRegistry(t *testing.T, newStores func(t *testing.T) (store, other RegistryStore)) {
	t.Helper()
	for name, run := range map[string]func(t *testing.T, store, other RegistryStore){
		"instances register, change and sign off":     instancesRegister,
		"the limits of the fleet are the strictest":   strictestLimits,
		"many that come at once are all there":        manyRegister,
		"one that signs off twice does no harm":       signsOffTwice,
		"nobody is an empty list, and without limits": nobodyRegistered,
	} {
		t.Run(name, func(t *testing.T) {
			store, other := newStores(t)
			run(t, store, other)
		})
	}
}

func mustRegister(t *testing.T, store api.Registry, instance scenario.Instance) {
	t.Helper()
	if err := store.Register(t.Context(), instance); err != nil {
		t.Fatalf("Register: %v", err)
	}
}

// registered returns the instances without when each was seen.
func registered(t *testing.T, store api.Instances) []scenario.Instance {
	t.Helper()
	instances, err := store.Instances(t.Context())
	if err != nil {
		t.Fatalf("Instances: %v", err)
	}
	for i := range instances {
		if instances[i].LastSeen.IsZero() {
			t.Errorf("%s was never seen", instances[i].ID)
		}
		instances[i].LastSeen = time.Time{}
	}
	return instances
}

func instancesRegister(t *testing.T, store, other RegistryStore) {
	applied := Noon.Add(time.Second)
	one := scenario.Instance{
		ID: "one", Name: "a", Started: Noon, AppliedVersion: 3, AppliedAt: &applied,
		Gateways:  []scenario.Gateway{{Name: "shop", Endpoint: "127.0.0.1:8080", Upstream: "http://shop"}},
		Limits:    scenario.Limits{MaxDuration: 90 * time.Minute, MaxTimeoutMS: 1000},
		Retention: scenario.Retention{RecordingDays: 30, HistoryDays: 730},
	}
	two := scenario.Instance{ID: "two", Name: "b", Started: Noon}
	for _, i := range []scenario.Instance{one, two, one} {
		mustRegister(t, store, i)
	}
	one.Live, two.Live, two.Gateways = true, true, []scenario.Gateway{}
	if diff := cmp.Diff([]scenario.Instance{one, two}, registered(t, other)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	one.AppliedVersion, one.Gateways[0].Upstream = 4, "http://shop.example"
	mustRegister(t, other, one)
	if diff := cmp.Diff([]scenario.Instance{one, two}, registered(t, store)); diff != "" {
		t.Errorf("after a change (-want +got):\n%s", diff)
	}
	if err := other.Deregister(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]scenario.Instance{two}, registered(t, store)); diff != "" {
		t.Errorf("after one has signed off (-want +got):\n%s", diff)
	}
}

func strictestLimits(t *testing.T, store, other RegistryStore) {
	for id, limits := range map[string]scenario.Limits{
		"one": {MaxDuration: time.Hour, MaxLatencyMS: 500}, "two": {MaxDuration: 90 * time.Minute, MaxTimeoutMS: 1000}, "none": {}, "gone": {MaxDuration: time.Second},
	} {
		mustRegister(t, store, scenario.Instance{ID: id, Name: id, Started: Noon, Limits: limits})
	}
	if err := store.Deregister(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	got, err := other.Limits(t.Context())
	if want := (scenario.Limits{MaxDuration: time.Hour, MaxLatencyMS: 500, MaxTimeoutMS: 1000}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func manyRegister(t *testing.T, store, other RegistryStore) {
	var group sync.WaitGroup
	for i := range 20 {
		each := []RegistryStore{store, other}[i%2]
		group.Go(func() {
			for version := range int64(3) {
				id := fmt.Sprint("instance ", i)
				if err := each.Register(t.Context(), scenario.Instance{ID: id, Name: id, Started: Noon, AppliedVersion: version}); err != nil {
					t.Errorf("Register: %v", err)
				}
			}
		})
	}
	group.Wait()
	instances := registered(t, store)
	if len(instances) != 20 {
		t.Errorf("%d instances, want 20", len(instances))
	}
	for _, i := range instances {
		if !i.Live || i.AppliedVersion != 2 {
			t.Errorf("%s: live %v at version %d, want 2", i.ID, i.Live, i.AppliedVersion)
		}
	}
}

func signsOffTwice(t *testing.T, store, other RegistryStore) {
	mustRegister(t, store, scenario.Instance{ID: "one", Name: "one", Started: Noon})
	for _, each := range []RegistryStore{store, other, store} {
		if err := each.Deregister(t.Context(), "one"); err != nil {
			t.Errorf("Deregister: %v", err)
		}
	}
	mustRegister(t, other, scenario.Instance{ID: "one", Name: "one", Started: Noon})
	if got := registered(t, store); len(got) != 1 || !got[0].Live {
		t.Errorf("one that has come again: %+v", got)
	}
}

func nobodyRegistered(t *testing.T, store, _ RegistryStore) {
	if got := registered(t, store); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if got, err := store.Limits(t.Context()); err != nil || got != (scenario.Limits{}) {
		t.Errorf("%+v, %v", got, err)
	}
}
