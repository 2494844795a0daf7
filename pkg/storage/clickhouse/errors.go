package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// The codes of errors of ClickHouse that are told apart (src/Common/ErrorCodes.cpp).
const (
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
	codeTimeout         = 159
	codeMemory          = 241
	codeUnknownUser     = 192
	codeWrongPassword   = 193
	codeAuthentication  = 516
)

// exceptionNames are those that ClickHouse has for the codes that operators meet. Servers before 20.4 do not say them, and a name in the text of an error
// may be part of what it quotes.
var exceptionNames = map[int]string{
	3: "UNEXPECTED_END_OF_FILE", 16: "NO_SUCH_COLUMN_IN_TABLE", 32: "ATTEMPT_TO_READ_AFTER_EOF", 36: "BAD_ARGUMENTS",
	42: "NUMBER_OF_ARGUMENTS_DOESNT_MATCH", 43: "ILLEGAL_TYPE_OF_ARGUMENT", 44: "ILLEGAL_COLUMN", 46: "UNKNOWN_FUNCTION", 47: "UNKNOWN_IDENTIFIER",
	48: "NOT_IMPLEMENTED", 50: "UNKNOWN_TYPE", 53: "TYPE_MISMATCH", codeUnknownTable: "UNKNOWN_TABLE", 62: "SYNTAX_ERROR", 70: "CANNOT_CONVERT_TYPE",
	codeUnknownDatabase: "UNKNOWN_DATABASE", 115: "UNKNOWN_SETTING", codeTimeout: "TIMEOUT_EXCEEDED", 160: "TOO_SLOW", 164: "READONLY",
	codeUnknownUser: "UNKNOWN_USER", codeWrongPassword: "WRONG_PASSWORD", 201: "QUOTA_EXCEEDED", 202: "TOO_MANY_SIMULTANEOUS_QUERIES",
	209: "SOCKET_TIMEOUT", 210: "NETWORK_ERROR", codeMemory: "MEMORY_LIMIT_EXCEEDED", 242: "TABLE_IS_READ_ONLY", 243: "NOT_ENOUGH_SPACE",
	252: "TOO_MANY_PARTS", 279: "ALL_CONNECTION_TRIES_FAILED", 285: "TOO_FEW_LIVE_REPLICAS", 286: "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE",
	289: "REPLICA_IS_NOT_IN_QUORUM", 319: "UNKNOWN_STATUS_OF_INSERT", 394: "QUERY_WAS_CANCELLED", 497: "ACCESS_DENIED", codeAuthentication: "AUTHENTICATION_FAILED",
	999: "KEEPER_EXCEPTION", 1000: "POCO_EXCEPTION", 1001: "STD_EXCEPTION", 1002: "UNKNOWN_EXCEPTION",
}

// ours are codes of statements that this package gets wrong, which no later try makes better: unknown functions, columns, types and
// settings, wrong arguments, syntax.
var ours = map[int]bool{16: true, 36: true, 42: true, 43: true, 44: true, 46: true, 47: true, 50: true, 53: true, 62: true, 70: true, 115: true}

// ServerError is an error that a server answered with. It has nothing of its text, which may quote the statement, and with it contents of
// recordings: errors go to logs, and to users of the control API. The server's own log has all of it.
type ServerError struct {
	// Code is ClickHouse's number of the error; 0 where the answer has none.
	Code int
	// Status is that of the HTTP answer.
	Status int
}

func (e *ServerError) Error() string {
	switch name := exceptionNames[e.Code]; {
	case e.Code == 0:
		return fmt.Sprintf("ClickHouse answered with the HTTP status %d", e.Status)
	case name == "":
		return fmt.Sprintf("ClickHouse answered with the error %d; its log says more", e.Code)
	default:
		return fmt.Sprintf("ClickHouse answered with the error %d (%s); its log says more", e.Code, name)
	}
}

// codeOf finds the code where it begins a text, and so is part of no statement.
var codeOf = regexp.MustCompile(`^\s*Code: (\d{1,6})[,.]`)

// errorText is how much of what a server says is looked at, in bytes.
const errorText = 500

func serverError(response *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, errorText))
	e := &ServerError{Status: response.StatusCode}
	if code, err := strconv.Atoi(response.Header.Get("X-ClickHouse-Exception-Code")); err == nil {
		e.Code = code
	} else if found := codeOf.FindSubmatch(body); found != nil {
		e.Code, _ = strconv.Atoi(string(found[1]))
	}
	return e
}

// wrap turns an error into one of the product: whatever may be better later is an api.ErrUnavailable.
func wrap(err error) error {
	if err == nil || errors.Is(err, api.ErrUnavailable) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if said, ok := errors.AsType[*ServerError](err); ok {
		switch {
		case said.Code == codeTimeout:
			return api.ErrTooLong
		case said.Code == codeUnknownTable || said.Code == codeUnknownDatabase:
			return errNotMigrated
		case said.Code == codeUnknownUser || said.Code == codeWrongPassword || said.Code == codeAuthentication:
			return fmt.Errorf("%w: it refuses the user or the password", api.ErrUnavailable)
		case ours[said.Code]:
			return err
		}
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("%w: %w", api.ErrUnavailable, err)
	}
	return err
}

// outOfTime is api.ErrTooLong for a statement that ran into its own limit rather than the caller's.
func outOfTime(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return api.ErrTooLong
	}
	return err
}

// TooMuch reports whether err, of WriteBatch, is of what a smaller batch may not meet: it took longer than a time limit of the server, or
// needed more memory than it allows.
func TooMuch(err error) bool {
	said, ok := errors.AsType[*ServerError](err)
	return errors.Is(err, api.ErrTooLong) || ok && said.Code == codeMemory
}
