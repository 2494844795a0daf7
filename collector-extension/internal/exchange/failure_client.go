package exchange

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// RequestFailure is what was wrong with the body of a request, and what its client is told; Status 0 is nothing, since it is gone.
type RequestFailure struct {
	Failure
	Status int
	Detail string
}

// OfRequest returns why the body of a request could not be read to its end: its client's doing, or a limit's. gone says whether
// the client's connection or stream has ended: what reading gives then says nothing of its own.
func OfRequest(err error, gone bool) RequestFailure {
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return RequestFailure{
			Failure{recording.ByLimit, recording.FailureTooLarge, "request body larger than the gateway's limit"},
			http.StatusRequestEntityTooLarge, "The request body is larger than the gateway allows.",
		}
	case IsTimeout(err):
		return RequestFailure{
			Failure{recording.ByClient, recording.FailureTimeout, "client's request body did not come in time"},
			http.StatusRequestTimeout, "The request body did not come in time.",
		}
	case gone, brokenOff(err):
		return RequestFailure{Failure: ClientAborted}
	}
	// net/http has no types for what is wrong with chunks, their trailers, and lengths that are not kept to.
	return RequestFailure{
		Failure{recording.ByClient, recording.FailureMalformed, "client's request body is malformed"},
		http.StatusBadRequest, "The request body is malformed: " + strings.TrimPrefix(err.Error(), "http: ") + ".",
	}
}

// brokenOff reports whether a body ended early since its connection did.
func brokenOff(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, new(*net.OpError)) || errors.As(err, new(syscall.Errno)) ||
		strings.Contains(err.Error(), "unexpected EOF") // of trailers
}

// IsTimeout reports whether err is of something that did not come in time.
func IsTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, context.DeadlineExceeded)
}
