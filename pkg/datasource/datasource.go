package datasource

import (
	"context"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/grafanahttp"
	"github.com/mockforge/mockforge-observability-app/pkg/grafanalog"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// maxConnections bounds what one data source takes of the database.
const maxConnections = 6

var (
	_ backend.QueryDataHandler      = (*DataSource)(nil)
	_ backend.CallResourceHandler   = (*DataSource)(nil)
	_ backend.CheckHealthHandler    = (*DataSource)(nil)
	_ instancemgmt.InstanceDisposer = (*DataSource)(nil)
)

// store is what the data source reads.
type store interface {
	Query(ctx context.Context, query recording.Query) (recording.Page, error)
	Values(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error)
	Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error)
	Volume(ctx context.Context, filter recording.Filter, step time.Duration) (map[string]map[time.Time]int64, error)
	Changes(ctx context.Context, from, to time.Time, limit int) ([]scenario.Change, error)
	Stored(ctx context.Context, filter recording.Filter) (api.PatternReport, error)
	Close() error
}

// DataSource is one configured data source, made anew by the SDK whenever its settings change. It owns its connections.
type DataSource struct {
	backend.QueryDataHandler
	backend.CallResourceHandler

	settings settings
	// store is nil, and problem says why, where the settings name nothing usable.
	store   store
	problem error
	now     func() time.Time
}

// New makes a data source. It never waits for the database or the collector, and never fails: settings that are missing or wrong become
// answers that say so, since an error here would reach users as a bare 500.
func New(ctx context.Context, from backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	settings, problem := readSettings(from)
	if problem != nil {
		return newDataSource(settings, nil, problem), nil
	}
	if settings.CollectorURL != "" {
		collector, problem := grafanahttp.Open(ctx, &from, settings.CollectorURL, settings.token)
		if problem != nil {
			return newDataSource(settings, nil, problem), nil
		}
		return newDataSource(settings, collector, nil), nil
	}
	opened, problem := postgres.Open(settings.dsn, postgres.Options{
		Logger:          grafanalog.New(backend.Logger),
		ApplicationName: "mockforge-grafana-datasource",
		MaxConnections:  maxConnections,
	})
	if problem != nil {
		return newDataSource(settings, nil, problem), nil
	}
	return newDataSource(settings, opened, nil), nil
}

func newDataSource(settings settings, store store, problem error) *DataSource {
	d := &DataSource{settings: settings, store: store, problem: problem, now: time.Now}
	mux := datasource.NewQueryTypeMux()
	mux.HandleFunc("", d.each(queryType{d.unknown, recording.AllConditions}))
	for name, what := range d.queryTypes() {
		mux.HandleFunc(name, d.each(what))
	}
	d.QueryDataHandler = mux
	d.CallResourceHandler = httpadapter.New(d.resources())
	return d
}

// queryType is one kind of what can be asked for.
type queryType struct {
	run handler
	// can is which conditions of the filter run knows of; a query with any other is refused.
	can recording.Support
}

// queryTypes returns what can be asked for.
func (d *DataSource) queryTypes() map[string]queryType {
	return map[string]queryType{
		"recordings": {d.recordings, recording.AllConditions},
		"logs":       {d.logs, recording.AllConditions},
		"traffic":    {d.traffic, trafficConditions},
		"patterns":   {d.patterns, api.StoredPatternConditions},
		"events":     {d.events, eventConditions},
		"values":     {d.values, recording.AllConditions},
		"volume":     {d.volume, recording.AllConditions},
	}
}

// Dispose closes the connections. The SDK calls it once the data source has been replaced.
func (d *DataSource) Dispose() {
	if d.store == nil {
		return
	}
	if err := d.store.Close(); err != nil {
		backend.Logger.Warn("The database connections did not close cleanly", "error", err)
	}
}
