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

// isOfContents reports whether err is of what was to be stored rather than of the file: SQLite has no room for a value of a GB.
func isOfContents(err error) bool {
	failed, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch failed.Code() & 0xff {
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_RANGE:
		return true
	}
	return false
}

// reasonOf returns what logs may know of why a recording is refused: the code, since the words may have contents of the recording.
func reasonOf(err error) string {
	failed, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return ""
	}
	return "SQLite: " + sqlite.ErrorCodeString[failed.Code()&0xff]
}

// TooMuch reports whether err, of WriteRecordings, is of what a smaller batch may not meet: it took too long, or needed more memory
// than there is.
func TooMuch(err error) bool {
	if errors.Is(err, api.ErrTooLong) {
		return true
	}
	failed, ok := errors.AsType[*sqlite.Error](err)
	return ok && failed.Code()&0xff == sqlite3.SQLITE_NOMEM
}
