package postgres_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// watch sends what a Store's Watch calls back with, until the test ends it.
func watch(t *testing.T, store *postgres.Store) (<-chan scenario.Scenario, func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	seen, done := make(chan scenario.Scenario, 100), make(chan error, 1)
	go func() { done <- store.Watch(ctx, func(s scenario.Scenario) { seen <- s }) }()
	return seen, func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Watch: %v", err)
		}
	}
}

// awaitVersion waits for a version; a minute is a hang, not a measure.
func awaitVersion(t *testing.T, seen <-chan scenario.Scenario, version int64) scenario.Scenario {
	t.Helper()
	timeout := time.After(time.Minute)
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

func TestTwoStoresSeeASwitch(t *testing.T) {
	store, dsn := migrated(t, nil)
	one, stopOne := watch(t, open(t, dsn, nil))
	defer stopOne()
	two, stopTwo := watch(t, open(t, dsn, nil))
	defer stopTwo()
	for version := int64(1); version <= 3; version++ {
		if _, err := store.Change(t.Context(), api.Audit{By: "ada"}, nil, switchTo(scenario.Chaos)); err != nil {
			t.Fatal(err)
		}
		for _, seen := range []<-chan scenario.Scenario{one, two} {
			if s := awaitVersion(t, seen, version); s.Mode != scenario.Chaos {
				t.Errorf("version %d has mode %s", version, s.Mode)
			}
		}
	}
}

func TestWatchSurvivesACrashOfTheServer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	defer store.Close()
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen, stop := watch(t, store)
	change := func(mode scenario.Mode) {
		if _, err := store.Change(t.Context(), api.Audit{By: "ada"}, nil, switchTo(mode)); err != nil {
			t.Fatal(err)
		}
	}
	change(scenario.Error)
	awaitVersion(t, seen, 1)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := store.Ping(t.Context()); err == nil {
		t.Fatal("the server still answers")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	change(scenario.Degraded)
	if s := awaitVersion(t, seen, 2); s.Mode != scenario.Degraded {
		t.Errorf("the mode is %s", s.Mode)
	}
	stop()
	select {
	case s := <-seen:
		t.Errorf("version %d came twice", s.Version)
	default:
	}
	_ = store.Close()
	_ = server.Stop()
}

func TestWatchEndsWithItsContextWhilePostgreSQLIsAway(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	store := open(t, "postgres://u@127.0.0.1:1/db", nil)
	_, stop := watch(t, store)
	stop()
	_ = store.Close()
}
