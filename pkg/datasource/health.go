package datasource

import (
	"context"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
)

// healthTimeout bounds the check, so that a wrong address answers before Grafana's own patience ends.
const healthTimeout = 10 * time.Second

// CheckHealth connects to the database. It changes nothing there: the schema is the app's and the collectors' to bring
// up to date, so that the data source can have a user with no more than the right to read.
func (d *DataSource) CheckHealth(ctx context.Context, _ *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if d.problem != nil {
		return unhealthy(d.problem), nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if err := d.store.Ping(ctx); err != nil {
		return unhealthy(err), nil
	}
	server, err := d.store.Server(ctx)
	if err != nil {
		return unhealthy(err), nil
	}
	if server.SchemaVersion == 0 {
		return unhealthy(fmt.Errorf("connected to PostgreSQL %s, but the database has no recordings: is it the one that the collectors write to?", server.Version)), nil
	}
	return &backend.CheckHealthResult{
		Status:  backend.HealthStatusOk,
		Message: fmt.Sprintf("Connected to PostgreSQL %s, schema version %d.", server.Version, server.SchemaVersion),
	}, nil
}

func unhealthy(err error) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: err.Error()}
}
