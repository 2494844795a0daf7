package state_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// alone returns a collector without a database, whose scenario is *current.
func alone(current *scenario.Scenario) *state.Solo {
	return state.NewSolo(state.SoloOptions{
		Current:  func(context.Context) (scenario.Scenario, error) { return *current, nil },
		Applied:  func() scenario.Scenario { return *current },
		Instance: func() scenario.Instance { return scenario.Instance{ID: "a"} },
	})
}

func TestACollectorWithoutADatabaseIsItsOwnFleet(t *testing.T) {
	instances, err := alone(&scenario.Scenario{Version: 3}).Instances(t.Context())
	if err != nil || len(instances) != 1 || instances[0].ID != "a" || !instances[0].Live || instances[0].AppliedVersion != 3 {
		t.Errorf("%+v, %v", instances, err)
	}
}

func TestFiguresAreRememberedForAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		solo, start := alone(&scenario.Scenario{}), time.Now()
		for range 2 * 3600 {
			interval := traffic.Interval{Key: traffic.Key{Gateway: "shop"}, Start: time.Now(), Seconds: 1, Requests: 2}
			time.Sleep(time.Second)
			if err := solo.WriteTraffic(t.Context(), []traffic.Interval{interval}); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range []struct {
			name     string
			from, to time.Time
			want     float64
		}{
			{"the last minute", time.Now().Add(-time.Minute), time.Now(), 2},
			{"more than an hour ago", start, start.Add(time.Minute), 0},
		} {
			points, err := solo.Points(t.Context(), test.from, test.to, time.Minute)
			if err != nil || len(points) != 1 || points[0].RequestsPerSecond != test.want {
				t.Errorf("%s: %+v, %v, want %v requests a second", test.name, points, err, test.want)
			}
		}
	})
}

func TestPointsRefuseRangesThatMakeNoSense(t *testing.T) {
	now := time.Now()
	for field, ask := range map[string]func(*state.Solo) error{
		"step": func(s *state.Solo) error {
			_, err := s.Points(t.Context(), now, now.Add(time.Hour), time.Millisecond)
			return err
		},
		"from": func(s *state.Solo) error { _, err := s.Points(t.Context(), now, now, time.Second); return err },
	} {
		if err := ask(alone(&scenario.Scenario{})); err == nil {
			t.Errorf("%s: no error", field)
		}
	}
}

func TestAChangeIsToldToThoseWhoWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		current := scenario.Scenario{Version: 1}
		solo := alone(&current)
		ctx, cancel := context.WithCancel(t.Context())
		seen := make(chan int64, 10)
		go func() {
			defer close(seen)
			_ = solo.Watch(ctx, func(s scenario.Scenario) { seen <- s.Version })
		}()
		synctest.Wait()
		current.Version = 2
		solo.Changed()
		synctest.Wait()
		cancel()
		var versions []int64
		for version := range seen {
			versions = append(versions, version)
		}
		if len(versions) != 2 || versions[1] != 2 {
			t.Errorf("versions %v, want 1 and 2", versions)
		}
	})
}

func TestContractOfWatchedInstances(t *testing.T) {
	apitest.TestWatchedInstances(t, func(*testing.T) apitest.Fleet {
		var version atomic.Int64
		solo := state.NewSolo(state.SoloOptions{
			Current: func(context.Context) (scenario.Scenario, error) {
				return scenario.Scenario{Version: version.Load()}, nil
			},
			Applied:  func() scenario.Scenario { return scenario.Scenario{Version: version.Load()} },
			Instance: func() scenario.Instance { return scenario.Instance{ID: "a"} },
		})
		return apitest.Fleet{WatchedInstances: solo, ID: "a", Apply: func(v int64) { version.Store(v); solo.Changed() }}
	})
}
