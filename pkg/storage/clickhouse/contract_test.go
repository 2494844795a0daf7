package clickhouse_test

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// places are what every suite runs over.
var places = map[string]func(testing.TB) clickhousetest.Database{"one server": clickhousetest.One, "two shards": clickhousetest.Two}

func everywhere(t *testing.T, run func(t *testing.T, make func(testing.TB) clickhousetest.Database)) {
	for name, make := range places {
		t.Run(name, func(t *testing.T) { run(t, make) })
	}
}

func TestContractOfRecordings(t *testing.T) {
	everywhere(t, func(t *testing.T, make func(testing.TB) clickhousetest.Database) {
		apitest.TestRecordings(t, func(t *testing.T) (store, other apitest.RecordingStore) {
			database, tags := make(t), newTags()
			return migrated(t, database, tags), open(t, database, tags)
		})
	})
}

func TestContractOfTheFilter(t *testing.T) {
	everywhere(t, func(t *testing.T, make func(testing.TB) clickhousetest.Database) {
		apitest.TestFilter(t, func(t *testing.T, recordings []recording.Recording) map[string]api.Recordings {
			store := migrated(t, make(t), newTags())
			if err := store.WriteRecordings(t.Context(), recordings); err != nil {
				t.Fatal(err)
			}
			return map[string]api.Recordings{"as written": store}
		})
	})
}

func TestContractOfTraffic(t *testing.T) {
	everywhere(t, func(t *testing.T, make func(testing.TB) clickhousetest.Database) {
		apitest.TestTraffic(t, func(t *testing.T) (store, other apitest.TrafficStore) {
			database := make(t)
			return migrated(t, database, newTags()), open(t, database, newTags())
		})
	})
}
