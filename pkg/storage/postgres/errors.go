package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// wrap turns an error of the driver into one of the product: whatever may be better later is an api.ErrUnavailable.
// No error of the driver carries the password.
func wrap(err error) error {
	switch {
	case err == nil, errors.Is(err, api.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case pq.As(err, pqerror.QueryCanceled) != nil:
		return api.ErrTooLong
	case pq.As(err, pqerror.UndefinedTable, pqerror.UndefinedColumn) != nil:
		return fmt.Errorf("%w: its schema is not up to date, the migration has not run", api.ErrUnavailable)
	case isTrouble(err):
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return err
}

// isTrouble reports whether err is of the connection or the server rather than of the statement.
func isTrouble(err error) bool {
	if pqErr, ok := errors.AsType[*pq.Error](err); ok {
		switch pqErr.Code.Class() {
		case "08", // connection exception
			"28", // invalid authorization
			"25", // invalid transaction state: a standby is read only
			"3D", // no such database
			"40", // serialization failure, deadlock
			"53", // insufficient resources
			"55", // lock not available
			"57", // operator intervention: shutdown, starting up
			"58", // system error
			"XX": // internal error
			return true
		}
		return pqErr.Code == pqerror.InsufficientPrivilege
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, known := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// TooMuch reports whether err, of WriteRecordings, is of what a smaller batch may not meet: it took longer than a time limit of
// the server, waited too long for a lock, or needed more than the server has or allows.
func TooMuch(err error) bool {
	if errors.Is(err, api.ErrTooLong) {
		return true
	}
	pqErr, ok := errors.AsType[*pq.Error](err)
	if !ok {
		return false
	}
	switch pqErr.Code {
	case pqerror.LockNotAvailable, pqerror.OutOfMemory, pqerror.ConfigurationLimitExceeded, pqerror.InternalError,
		"25P04": // transaction timeout, of PostgreSQL 17
		return true
	}
	return pqErr.Code.Class() == "54" // program limit exceeded
}
