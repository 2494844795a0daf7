package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"
	"go.uber.org/goleak"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// Who waits learns at once who has come and who has gone. A version that one of many has applied is not told to all of them: who
// waits for it looks.
func TestAnInstanceNotifiesThatItComesAndGoes(t *testing.T) {
	store, dsn := migrated(t, nil)
	listener := pq.NewListener(dsn, time.Second, time.Minute, nil)
	defer listener.Close()
	if err := listener.Listen("mockforge_instances"); err != nil {
		t.Fatal(err)
	}
	register := func(version int64) func() error {
		return func() error {
			return store.Register(t.Context(), scenario.Instance{ID: "one", Name: "one", Started: time.Now(), AppliedVersion: version})
		}
	}
	leave := func(id string) func() error { return func() error { return store.Deregister(t.Context(), id) } }
	for _, step := range []struct {
		name   string
		do     func() error
		notify bool
	}{
		{"comes", register(0), true},
		{"is alive", register(0), false},
		{"applies a version", register(1), false},
		{"is alive again", register(1), false},
		{"applies what was restored from a backup", register(0), false},
		{"signs off", leave("one"), true},
		{"signs off again", leave("one"), false},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		// PostgreSQL delivers in the order of the commits: what comes first is of the step, or the mark behind it.
		if err := devpostgres.Execute(t.Context(), dsn, "NOTIFY mockforge_instances, 'mark'"); err != nil {
			t.Fatal(err)
		}
		count := 0
		for n := range listener.Notify {
			if n == nil {
				t.Fatal("the connection was lost")
			}
			if n.Extra == "mark" {
				break
			}
			count++
		}
		if (count == 1) != step.notify || count > 1 {
			t.Errorf("an instance %s: %d notifications, want one: %v", step.name, count, step.notify)
		}
	}
}

func TestWatchingInstancesSurvivesACrashOfTheServer(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	register := func(version int64) {
		t.Helper()
		if err := store.Register(t.Context(), scenario.Instance{ID: "one", Name: "one", Started: time.Now(), AppliedVersion: version}); err != nil {
			t.Fatal(err)
		}
	}
	register(1)
	seen, ended := make(chan int64, 1000), make(chan error, 1)
	go func() {
		ended <- store.WatchInstances(t.Context(), func(instances []scenario.Instance) {
			for _, i := range instances {
				seen <- i.AppliedVersion
			}
		})
	}()
	await := func(version int64) {
		t.Helper()
		timeout := time.After(time.Minute)
		for {
			select {
			case v := <-seen:
				if v == version {
					return
				}
			case <-timeout:
				t.Fatalf("version %d never came", version)
			}
		}
	}
	await(1)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	register(2)
	await(2)
	if err := store.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-ended; !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("watching a store that was closed ended with %v", err)
	}
	_ = server.Stop()
	if err := store.WatchInstances(context.Background(), func([]scenario.Instance) {}); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("watching a closed store: %v", err)
	}
}

// Those who wait hold no connection: one listens for all of them, and only while there are any.
func TestManyWatchInstancesOverOneConnection(t *testing.T) {
	_, dsn := migrated(t, nil)
	store, err := postgres.Open(dsn, postgres.Options{MaxConnections: 1, ApplicationName: "many-watch"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	direct, err := pq.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(direct)
	defer db.Close()
	connections := func() (n int) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'many-watch' AND datname = current_database()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	ctx, cancel := context.WithCancel(t.Context())
	var seen, ended sync.WaitGroup
	for range 100 {
		seen.Add(1)
		once := sync.OnceFunc(seen.Done)
		ended.Go(func() {
			if err := store.WatchInstances(ctx, func([]scenario.Instance) { once() }); err != nil {
				t.Errorf("WatchInstances: %v", err)
			}
		})
	}
	seen.Wait()
	// The one connection of the pool is free.
	if _, err := store.Change(t.Context(), api.Audit{By: "ada"}, nil, switchTo(scenario.Error)); err != nil {
		t.Error(err)
	}
	if n := connections(); n > 2 {
		t.Errorf("100 who watch take %d connections, want that of the pool and one that listens", n)
	}
	cancel()
	ended.Wait()
	for deadline := time.Now().Add(time.Minute); connections() > 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a connection listens for nobody")
		}
	}
}
