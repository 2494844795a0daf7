package plugin

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/grafanahttp"
	"github.com/mockforge/mockforge-observability-app/pkg/grafanalog"
	"github.com/mockforge/mockforge-observability-app/pkg/live"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
)

const (
	// maxConnections and maxSearching bound what one organisation's instance takes of the database: for what is small and for
	// steering, and for searching, which never keeps those waiting.
	maxConnections = 3
	maxSearching   = 4
	// schemaPatience is how long the first calls wait for the schema.
	schemaPatience = 5 * time.Second
	// migrateFirst and migrateMost are between attempts to bring it up to date.
	migrateFirst = time.Second
	migrateMost  = 30 * time.Second
)

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
	// store is nil where the settings name no usable database; problem says what is wrong with them, nil for nothing.
	store   *postgres.Store
	problem error
	// searched is the same database with connections for those who search it.
	searched *postgres.Store
	// collector is there instead of both where the settings name one.
	collector *remote.Store
	feed      *live.Feed
	// tried is closed once the schema was brought up to date, or could not be for the first time.
	tried chan struct{}

	stop    context.CancelFunc
	running sync.WaitGroup
}

// NewApp makes the instance of an organisation. It never waits for the database and never fails: settings that are
// missing or wrong become answers that say so, since an error here would reach users as a bare 500.
func NewApp(ctx context.Context, settings backend.AppInstanceSettings) (instancemgmt.Instance, error) {
	// Detached: ctx is that of the call which happened to come first.
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	a := &App{logger: grafanalog.New(backend.Logger), stop: stop, tried: make(chan struct{})}

	at, err := homeFrom(settings)
	switch {
	case err != nil:
	case at.collectorURL != "":
		err = a.overCollector(ctx, at, settings)
	default:
		err = a.overDatabase(life, at, settings)
	}
	if err != nil {
		close(a.tried)
		a.problem = err
		a.feed = live.New(nil, err, a.logger)
		a.CallResourceHandler = httpadapter.New(unconfigured(err))
	}
	return a, nil
}

// overDatabase has the app serve the control API itself, over a database.
func (a *App) overDatabase(life context.Context, at home, settings backend.AppInstanceSettings) error {
	store, err := a.open(at.dsn, maxConnections)
	if err != nil {
		return err
	}
	searched, err := a.open(at.dsn, maxSearching)
	if err != nil {
		return errors.Join(err, store.Close())
	}
	a.store, a.searched = store, searched
	asked, badly := collectorsFrom(settings)
	if badly != nil {
		a.logger.Warn("No collector can be stopped while the database is away: the settings of the app are wrong", "error", badly)
	}
	options := api.Options{Authorize: access{at.readBodies}.actor, Logger: a.logger, Ending: life.Done()}
	options.Scenarios, options.Instances, options.Traffic, options.FleetLimits = store, store, store, store
	options.Stops = &stops{scenarios: store, collectors: asked, problem: badly, logger: a.logger}
	options.Recordings, options.Replays, options.ReplayJobs, options.Patterns = searched, searched, searched, searched
	options.Sums, options.Series, options.Changes = searched, searched, store
	options.About = func(ctx context.Context) api.About { return api.About{Storage: store.About(ctx)} }
	a.feed = live.New(store, nil, a.logger)
	a.CallResourceHandler = httpadapter.New(a.onceTried(api.New(options)))
	a.running.Go(func() { a.migrate(life) })
	return nil
}

// overCollector hands the control API over to a collector, for each user with the rights of its role.
func (a *App) overCollector(ctx context.Context, at home, settings backend.AppInstanceSettings) error {
	collector, err := grafanahttp.Open(ctx, &settings, at.collectorURL, at.token)
	if err != nil {
		return err
	}
	if asked, _ := collectorsFrom(settings); len(asked.urls) > 0 {
		a.logger.Warn("collectorUrls of the settings are not used: they are for stops while a database is away, and the app has a collectorUrl instead of one")
	}
	a.collector = collector
	a.feed = live.Relay(collector, a.logger)
	options := api.Options{Authorize: access{at.readBodies}.actor, Logger: a.logger}
	a.CallResourceHandler = httpadapter.New(api.Front(options, collector.Forward))
	close(a.tried)
	return nil
}

func (a *App) open(dsn string, connections int) (*postgres.Store, error) {
	return postgres.Open(dsn, postgres.Options{Logger: a.logger, ApplicationName: "mockforge-grafana", MaxConnections: connections})
}

// migrate brings the schema up to date, so that the pages work before the first collector has started. It tries until
// the database is there; a database user without the right to do it is told so once, since a collector may have it.
func (a *App) migrate(ctx context.Context) {
	first := sync.OnceFunc(func() { close(a.tried) })
	defer first()
	failures, err := retry.Until(ctx, retry.NewPace(migrateFirst, migrateMost), func() error {
		defer first()
		return a.store.Migrate(ctx)
	}, func(err error) {
		a.logger.WarnContext(ctx, "The database schema could not be brought up to date, trying again", "error", err)
	})
	if failures > 0 && err == nil {
		a.logger.InfoContext(ctx, "The database schema is up to date")
	}
}

// waitUntilTried keeps the first calls of a new instance from meeting a database whose schema is on its way. Where the
// database is away they go on after a few seconds, and say so.
func (a *App) waitUntilTried(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, schemaPatience)
	defer cancel()
	select {
	case <-a.tried:
	case <-ctx.Done():
	}
}

func (a *App) onceTried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.waitUntilTried(r.Context())
		next.ServeHTTP(w, r)
	})
}

// Dispose ends the streams and closes the connections. The SDK calls it once the instance has been replaced.
func (a *App) Dispose() {
	a.stop()
	a.feed.Close()
	a.running.Wait()
	if a.collector != nil {
		_ = a.collector.Close() // it only lets go of idle connections
	}
	if a.store == nil {
		return
	}
	if err := errors.Join(a.store.Close(), a.searched.Close()); err != nil {
		a.logger.Warn("The database connections did not close cleanly", "error", err)
	}
}
