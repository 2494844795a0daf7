package sqlite

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date, which Open has done already: then there is nothing to do. A schema that is newer than this
// program is refused: the file has no other user who would need it left so.
func (s *Store) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writer, files,
		goose.WithTableName("mockforge_migrations"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	stored, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", s.path, s.wrap(err))
	}
	if stored > known {
		return fmt.Errorf("%s was written by a newer version of this program (its schema is %d, the newest known is %d): use that version; the file was left as it is", s.path, stored, known)
	}
	done, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("bring %s up to date: %w", s.path, s.wrap(err))
	}
	if len(done) > 0 {
		s.logger.InfoContext(ctx, "database file migrated", "path", s.path, "migrations", len(done), "version", known)
	}
	return nil
}
