package http1

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// MalformedError says that a client did not send a request by RFC 9112. The body of a request gives it where chunks or trailers
// are not what they must be; heads are answered before a handler sees them.
type MalformedError struct {
	// Status is the one to answer with.
	Status int
	What   string
}

func (e *MalformedError) Error() string { return "the request is malformed: " + e.What }

func malformed(format string, arguments ...any) *MalformedError {
	return &MalformedError{Status: http.StatusBadRequest, What: fmt.Sprintf(format, arguments...)}
}

func refusedWith(status int, what string) *MalformedError {
	return &MalformedError{Status: status, What: what}
}

// errTooLarge is a head above the limit.
var errTooLarge = refusedWith(http.StatusRequestHeaderFieldsTooLarge, "its request line and headers are larger than the limit")

// fieldsOf takes the field lines of a block apart.
func fieldsOf(block string) (http.Header, error) {
	header, err := field.Parse(block, false)
	return header, asMalformed(err)
}

// asMalformed has what is wrong with fields as what is wrong with the request.
func asMalformed(err error) error {
	if err == nil {
		return nil
	}
	var wrong *field.Error
	if errors.As(err, &wrong) {
		return malformed("%s", wrong.What)
	}
	return err
}
