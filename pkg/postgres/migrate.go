package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

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

func (l *migrationLock) lock(ctx context.Context) (err error) {
	if l.tx, err = l.db.BeginTx(ctx, nil); err != nil {
		return err
	}
	if _, err := l.tx.ExecContext(ctx, "SET LOCAL statement_timeout = '2min'; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	// The number is also that of versions which lock it for a session.
	_, err = l.tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lock.DefaultLockID))
	return err
}

// SessionUnlock gives the lock back.
func (l *migrationLock) SessionUnlock(context.Context, *sql.Conn) error {
	if l.tx != nil {
		_ = l.tx.Rollback()
	}
	return l.db.Close()
}
