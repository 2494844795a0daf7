package sqlite

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// About describes the file to those who want to know where things are.
func (s *Store) About(ctx context.Context) *api.Storage {
	return api.StorageOf("SQLite", func() (version string, schema int64, err error) {
		if err := s.reads.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
			return "", 0, s.wrap(err)
		}
		err = s.reads.QueryRowContext(ctx, "SELECT max(version_id) FROM mockforge_migrations WHERE is_applied").Scan(&schema)
		return version, schema, s.wrap(err)
	})
}
