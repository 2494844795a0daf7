package datasource

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// way is one of the ways to the recordings: a database, or a collector, with the same database or a file.
type way string

const (
	byDatabase        way = "by its database"
	byCollector       way = "by a collector"
	byCollectorOfFile way = "by a collector with a file"
)

// eachWay runs a test over every way.
func eachWay(t *testing.T, run func(t *testing.T, by way)) {
	t.Helper()
	for _, by := range []way{byDatabase, byCollector, byCollectorOfFile} {
		t.Run(string(by), func(t *testing.T) { run(t, by) })
	}
}

// stored is a store, and what makes data sources over it.
type stored struct {
	storage.Store
	source func(t *testing.T, jsonData string) *DataSource
}

// fresh returns an empty store, whose clock is now; nil is time.Now.
func (by way) fresh(t *testing.T, now func() time.Time) stored {
	t.Helper()
	var store storage.Store
	var dsn string
	var err error
	if by == byCollectorOfFile {
		store, err = sqlite.Open(filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: now})
	} else {
		dsn = postgrestest.DSN(t)
		store, err = postgres.Open(dsn, postgres.Options{Now: now})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return stored{store, func(t *testing.T, jsonData string) *DataSource {
		t.Helper()
		if by == byDatabase {
			return newSource(t, dsn, jsonData)
		}
		return newSourceBy(t, remotetest.Serve(t, store), remotetest.Token, jsonData)
	}}
}

// filled returns a store with a few minutes of a shop's life.
func (by way) filled(t *testing.T) stored {
	t.Helper()
	now := noon
	store := by.fresh(t, func() time.Time { return now })
	fill(t, store, &now)
	return store
}

// newSourceBy makes a data source over a collector.
func newSourceBy(t *testing.T, address, token, jsonData string) *DataSource {
	t.Helper()
	var data map[string]any
	if err := json.Unmarshal([]byte(jsonData), &data); err != nil {
		t.Fatal(err)
	}
	data["collectorUrl"] = address
	encoded, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := New(t.Context(), backend.DataSourceInstanceSettings{JSONData: encoded, DecryptedSecureJSONData: map[string]string{"token": token}})
	if err != nil {
		t.Fatal(err)
	}
	source := instance.(*DataSource)
	source.now = func() time.Time { return noon.Add(10 * time.Minute) }
	t.Cleanup(source.Dispose)
	return source
}
