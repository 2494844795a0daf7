package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// A file has one process: where a suite asks for the store as another process has it, it gets the same Store once more, which all of
// the process share.

func TestContractOfScenarios(t *testing.T) {
	apitest.TestScenarios(t, func(t *testing.T, now func() time.Time) api.Scenarios {
		return open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: now})
	})
}

func TestContractOfWatchedInstances(t *testing.T) {
	apitest.TestWatchedInstances(t, func(t *testing.T) apitest.Fleet {
		store := fresh(t)
		register := func(id string, version int64) {
			if err := store.Register(t.Context(), scenario.Instance{ID: id, Name: id, Started: time.Now(), AppliedVersion: version}); err != nil {
				t.Error(err)
			}
		}
		register("one", 0)
		return apitest.Fleet{
			WatchedInstances: store, ID: "one", Apply: func(version int64) { register("one", version) },
			Come: func(id string) { register(id, 0) },
			Leave: func(id string) {
				if err := store.Deregister(t.Context(), id); err != nil {
					t.Error(err)
				}
			},
		}
	})
}

func TestContractOfRecordings(t *testing.T) {
	apitest.TestRecordings(t, func(t *testing.T) (store, other apitest.RecordingStore) {
		one := fresh(t)
		return one, one
	})
}

// Before anything is in the index for searching, where half of it is, and where all is; where queries look at one after another, and where
// they search soon; and where recordings were not written in the order of their times.
func TestContractOfTheFilter(t *testing.T) {
	apitest.TestFilter(t, func(t *testing.T, recordings []recording.Recording) map[string]api.Recordings {
		none, half, all := fresh(t), fresh(t), fresh(t)
		write(t, none, recordings...)
		write(t, all, recordings...)
		write(t, half, recordings[:len(recordings)/2]...)
		for _, store := range []*sqlite.Store{half, all} {
			if err := store.IndexForSearch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		write(t, half, recordings[len(recordings)/2:]...)
		ways := map[string]api.Recordings{"without an index": none, "half of it indexed": half, "all of it indexed": all}
		shuffled := slices.Clone(recordings)
		rand.New(rand.NewPCG(3, 5)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for indexed, order := range map[int][]recording.Recording{0: recordings, len(recordings) / 2: recordings, len(recordings): recordings, len(recordings)/2 + 1: shuffled} {
			soon := fresh(t)
			soon.SearchSoon()
			write(t, soon, order[:indexed]...)
			if err := soon.IndexForSearch(t.Context()); err != nil {
				t.Fatal(err)
			}
			write(t, soon, order[indexed:]...)
			ways[fmt.Sprintf("searched soon, %d of it indexed", indexed)] = soon
		}
		return ways
	})
}

func TestContractOfTraffic(t *testing.T) {
	apitest.TestTraffic(t, func(t *testing.T) (store, other apitest.TrafficStore) {
		one := fresh(t)
		return one, one
	})
}

func TestContractOfTrafficRollups(t *testing.T) {
	apitest.TestTrafficRollups(t, func(t *testing.T) (store, other apitest.RolledTraffic) {
		one := fresh(t)
		return one, one
	})
}

func TestContractOfFleetScenarios(t *testing.T) {
	apitest.TestFleetScenarios(t, func(t *testing.T, now func() time.Time) (store, other apitest.ScenarioStore) {
		one := open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: now})
		return one, one
	})
}

func TestContractOfPatterns(t *testing.T) {
	apitest.TestPatterns(t, func(t *testing.T) apitest.PatternStore { return fresh(t) })
}

func TestContractOfRetention(t *testing.T) {
	apitest.TestRetention(t, func(t *testing.T) (store, other apitest.Kept) {
		one := fresh(t)
		kept := apitest.Kept{PatternStore: one, Maintain: func(days int, now time.Time) error { return one.MaintainAt(t.Context(), days, now) }}
		return kept, kept
	})
}

func TestContractOfTheRegistry(t *testing.T) {
	apitest.TestRegistry(t, func(t *testing.T) (store, other apitest.RegistryStore) {
		one := fresh(t)
		return one, one
	})
}
