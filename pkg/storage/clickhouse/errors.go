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
	"strings"

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

// ours are codes of statements that this package gets wrong, which no later try makes better: unknown functions, columns, types and
// settings, wrong arguments, syntax.
var ours = map[int]bool{16: true, 36: true, 42: true, 43: true, 44: true, 46: true, 47: true, 50: true, 53: true, 62: true, 70: true, 115: true}

// ServerError is what a server said.
type ServerError struct {
	// Code is ClickHouse's number of the error; 0 where the answer has none.
	Code int
	// Status is that of the HTTP answer.
	Status int
	// Text may quote the statement, and with it contents of recordings.
	Text string
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("ClickHouse answered %d: %s", e.Status, e.Text)
}

var codeOf = regexp.MustCompile(`Code: (\d{1,6})[,.]`)

// errorText is how much of what a server says is kept.
const errorText = 500

func serverError(response *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, errorText))
	e := &ServerError{Status: response.StatusCode, Text: strings.TrimSpace(strings.ToValidUTF8(string(body), "?"))}
	if found := codeOf.FindStringSubmatch(e.Text); found != nil {
		e.Code, _ = strconv.Atoi(found[1])
	} else if code, err := strconv.Atoi(response.Header.Get("X-ClickHouse-Exception-Code")); err == nil {
		e.Code = code
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
