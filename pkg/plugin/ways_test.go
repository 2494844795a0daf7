package plugin

import (
	"encoding/json"
	"testing"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// way is one of the ways to the recordings and scenarios: a database, or a collector with the same database.
type way string

const (
	byDatabase  way = "by its database"
	byCollector way = "by a collector"
)

// eachWay runs a test over every way.
func eachWay(t *testing.T, run func(t *testing.T, by way)) {
	t.Helper()
	for _, by := range []way{byDatabase, byCollector} {
		t.Run(string(by), func(t *testing.T) { run(t, by) })
	}
}

// app makes an app over dsn, with other settings besides, and gives the database itself.
func (by way) app(t *testing.T, dsn, jsonData string) (*App, *postgres.Store) {
	t.Helper()
	if by == byDatabase {
		app := newAppOf(t, dsn, jsonData)
		app.waitUntilTried(t.Context())
		return app, app.store
	}
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newAppBy(t, remotetest.Serve(t, store), remotetest.Token, jsonData), store
}

// fresh is app over an empty database.
func (by way) fresh(t *testing.T) *App {
	t.Helper()
	app, _ := by.app(t, postgrestest.DSN(t), "")
	return app
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
