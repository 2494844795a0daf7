package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/role"
)

// healthTimeout bounds the check, so that a wrong address answers before Grafana's own patience ends.
const healthTimeout = 10 * time.Second

// healthDetails are what the configuration page shows below the message.
type healthDetails struct {
	ServerVersion string `json:"server_version"`
	SchemaVersion int64  `json:"schema_version"`
	Instances     int    `json:"instances"`
	LiveInstances int    `json:"live_instances"`
}

// CheckHealth connects to the database and says what was found. For admins, who ask from the configuration page, it brings
// the schema up to date before; for others it waits until the app itself has tried to. Its messages carry no part of the
// connection string.
func (a *App) CheckHealth(ctx context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if a.problem != nil {
		return unhealthy(a.problem), nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if err := a.store.Ping(ctx); err != nil {
		return unhealthy(err), nil
	}
	if user := req.PluginContext.User; user == nil || !role.Role(user.Role).AtLeast(role.Admin) {
		a.waitUntilTried(ctx)
	} else if err := a.store.Migrate(ctx); err != nil {
		return unhealthy(fmt.Errorf("connected, but the schema could not be brought up to date: %w", err)), nil
	}
	server, err := a.store.Server(ctx)
	if err != nil {
		return unhealthy(err), nil
	}
	instances, err := a.store.Instances(ctx)
	if err != nil {
		return unhealthy(err), nil
	}
	details := healthDetails{ServerVersion: server.Version, SchemaVersion: server.SchemaVersion, Instances: len(instances)}
	for _, instance := range instances {
		if instance.Live {
			details.LiveInstances++
		}
	}
	encoded, err := json.Marshal(details)
	if err != nil {
		return nil, err
	}
	return &backend.CheckHealthResult{
		Status: backend.HealthStatusOk,
		Message: fmt.Sprintf("Connected to PostgreSQL %s, schema version %d. %s",
			details.ServerVersion, details.SchemaVersion, collectors(details.LiveInstances)),
		JSONDetails: encoded,
	}, nil
}

func collectors(live int) string {
	switch live {
	case 0:
		return "No collector is running with this database yet."
	case 1:
		return "1 collector is running."
	default:
		return fmt.Sprintf("%d collectors are running.", live)
	}
}

func unhealthy(err error) *backend.CheckHealthResult {
	return &backend.CheckHealthResult{Status: backend.HealthStatusError, Message: err.Error()}
}
