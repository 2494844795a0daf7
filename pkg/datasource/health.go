package datasource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/grafanahttp"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
)

// healthTimeout bounds the check, so that a wrong address answers before Grafana's own patience ends.
const healthTimeout = 10 * time.Second

// CheckHealth connects to the database, or to the collector that is asked in place of one.
func (d *DataSource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if d.problem != nil {
		return unhealthy(d.problem), nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	switch store := d.store.(type) {
	case *remote.Store:
		return checkCollector(ctx, store), nil
	case *postgres.Store:
		return checkDatabase(ctx, store), nil
	}
	return nil, fmt.Errorf("a store of type %T cannot be checked", d.store)
}

// checkDatabase changes nothing there: the schema is the app's and the collectors' to bring up to date, so that the data source
// can have a user with no more than the right to read.
func checkDatabase(ctx context.Context, store *postgres.Store) *backend.CheckHealthResult {
	if err := store.Ping(ctx); err != nil {
		return unhealthy(err)
	}
	server, err := store.Server(ctx)
	if err != nil {
		return unhealthy(err)
	}
	if server.SchemaVersion == 0 {
		return unhealthy(fmt.Errorf("connected to PostgreSQL %s, but the database has no recordings: is it the one that the collectors write to?", server.Version))
	}
	return healthy(fmt.Sprintf("Connected to PostgreSQL %s, schema version %d.", server.Version, server.SchemaVersion))
}

// checkCollector needs no more than to read: the data source changes nothing for anybody.
func checkCollector(ctx context.Context, collector *remote.Store) *backend.CheckHealthResult {
	about, err := collector.About(ctx)
	if err != nil {
		return unhealthy(grafanahttp.WithCause(err))
	}
	found := grafanahttp.Describe(collector, about)
	if about.Storage == nil || about.Storage.Problem != "" {
		return unhealthy(errors.New(found))
	}
	return healthy(found)
}

func healthy(message string) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: message}
}

func unhealthy(err error) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: err.Error()}
}
