package datasource

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// way is one of the ways to the recordings: a database, or a collector with the same database.
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

// source does what newSource does.
func (by way) source(t *testing.T, dsn, jsonData string) *DataSource {
	t.Helper()
	if by == byDatabase {
		return newSource(t, dsn, jsonData)
	}
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return newSourceBy(t, remotetest.Serve(t, store), remotetest.Token, jsonData)
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
