package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
)

// migrationPatience is how long the lock of migrations is waited for.
const migrationPatience = 2 * time.Minute

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date, under an advisory lock, so that any number of instances may call it at once.
// A schema that is newer than this program is left as it is.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, s.db.DB, files,
		goose.WithSessionLocker(&migrationLock{store: s}), goose.WithTableName("mockforge_migrations"), goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return err
	}
	if s.isMigrated(ctx, provider.ListSources()) {
		return nil // As mostly: no lock then, for which the collectors of a fleet would queue up.
	}
	done, err := provider.Up(patient(ctx))
	if err != nil {
		return fmt.Errorf("migrate the database: %w", wrap(err))
	}
	if len(done) > 0 {
		s.logger.InfoContext(ctx, "database migrated", "migrations", len(done), "version", done[len(done)-1].Source.Version)
	}
	return nil
}

// isMigrated reports whether all migrations were applied, as far as can be told.
func (s *Store) isMigrated(ctx context.Context, sources []*goose.Source) bool {
	versions := make([]int64, len(sources))
	for i, source := range sources {
		versions[i] = source.Version
	}
	var missing bool
	err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM unnest($1::bigint[]) AS version
		WHERE version NOT IN (SELECT version_id FROM mockforge_migrations WHERE is_applied))`, pq.Array(versions)).Scan(&missing)
	return err == nil && !missing
}

// migrationLock holds the lock of migrations in a transaction of its own, on a connection of its own: a session may not be the
// same one at the next statement. At that time nobody listens yet, so that this is no connection more.
type migrationLock struct {
	store *Store
	db    *sql.DB
	tx    *sql.Tx
}

// SessionLock waits for the lock.
func (l *migrationLock) SessionLock(ctx context.Context, _ *sql.Conn) error {
	l.db = sql.OpenDB(guarded{l.store.ways, l.store.refusals})
	l.db.SetMaxOpenConns(1)
	if err := l.lock(ctx); err != nil {
		return errors.Join(err, l.SessionUnlock(ctx, nil))
	}
	return nil
}

// lock tries until it has the lock. Who waits holds no transaction: it would take a connection of a pooler from who migrates.
func (l *migrationLock) lock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, migrationPatience)
	defer cancel()
	pace := retry.NewPace(retryFirst, retryMost)
	for {
		tx, err := l.db.BeginTx(context.WithoutCancel(ctx), nil)
		if err != nil {
			return err
		}
		l.tx = tx
		if _, err := tx.ExecContext(ctx, "SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
			return err
		}
		// The number is also that of versions which lock it for a session.
		var locked bool
		if err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", lock.DefaultLockID).Scan(&locked); err != nil || locked {
			return err
		}
		if err := tx.Rollback(); err != nil {
			return err
		}
		if err := pace.Wait(ctx); err != nil {
			return err
		}
	}
}

// SessionUnlock gives the lock back.
func (l *migrationLock) SessionUnlock(context.Context, *sql.Conn) error {
	if l.tx != nil {
		_ = l.tx.Rollback()
	}
	return l.db.Close()
}
