package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

func awaitVersion(t *testing.T, seen <-chan scenario.Scenario, version int64) scenario.Scenario {
	t.Helper()
	timeout := time.After(time.Minute) // which is a hang, and no measure
	for {
		select {
		case s := <-seen:
			if s.Version == version {
				return s
			}
			if s.Version > version {
				t.Fatalf("version %d came, %d did not", s.Version, version)
			}
		case <-timeout:
			t.Fatalf("version %d never came", version)
		}
	}
}

func TestAllWhoWatchSeeChangesAndAnExpiry(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) }) // after the store is closed
	clock := apitest.NewClock()
	store := open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: clock.Now})
	ctx, cancel := context.WithCancel(t.Context())
	var watching []chan scenario.Scenario
	ended := make(chan error, 2)
	for range 2 {
		seen := make(chan scenario.Scenario, 100)
		watching = append(watching, seen)
		go func() { ended <- store.Watch(ctx, func(s scenario.Scenario) { seen <- s }) }()
	}
	for version := int64(1); version <= 3; version++ {
		if _, err := store.Change(t.Context(), api.Audit{}, nil, toMode(scenario.Error)); err != nil {
			t.Fatal(err)
		}
		for _, seen := range watching {
			awaitVersion(t, seen, version)
		}
	}
	expires := clock.Now().Add(time.Minute)
	if _, err := store.Change(t.Context(), api.Audit{}, nil, func(s *scenario.Scenario) error { s.ExpiresAt = &expires; return nil }); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	for _, seen := range watching {
		if s := awaitVersion(t, seen, 5); s.Mode != scenario.Healthy {
			t.Errorf("after the expiry: %+v", s)
		}
	}
	cancel()
	for range watching {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestAStopWinsOverWhatCameBeforeItAlone(t *testing.T) {
	clock := apitest.NewClock()
	store := open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: clock.Now})
	change := func() scenario.Scenario {
		t.Helper()
		s, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, toMode(scenario.Error))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	relieve := func(stop scenario.Stop, told bool, version int64, mode scenario.Mode) {
		t.Helper()
		s, got, err := store.Relieve(t.Context(), stop)
		if err != nil || got != told || s.Version != version || s.Mode != mode {
			t.Errorf("told %v, version %d, %s, %v; want %v, %d, %s", got, s.Version, s.Mode, err, told, version, mode)
		}
	}
	first := change()
	clock.Advance(time.Second)
	stop := scenario.Stop{Relief: scenario.Everything(), By: "bob", Action: "stop", At: clock.Now(), Base: first.Version}
	relieve(stop, true, 2, scenario.Healthy)
	relieve(stop, true, 2, scenario.Healthy) // whose answer was lost
	history, err := store.History(t.Context(), 0, 1)
	if err != nil || len(history) != 1 || history[0].Action != "stop" || history[0].By != "bob" {
		t.Errorf("%+v, %v", history, err)
	}
	// Of a version that the stop did not know of, but which was set before it.
	change()
	clock.Advance(time.Second)
	relieve(scenario.Stop{Relief: scenario.Everything(), By: "bob", Action: "stop", At: clock.Now(), Base: 2}, true, 4, scenario.Healthy)
	// What was set after it stays.
	earlier := clock.Now()
	clock.Advance(time.Second)
	change()
	relieve(scenario.Stop{Relief: scenario.Everything(), By: "bob", Action: "stop", At: earlier, Base: 4, Reason: "late"}, false, 5, scenario.Error)
}
