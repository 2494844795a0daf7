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
	"github.com/mockforge/mockforge-observability-app/pkg/grafanalog"
	"github.com/mockforge/mockforge-observability-app/pkg/live"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/role"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
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
	// store is nil, and problem says why, where the settings name no usable database.
	store   *postgres.Store
	problem error
	// searched is the same database with connections for those who search it.
	searched *postgres.Store
	feed     *live.Feed
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

	dsn, err := dsnFrom(settings)
	asked, badly := collectorsFrom(settings)
	if badly != nil {
		a.logger.Warn("No collector can be stopped while the database is away: the settings of the app are wrong", "error", badly)
	}
	readBodies, wrong := role.ReadBodies(settings.JSONData)
	if err == nil {
		err = wrong
	}
	if err == nil {
		a.store, err = a.open(dsn, maxConnections)
	}
	if err == nil {
		if a.searched, err = a.open(dsn, maxSearching); err != nil {
			err = errors.Join(err, a.store.Close())
		}
	}
	options := api.Options{Authorize: access{readBodies}.actor, Logger: a.logger, Ending: life.Done()}
	if err != nil {
		close(a.tried)
		a.store, a.searched, a.problem = nil, nil, err
		a.feed = live.New(nil, err, a.logger)
		a.CallResourceHandler = httpadapter.New(unconfigured(err))
		return a, nil
	}
	options.Scenarios, options.Instances, options.Traffic, options.FleetLimits = a.store, a.store, a.store, a.store
	options.Stops = &stops{scenarios: a.store, collectors: asked, problem: badly, logger: a.logger}
	options.Recordings, options.Replays, options.ReplayJobs, options.Patterns = a.searched, a.searched, a.searched, a.searched
	options.Sums, options.Series, options.Changes = a.searched, a.searched, a.store
	options.About = func(ctx context.Context) api.About { return api.About{Storage: a.store.About(ctx)} }
	a.feed = live.New(a.store, nil, a.logger)
	a.CallResourceHandler = httpadapter.New(a.onceTried(api.New(options)))
	a.running.Go(func() { a.migrate(life) })
	return a, nil
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
	if a.store == nil {
		return
	}
	if err := errors.Join(a.store.Close(), a.searched.Close()); err != nil {
		a.logger.Warn("The database connections did not close cleanly", "error", err)
	}
}
