package postgres_test

import (
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// Through PgBouncer a statement may be on another connection than the one before: all works without sessions, and a switch
// arrives although no notification does.
func TestThroughPgBouncerInTransactionMode(t *testing.T) {
	for _, test := range []struct{ name, setting string }{
		{"which refuses our parameters", ""},
		{"which ignores some of them", "ignore_startup_parameters = statement_timeout,jit"},
		{"which ignores them all", "ignore_startup_parameters = statement_timeout,jit,mockforge.direct"},
	} {
		t.Run(test.name, func(t *testing.T) {
			direct := postgrestest.DSN(t)
			dsn := postgrestest.PgBouncer(t, direct, test.setting)
			var stores []*postgres.Store
			var migrating sync.WaitGroup
			for range 3 {
				store, err := postgres.Open(dsn, postgres.Options{MaxConnections: 2})
				if err != nil {
					t.Fatal(err)
				}
				defer store.Close()
				stores = append(stores, store)
			}
			for _, store := range stores {
				migrating.Go(func() {
					if err := store.Migrate(t.Context()); err != nil {
						t.Errorf("Migrate: %v", err)
					}
				})
			}
			migrating.Wait()
			seen, stop := watch(t, stores[0])
			defer stop()
			for i := range 20 {
				at := time.Now().UTC().Truncate(time.Microsecond)
				written := recording.Recording{ID: uuid.Must(uuid.NewV7()), Timestamp: at, Protocol: "http", Gateway: "shop", Method: "GET", Path: "/a"}
				if err := stores[i%3].WriteRecordings(t.Context(), []recording.Recording{written}); err != nil {
					t.Fatal(err)
				}
				if found, err := stores[(i+1)%3].Get(t.Context(), written.ID); err != nil || !found.Timestamp.Equal(at) {
					t.Fatalf("Get: %v %v", found.Timestamp, err)
				}
				// Written again: staged in temporary tables.
				if err := stores[(i+2)%3].WriteRecordings(t.Context(), []recording.Recording{written}); err != nil {
					t.Fatal(err)
				}
			}
			if page, err := stores[1].Query(t.Context(), recording.Query{Limit: 100}); err != nil || len(page.Recordings) != 20 {
				t.Errorf("Query: %d recordings, %v", len(page.Recordings), err)
			}
			var maintaining sync.WaitGroup
			for _, store := range stores {
				maintaining.Go(func() {
					if err := store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 30, HistoryDays: 90}); err != nil {
						t.Errorf("MaintainPartitions: %v", err)
					}
				})
				maintaining.Go(func() {
					if err := store.IndexForSearch(t.Context()); err != nil {
						t.Errorf("IndexForSearch: %v", err)
					}
				})
			}
			maintaining.Wait()
			for version := int64(1); version <= 3; version++ {
				if _, err := stores[1].Change(t.Context(), api.Audit{By: "ada"}, nil, switchTo(scenario.Chaos)); err != nil {
					t.Fatal(err)
				}
				awaitVersion(t, seen, version)
			}
			db, err := sql.Open("postgres", direct)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var locks int
			if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
				AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&locks); err != nil || locks != 0 {
				t.Errorf("%d locks are left, %v", locks, err)
			}
		})
	}
}

// Nobody who holds the only connection waits for another one.
func TestOneConnectionIsEnough(t *testing.T) {
	_, dsn := migrated(t, nil)
	store, err := postgres.Open(dsn, postgres.Options{MaxConnections: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	r := recording.Recording{ID: uuid.Must(uuid.NewV7()), Timestamp: time.Now(), Protocol: "http", Gateway: "shop", Method: "GET", Path: "/a", Headers: map[string][]string{"A": {"b"}}}
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r}); err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	for name, do := range map[string]func() error{
		"migrate": func() error { return store.Migrate(t.Context()) },
		"maintain": func() error {
			return store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 30, HistoryDays: 90})
		},
		"index": func() error { return store.IndexForSearch(t.Context()) },
		"write": func() error { return store.WriteRecordings(t.Context(), []recording.Recording{r}) },
		"query": func() error {
			_, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Text: "b"}, Limit: 10})
			return err
		},
		"stats": func() error { _, err := store.Stats(t.Context(), recording.Filter{}); return err },
		"scan": func() error {
			for range store.Scan(t.Context(), recording.Filter{}, 10) {
				if _, err := store.Current(t.Context()); err != nil {
					return err
				}
			}
			return nil
		},
		"patterns": func() error { _, err := store.Detect(t.Context(), recording.Filter{}); return err },
		"job": func() error {
			_, err := store.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{Text: "b"}}, "ada")
			if errors.Is(err, api.ErrTooManyReplays) {
				return nil
			}
			return err
		},
		"switch": func() error {
			_, err := store.Change(t.Context(), api.Audit{By: "ada"}, nil, switchTo(scenario.Chaos))
			return err
		},
	} {
		for range 3 {
			busy.Go(func() {
				for range 5 {
					if err := do(); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	}
	busy.Wait()
}
