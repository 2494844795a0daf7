package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/pkg/grafanahttp"
	"github.com/mockforge/mockforge-observability-app/pkg/role"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// healthTimeout bounds the check, so that a wrong address answers before Grafana's own patience ends.
const healthTimeout = 10 * time.Second

// healthDetails are what the configuration page shows below the message.
type healthDetails struct {
	// Collector and CollectorVersion are those of the collector that is asked in place of a database.
	Collector        string `json:"collector,omitempty"`
	CollectorVersion string `json:"collector_version,omitempty"`
	ServerVersion    string `json:"server_version"`
	SchemaVersion    int64  `json:"schema_version"`
	Instances        int    `json:"instances"`
	LiveInstances    int    `json:"live_instances"`
}

// CheckHealth connects to the database, or the collector, and says what was found. For admins, who ask from the configuration page, it brings
// the schema up to date before; for others it waits until the app itself has tried to. Its messages carry no part of the
// connection string.
func (a *App) CheckHealth(ctx context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	if a.problem != nil {
		return unhealthy(a.problem), nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if a.collector != nil {
		return a.checkCollector(ctx)
	}
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
	details := healthDetails{ServerVersion: server.Version, SchemaVersion: server.SchemaVersion}
	details.count(instances)
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

func (d *healthDetails) count(instances []scenario.Instance) {
	d.Instances = len(instances)
	for _, instance := range instances {
		if instance.Live {
			d.LiveInstances++
		}
	}
}

// checkCollector asks the collector who it is, what it stores in, and whether it lets Grafana ask for its users.
func (a *App) checkCollector(ctx context.Context) (*backend.CheckHealthResult, error) {
	about, err := a.collector.About(ctx)
	if err != nil {
		return unhealthy(grafanahttp.WithCause(err)), nil
	}
	found := grafanahttp.Describe(a.collector, about)
	if about.Storage != nil && about.Storage.Problem != "" {
		return unhealthy(errors.New(found)), nil
	}
	if err := a.collector.Represents(ctx); err != nil {
		return unhealthy(fmt.Errorf("%s But %w", found, err)), nil
	}
	instances, err := a.collector.Instances(ctx)
	if err != nil {
		return unhealthy(err), nil
	}
	details := healthDetails{Collector: about.Name, CollectorVersion: about.Build}
	if about.Storage != nil {
		details.ServerVersion, details.SchemaVersion = about.Storage.Version, about.Storage.SchemaVersion
	}
	details.count(instances)
	encoded, err := json.Marshal(details)
	if err != nil {
		return nil, err
	}
	return &backend.CheckHealthResult{Status: backend.HealthStatusOk, Message: found + " " + collectors(details.LiveInstances), JSONDetails: encoded}, nil
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
