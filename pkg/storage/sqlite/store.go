package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var (
	_ api.Scenarios        = (*Store)(nil)
	_ api.WatchedInstances = (*Store)(nil)
	_ api.Recordings       = (*Store)(nil)
	_ api.GatewayTraffic   = (*Store)(nil)
	_ api.Patterns         = (*Store)(nil)
	_ api.FleetLimits      = (*Store)(nil)
	_ api.RecordingWriter  = (*Store)(nil)
	_ api.RecordingSums    = (*Store)(nil)
	_ api.TrafficWriter    = (*Store)(nil)
	_ api.TrafficSeries    = (*Store)(nil)
	_ api.Changes          = (*Store)(nil)
	_ api.Published        = (*Store)(nil)
	_ api.Registry         = (*Store)(nil)
)

const (
	// readers is how many queries run at once.
	readers = 4
	// busyTimeout is how long a connection waits for another one of this process, or for a program that looks at the file.
	busyTimeout = 5 * time.Second
	// queryTimeout ends a query that nobody waits for any more.
	queryTimeout = 30 * time.Second
	// applicationID is in the head of the file (PRAGMA application_id): "MFOb".
	applicationID = 0x4d464f62
)

// Options are the parts of a Store that are not its path.
type Options struct {
	// Logger gets state changes; nil logs nothing.
	Logger *slog.Logger
	// Now is the clock by which scenarios expire; nil is time.Now.
	Now func() time.Time
}

// Store is one file. It is safe for use by any number of goroutines.
type Store struct {
	*replays
	replaying     replaying
	path          string
	lock          *os.File
	writer, reads *sql.DB
	logger        *slog.Logger
	now           func() time.Time
	// watchers are of the instances, changes of the scenario.
	watchers, changes watchers
	analysing         analysis.OneAtATime
	effort            effort
	// rolling is held by who rolls traffic up.
	rolling sync.Mutex
	// closed ends those who watch; closing closes it once.
	closed  chan struct{}
	closing sync.Once
}

// Open opens the file at path, makes it where it is not there, and brings its schema up to date. The directory must be there.
// Only its owner may read the file.
//
// Another process that has the file open is an *InUseError: it is held by a lock on path + ".lock", which the system takes back
// however the process ends. A file that is no database, is of another program or has a newer schema than this program knows is
// refused, and left as it is. Every error names the file.
//
// What was committed survives the end of the process at any moment, and of the machine: the log is flushed to the disk with every
// commit (synchronous=FULL). A disk that does not keep what it says to have written can lose the last commits, and no others.
func Open(path string, options Options) (_ *Store, err error) {
	if path == "" {
		return nil, validation.Errorf("path", "must be the path of a file, is empty")
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	store := &Store{path: path, logger: options.Logger, now: options.Now, analysing: analysis.NewOneAtATime(), effort: usualEffort, closed: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.Close())
		}
	}()
	if err := store.prepareFile(); err != nil {
		return nil, err
	}
	store.writer, store.reads = connect(path, "immediate", 1), connect(path, "deferred", readers)
	ctx := context.Background() // Nothing of it waits longer than busyTimeout.
	if err := store.claimFile(ctx); err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	store.replays = newReplays(store)
	return store, nil
}

// Close waits for what is under way, and gives the file back.
func (s *Store) Close() error {
	s.closing.Do(func() { close(s.closed) })
	var problems []error
	for _, db := range []*sql.DB{s.reads, s.writer} { // The last to close takes the log into the file.
		if db != nil {
			problems = append(problems, db.Close())
		}
	}
	if s.lock != nil {
		problems = append(problems, s.lock.Close())
	}
	return errors.Join(problems...)
}

// Ping checks that the file answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.wrap(s.reads.QueryRowContext(ctx, "SELECT 1 FROM search_progress").Scan(&one))
}

// connector opens connections with the functions of this package.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return engine.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return engine }

func connect(path, transactions string, connections int) *sql.DB {
	values := url.Values{"_txlock": {transactions}, "_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"synchronous(full)",
		// macOS needs these for what others do with fsync.
		"fullfsync(on)", "checkpoint_fullfsync(on)",
		"foreign_keys(on)",
		// In KiB: pages of indexes are needed again and again.
		"cache_size(-16384)",
		// A long query keeps the log from being taken into the file; it shrinks again behind that.
		"journal_size_limit(67108864)",
		// A file that somebody has prepared must not run anything of theirs.
		"trusted_schema(off)",
	}}
	db := sql.OpenDB(connector{(&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: values.Encode()}).String()})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// inTransaction runs f in a transaction of the one that writes, which commits where f returns nil.
func (s *Store) inTransaction(ctx context.Context, f func(*sql.Tx) error) error {
	return inTransaction(ctx, s.writer, f)
}

func inTransaction(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
