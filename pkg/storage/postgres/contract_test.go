package postgres_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

func TestContractOfScenarios(t *testing.T) {
	apitest.TestScenarios(t, func(t *testing.T, now func() time.Time) api.Scenarios {
		store, _ := migrated(t, now)
		return store
	})
}

func TestContractOfWatchedInstances(t *testing.T) {
	apitest.TestWatchedInstances(t, func(t *testing.T) apitest.Fleet {
		// Who watches and who applies are different processes.
		store, dsn := migrated(t, nil)
		collector := open(t, dsn, nil)
		register := func(id string, version int64) {
			if err := collector.Register(t.Context(), scenario.Instance{ID: id, Name: id, Started: time.Now(), AppliedVersion: version}); err != nil {
				t.Error(err)
			}
		}
		register("one", 0)
		return apitest.Fleet{
			WatchedInstances: store, ID: "one", Apply: func(version int64) { register("one", version) },
			Come: func(id string) { register(id, 0) },
			Leave: func(id string) {
				if err := collector.Deregister(t.Context(), id); err != nil {
					t.Error(err)
				}
			},
		}
	})
}

func TestContractOfRecordings(t *testing.T) {
	apitest.TestRecordings(t, func(t *testing.T) (store, other apitest.RecordingStore) {
		one, dsn := migrated(t, nil)
		return one, open(t, dsn, nil)
	})
}

// Once as the day is written, and where it is over and indexed by a planner that prefers indexes however few rows there are.
func TestContractOfTheFilter(t *testing.T) {
	apitest.TestFilter(t, func(t *testing.T, recordings []recording.Recording) map[string]api.Recordings {
		store, dsn := migrated(t, nil)
		if err := store.WriteRecordings(t.Context(), recordings); err != nil {
			t.Fatal(err)
		}
		if err := store.MaintainAt(t.Context(), 0, noon.AddDate(0, 0, 2)); err != nil {
			t.Fatal(err)
		}
		return map[string]api.Recordings{"as planned": store, "by indexes": open(t, dsn+"&enable_seqscan=off&enable_sort=off", nil)}
	})
}

func TestContractOfTraffic(t *testing.T) {
	apitest.TestTraffic(t, func(t *testing.T) (store, other apitest.TrafficStore) {
		one, dsn := migrated(t, nil)
		return one, open(t, dsn, nil)
	})
}

func TestContractOfTrafficRollups(t *testing.T) {
	apitest.TestTrafficRollups(t, func(t *testing.T) (store, other apitest.RolledTraffic) {
		one, dsn := migrated(t, nil)
		return one, open(t, dsn, nil)
	})
}

func TestContractOfFleetScenarios(t *testing.T) {
	apitest.TestFleetScenarios(t, func(t *testing.T, now func() time.Time) (store, other apitest.ScenarioStore) {
		one, dsn := migrated(t, now)
		return one, open(t, dsn, now)
	})
}

func TestContractOfPatterns(t *testing.T) {
	apitest.TestPatterns(t, func(t *testing.T) apitest.PatternStore {
		store, _ := migrated(t, nil)
		return store
	})
}

func TestContractOfRetention(t *testing.T) {
	apitest.TestRetention(t, func(t *testing.T) (store, other apitest.Kept) {
		kept := func(store *postgres.Store) apitest.Kept {
			return apitest.Kept{PatternStore: store, Maintain: func(days int, now time.Time) error { return store.MaintainAt(t.Context(), days, now) }}
		}
		one, dsn := migrated(t, nil)
		return kept(one), kept(open(t, dsn, nil))
	})
}

// replayStores returns a Store, and what opens the same for a collector.
func replayStores(t *testing.T) (store apitest.ReplayStore, another func(*testing.T) apitest.ReplayStore) {
	one, dsn := migrated(t, nil)
	return one, func(t *testing.T) apitest.ReplayStore { return open(t, dsn, nil) }
}

func TestContractOfReplays(t *testing.T) { apitest.TestReplays(t, replayStores) }

func TestContractOfReplayJobs(t *testing.T) { apitest.TestReplayJobs(t, replayStores) }

func TestContractOfTheRegistry(t *testing.T) {
	apitest.TestRegistry(t, func(t *testing.T) (store, other apitest.RegistryStore) {
		one, dsn := migrated(t, nil)
		return one, open(t, dsn, nil)
	})
}

func TestContractOfLeases(t *testing.T) {
	apitest.TestLeases(t, func(t *testing.T) apitest.Leased {
		store, dsn := migrated(t, nil)
		return apitest.Leased{
			ReplayStore: store,
			Replaying:   func(t *testing.T) jobs.Config { return open(t, dsn, nil).Replaying() },
			Pass: func(t *testing.T, d time.Duration) {
				// All that there is becomes older.
				for _, statement := range []string{
					"UPDATE replays SET created_at = created_at - interval '%[1]s', started_at = started_at - interval '%[1]s'",
					"UPDATE replay_shares SET lease_until = lease_until - interval '%[1]s', free_since = free_since - interval '%[1]s'",
					"UPDATE replay_jobs SET created_at = created_at - interval '%[1]s', lease_until = lease_until - interval '%[1]s'",
				} {
					execute(t, dsn, fmt.Sprintf(statement, fmt.Sprintf("%f seconds", d.Seconds())))
				}
			},
		}
	})
}
