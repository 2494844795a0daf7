package plugin

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// way is one of the ways to the recordings and scenarios: a database, or a collector, with the same database or a file.
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

// kept is an empty store, and what makes apps over it, with other settings besides.
type kept struct {
	storage.Store
	app func(t *testing.T, jsonData string) *App
}

func (by way) fresh(t *testing.T) kept {
	t.Helper()
	var store storage.Store
	var dsn string
	var err error
	if by == byCollectorOfFile {
		store, err = storage.Open(storage.Config{Path: filepath.Join(t.TempDir(), "mockforge.db")}, storage.Options{})
	} else {
		dsn = postgrestest.DSN(t)
		store, err = storage.Open(storage.Config{DSN: dsn}, storage.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return kept{store, func(t *testing.T, jsonData string) *App {
		t.Helper()
		if by == byDatabase {
			app := newAppOf(t, dsn, jsonData)
			app.waitUntilTried(t.Context())
			return app
		}
		return newAppBy(t, remotetest.Serve(t, store), remotetest.Token, jsonData)
	}}
}

// freshApp is an app over an empty store.
func (by way) freshApp(t *testing.T) *App {
	t.Helper()
	return by.fresh(t).app(t, "")
}

// newAppBy makes an app over a collector, that is disposed when the test ends.
func newAppBy(t *testing.T, address, token, jsonData string) *App {
	t.Helper()
	data := map[string]any{}
	if jsonData != "" {
		if err := json.Unmarshal([]byte(jsonData), &data); err != nil {
			t.Fatal(err)
		}
	}
	data["collectorUrl"] = address
	encoded, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := NewApp(t.Context(), backend.AppInstanceSettings{JSONData: encoded, DecryptedSecureJSONData: map[string]string{"token": token}})
	if err != nil {
		t.Fatal(err)
	}
	app := instance.(*App)
	t.Cleanup(app.Dispose)
	return app
}
