// Package postgres is the only SQL of the project: migrations, the COPY writer, queries, LISTEN and NOTIFY, retention.
package postgres

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var (
	_ api.Scenarios        = (*Store)(nil)
	_ api.WatchedInstances = (*Store)(nil)
	_ api.Recordings       = (*Store)(nil)
	_ api.GatewayTraffic   = (*Store)(nil)
	_ api.Replays          = (*Store)(nil)
	_ api.ReplayJobs       = (*Store)(nil)
	_ api.Patterns         = (*Store)(nil)
	_ api.FleetLimits      = (*Store)(nil)
	_ api.RecordingWriter  = (*Store)(nil)
	_ api.RecordingSums    = (*Store)(nil)
	_ api.TrafficWriter    = (*Store)(nil)
	_ api.TrafficSeries    = (*Store)(nil)
	_ api.Changes          = (*Store)(nil)
	_ api.Published        = (*Store)(nil)
	_ api.Registry         = (*Store)(nil)
	_ api.ReplayServer     = (*Store)(nil)
)

const (
	// statementTimeout ends a query that nobody waits for any more; maintenance sets its own.
	statementTimeout      = 30 * time.Second
	connectTimeout        = 5 * time.Second
	defaultMaxConnections = 8
)

// Options are the parts of a Store that are not in the DSN.
type Options struct {
	// Logger gets state changes such as the loss of the connection; nil logs nothing.
	Logger *slog.Logger
	// Now is the clock by which scenarios expire and retention goes; nil is that of the database, so that all who use it agree.
	Now func() time.Time
	// ApplicationName is shown in pg_stat_activity unless the DSN has one; empty is "mockforge".
	ApplicationName string
	// MaxConnections bounds the pool; 0 is 8. What listens for changes has one more connection. Of those of the pool one is kept
	// where no more are in use.
	MaxConnections int
}

// Store is a PostgreSQL database as the product uses it. It is safe for use by any number of goroutines.
type Store struct {
	*replays
	db          *pool
	connections *connections
	ways        *ways
	refusals    *refusals
	// dsn is without the parameters of sessions.
	dsn       string
	listening listening
	// indexing is held by who makes indexes for searching.
	indexing sync.Mutex
	logger   *slog.Logger
	now      func() time.Time
	// given reports whether now is of Options, rather than that of the database; local is the clock of this machine.
	given bool
	local func() time.Time
	// skew is how many nanoseconds the clock of this machine is ahead of that of the database, as far as is known.
	// agreed is when that was measured, in nanoseconds of the local clock since 1970.
	skew, agreed atomic.Int64
	partitions   partitions
	known        knownSlices
	instances    *instanceWatch
	registered   registrations
	// beats is the prepared statement of heartbeats, nil before the first.
	beats atomic.Pointer[sql.Stmt]
	// latest is the version of the scenario that heartbeats have found.
	latest latestVersion
	// sliceCost is how many nanoseconds the last slice that was not put together of others took.
	sliceCost atomic.Int64
	// analysing has room for one analysis at a time.
	analysing analysis.OneAtATime
	// walkSteps is how many recordings some queries look at one after another first; tests shorten it.
	walkSteps int
}

// Open prepares a Store without connecting, so that its user can start while PostgreSQL is away. A DSN that cannot be
// parsed is a *validation.Error of the field "dsn", which never quotes the DSN: it may hold a password.
//
// Where the DSN does not say otherwise, TLS is used if the server offers it (sslmode=prefer, as libpq does),
// connecting takes at most 5 s and a statement at most 30 s.
func Open(dsn string, options Options) (*Store, error) {
	if strings.TrimSpace(dsn) == "" {
		return nil, validation.Errorf("dsn", "must be a PostgreSQL connection string such as postgres://user@host:5432/database, is empty")
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.ApplicationName == "" {
		options.ApplicationName = "mockforge"
	}
	if options.MaxConnections <= 0 {
		options.MaxConnections = defaultMaxConnections
	}
	defaults := [][2]string{
		{"connect_timeout", "5"},
		{"fallback_application_name", options.ApplicationName},
	}
	if os.Getenv("PGSSLMODE") == "" {
		defaults = append(defaults, [2]string{"sslmode", string(pq.SSLModePrefer)})
	}
	dsn = withDefaults(strings.TrimSpace(dsn), defaults)
	dialed := &connections{}
	ways, err := newWays(dsn, dialed, options.Logger)
	if err != nil {
		return nil, validation.Errorf("dsn", "must be a PostgreSQL connection string such as postgres://user@host:5432/database")
	}
	refusals := newRefusals(options.Logger)
	store := &Store{
		db:          newPool(guarded{ways, refusals}, options.MaxConnections, refusals),
		connections: dialed, ways: ways, refusals: refusals, dsn: dsn, logger: options.Logger, now: options.Now, given: options.Now != nil, local: time.Now,
		instances: newInstanceWatch(), analysing: analysis.NewOneAtATime(), walkSteps: walkSteps,
	}
	if !store.given {
		store.now = store.atDatabase
	}
	store.replays = jobs.New(store.Replaying())
	return store, nil
}

// Ping checks that the database answers.
func (s *Store) Ping(ctx context.Context) error { return wrap(s.db.PingContext(ctx)) }

// Close closes every connection of the pool, and ends WatchInstances. Watch ends with its own context.
func (s *Store) Close() error {
	s.instances.close()
	return s.db.Close()
}

// inTransaction runs f in a transaction, which commits where f returns nil.
func (s *Store) inTransaction(ctx context.Context, options *sql.TxOptions, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// inTransactionOf is inTransaction with the connection that the transaction is on.
func (s *Store) inTransactionOf(ctx context.Context, f func(*sql.Conn, *sql.Tx) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(conn, tx); err != nil {
		return err
	}
	return tx.Commit()
}
