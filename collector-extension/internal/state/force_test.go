package state_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestWhatWasAnsweredIsInForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		m := join(t, f, "")
		defer m.follower.Shutdown(t.Context())
		modes := scenario.Modes()
		for i := range 200 {
			want := modes[i%len(modes)]
			changed, err := m.set(t, want)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.live.Load().Scenario(); got.Mode != want || got.Version != changed.Version {
				t.Fatalf("change %d: version %d with %s is in force, answered was %d with %s", i, got.Version, got.Mode, changed.Version, want)
			}
		}
	})
}

// A read that was under way while a change was made comes after it.
func TestAnOlderReadDoesNotReplaceWhatWasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		m := join(t, f, "")
		defer m.follower.Shutdown(t.Context())
		old := f.others(t, scenario.Chaos)
		synctest.Wait()
		if _, err := m.set(t, scenario.Error); err != nil {
			t.Fatal(err)
		}
		f.late <- old
		synctest.Wait()
		m.is(t, "after the late read", scenario.Error)
		time.Sleep(time.Minute)
		m.is(t, "a minute later", scenario.Error)
	})
}

// A database that was restored from a backup goes on with lower versions.
func TestAStoreThatWentBackIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet()
		m := join(t, f, "")
		defer m.follower.Shutdown(t.Context())
		for range 5 {
			if _, err := m.set(t, scenario.Error); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		f.state.Lock()
		f.current = version(2, scenario.Degraded)
		f.state.Unlock()
		time.Sleep(time.Second)
		m.is(t, "after the restore", scenario.Degraded)
		if changed, err := m.set(t, scenario.Chaos); err != nil || changed.Version != 3 {
			t.Errorf("%+v, %v", changed, err)
		}
		m.is(t, "after a change of what was restored", scenario.Chaos)

		f.state.Lock()
		f.current = version(1, scenario.Healthy)
		f.state.Unlock()
		if _, err := m.set(t, scenario.Error); err != nil { // before the restore was seen
			t.Error(err)
		}
		m.is(t, "after a change at once", scenario.Error)
	})
}

func TestManyChangesAtOnceEndAsTheStoreDoes(t *testing.T) {
	f := newFleet()
	m := join(t, f, "")
	defer m.follower.Shutdown(t.Context())
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for i := range 25 {
				rule := scenario.Rule{Name: fmt.Sprintf("%d-%d", w, i), Exclude: true}
				changed, err := m.Change(t.Context(), api.Audit{Action: "rules"}, nil, func(s *scenario.Scenario) error {
					s.Rules = append([]scenario.Rule{rule}, s.Rules...)
					return nil
				})
				if got := m.live.Load().Scenario().Version; err != nil || got < changed.Version {
					t.Errorf("version %d is in force, answered was %d, %v", got, changed.Version, err)
				}
			}
		})
	}
	group.Wait()
	if got := m.live.Load().Scenario(); got.Version != 100 || len(got.Rules) != 100 {
		t.Errorf("version %d with %d rules is in force, want 100 of each", got.Version, len(got.Rules))
	}
}
