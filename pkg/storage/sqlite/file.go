package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// magic is how every SQLite database begins (SQLite documentation, Database File Format, section 1.3).
const magic = "SQLite format 3\x00"

// InUseError says that another process has the file.
type InUseError struct {
	Path string
	// PID is the process that has it, 0 where that is not known.
	PID int
}

func (e *InUseError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("another process (%d)", e.PID)
	}
	return fmt.Sprintf("%s is used by %s: a file has one collector; give each a path of its own, or all of them one PostgreSQL", e.Path, who)
}

// prepareFile makes the file where it is not there, takes its lock, and looks at it before SQLite does.
func (s *Store) prepareFile() error {
	directory := filepath.Dir(s.path)
	if info, err := os.Stat(directory); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("the database %s cannot be made: %s is not a directory", s.path, directory)
	}
	if info, err := os.Stat(s.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("the database %s is not a file", s.path)
	}
	// First, and by a file of its own: closing the database takes away the locks that a Store of this process has on it.
	lock, err := os.OpenFile(s.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the database %s cannot be locked: %w", s.path, err)
	}
	s.lock = lock
	if taken, err := tryLock(lock); err != nil {
		return fmt.Errorf("the database %s cannot be locked: %w", s.path, err)
	} else if !taken {
		return &InUseError{Path: s.path, PID: holder(lock)}
	}
	// Who cannot have it says whose it is. That is a help, and nothing depends on it.
	if lock.Truncate(0) == nil {
		_, _ = lock.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0)
	}
	// 0600: recordings are what clients have sent. SQLite gives its log the mode of the file.
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the database %s cannot be opened for writing: %w", s.path, cause(err))
	}
	defer file.Close()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(file, head)
	switch {
	case errors.Is(err, io.EOF): // It is empty.
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the database %s cannot be read: %w", s.path, cause(err))
	case !bytes.Equal(head[:n], []byte(magic)):
		return fmt.Errorf("%s is not an SQLite database; it was left as it is", s.path)
	}
	return nil
}

// holder returns the process that has written itself into a lock, 0 where that cannot be read.
func holder(lock *os.File) int {
	text := make([]byte, 20)
	n, err := lock.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	pid, err := strconv.Atoi(string(text[:n]))
	if err != nil {
		return 0
	}
	return pid
}

// claimFile marks a file that is new as ours, and refuses one of another program.
func (s *Store) claimFile(ctx context.Context) error {
	var id, tables int
	if err := s.writer.QueryRowContext(ctx, "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id").Scan(&id, &tables); err != nil {
		return s.wrap(err)
	}
	switch {
	case id == applicationID:
	case id != 0 || tables > 0:
		return fmt.Errorf("%s is an SQLite database of another program; it was left as it is", s.path)
	}
	if id == 0 {
		if _, err := s.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return s.wrap(err)
		}
	}
	// Readers go on while somebody writes. It stays in the file.
	var mode string
	if err := s.writer.QueryRowContext(ctx, "PRAGMA journal_mode = wal").Scan(&mode); err != nil {
		return s.wrap(err)
	}
	if mode != "wal" {
		return fmt.Errorf("the database %s cannot have a write-ahead log, as on file systems of a network: put it on a local disk", s.path)
	}
	return nil
}

// cause leaves out the path, which the whole error has already.
func cause(err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		return inner.Err
	}
	return err
}
