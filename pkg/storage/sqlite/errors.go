package sqlite

import (
	"context"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// wrap turns an error of the driver into one of the product, which names the file: whatever may be better later, such as a disk
// that is full, is an api.ErrUnavailable.
func (s *Store) wrap(err error) error {
	failed, ok := errors.AsType[*sqlite.Error](err)
	switch {
	case err == nil, errors.Is(err, api.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), !ok:
		return err
	}
	switch failed.Code() & 0xff { // The rest of an extended code says more of the same.
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: the disk of %s is full", api.ErrUnavailable, s.path)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another program holds %s", api.ErrUnavailable, s.path)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: %s and the files beside it must be writable: %w", api.ErrUnavailable, s.path, failed)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s is not an SQLite database: %w", s.path, failed)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%s is damaged: restore it from a backup, or move it away: %w", s.path, failed)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL:
		return fmt.Errorf("%w: %s: %w", api.ErrUnavailable, s.path, failed)
	}
	return fmt.Errorf("%s: %w", s.path, failed)
}
