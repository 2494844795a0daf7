package plugin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/postgres"
)

// maxConnections bounds what one organisation's instance takes of the database.
const maxConnections = 8

var (
	_ backend.CallResourceHandler   = (*App)(nil)
	_ backend.CheckHealthHandler    = (*App)(nil)
	_ backend.StreamHandler         = (*App)(nil)
	_ instancemgmt.InstanceDisposer = (*App)(nil)
)

// App is the plugin of one organisation, made anew by the SDK whenever its settings change. It owns its connections.
type App struct {
	backend.CallResourceHandler

	logger *slog.Logger
	// store is nil, and problem says why, where the settings name no usable database.
	store   *postgres.Store
	problem error
	feed    *feed

	stop     context.CancelFunc
	disposed <-chan struct{}
	running  sync.WaitGroup
}

// NewApp makes the instance of an organisation. It never waits for the database and never fails: settings that are
// missing or wrong become answers that say so, since an error here would reach users as a bare 500.
func NewApp(ctx context.Context, settings backend.AppInstanceSettings) (instancemgmt.Instance, error) {
	// Detached: ctx is that of the call which happened to come first.
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	a := &App{logger: newLogger(backend.Logger), stop: stop, disposed: life.Done()}

	dsn, err := dsnFrom(settings)
	if err == nil {
		a.store, err = postgres.Open(dsn, postgres.Options{
			Logger:          a.logger,
			ApplicationName: "mockforge-grafana",
			MaxConnections:  maxConnections,
		})
	}
	options := api.Options{Authorize: authorize, Logger: a.logger}
	if err != nil {
		a.store, a.problem = nil, err
		a.feed = newFeed(nil, err, a.logger)
		a.CallResourceHandler = httpadapter.New(unconfigured(err))
		return a, nil
	}
	options.Scenarios, options.Instances, options.Recordings, options.Traffic = a.store, a.store, a.store, a.store
	a.feed = newFeed(a.store, nil, a.logger)
	a.CallResourceHandler = httpadapter.New(api.New(options))
	a.running.Go(func() { a.migrate(life) })
	return a, nil
}

// migrate brings the schema up to date, so that the pages work before the first collector has started. It tries until
// the database is there; a database user without the right to do it is told so once, since a collector may have it.
func (a *App) migrate(ctx context.Context) {
	const firstPause, longestPause = time.Second, 30 * time.Second
	reported := false
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := a.store.Migrate(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		if !reported {
			a.logger.WarnContext(ctx, "The database schema could not be brought up to date, trying again", "error", err)
			reported = true
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Dispose ends the streams and closes the connections. The SDK calls it once the instance has been replaced.
func (a *App) Dispose() {
	a.stop()
	a.feed.close()
	a.running.Wait()
	if a.store == nil {
		return
	}
	if err := a.store.Close(); err != nil {
		a.logger.Warn("The database connections did not close cleanly", "error", err)
	}
}
