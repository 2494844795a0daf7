package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

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
