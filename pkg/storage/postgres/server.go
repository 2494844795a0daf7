package postgres

import (
	"context"
	"database/sql"
	"errors"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// Server is what a user is told of a database that answers.
type Server struct {
	// Version is PostgreSQL's own, such as "18.4".
	Version string
	// SchemaVersion is the newest migration that has run; 0 where none has.
	SchemaVersion int64
}

// About describes the database to those who want to know what they are connected to.
func (s *Store) About(ctx context.Context) *api.Storage {
	return api.StorageOf("PostgreSQL", func() (string, int64, error) {
		server, err := s.Server(ctx)
		return server.Version, server.SchemaVersion, err
	})
}

// Server asks the database what it is.
func (s *Store) Server(ctx context.Context) (Server, error) {
	var server Server
	if err := s.db.QueryRowContext(ctx, `SELECT split_part(current_setting('server_version'), ' ', 1)`).Scan(&server.Version); err != nil {
		return Server{}, wrap(err)
	}
	var version sql.NullInt64
	err := s.db.QueryRowContext(ctx, `SELECT max(version_id) FROM mockforge_migrations WHERE is_applied`).Scan(&version)
	if err != nil && pq.As(err, pqerror.UndefinedTable) == nil && !errors.Is(err, sql.ErrNoRows) {
		return Server{}, wrap(err)
	}
	server.SchemaVersion = version.Int64
	return server, nil
}
