package gateway

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// What recordings say about requests whose body could not be read to its end.
const (
	failureBodyTooLarge  = "request body larger than the gateway's limit"
	failureBodyMalformed = "client's request body is malformed"
	failureBodyTimeout   = "client's request body did not come in time"
)

// bodyFailure is what the client did wrong with a body, and what it is told; status 0 is nothing, since it is gone.
type bodyFailure struct {
	failure string
	status  int
	detail  string
}

// fail notes why the body cannot be read to its end, unless the gateway has ended it.
func (b *requestBody) fail(err error) {
	if errors.Is(err, http.ErrBodyReadAfterClose) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed = err
	}
}

// failure is why the body could not be read to its end, nil where it could so far.
func (b *requestBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// clientFailed is what the client did wrong with the body of r, nil for nothing. Whatever fails then fails for that: an
// upstream cannot answer half a request.
func (x *exchange) clientFailed(r *http.Request) *bodyFailure {
	err := x.body.failure()
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*http.MaxBytesError)):
		return &bodyFailure{failureBodyTooLarge, http.StatusRequestEntityTooLarge, "The request body is larger than the gateway allows."}
	case isTimeout(err):
		return &bodyFailure{failureBodyTimeout, http.StatusRequestTimeout, "The request body did not come in time."}
	case brokenOff(err), r.ProtoMajor > 1 && !strings.Contains(err.Error(), "Content-Length"),
		x.client.Err() != nil: // Its connection has ended, which net/http takes for a trailer that is too long.
		return &bodyFailure{failure: failureClient}
	}
	// net/http has no types for what is wrong with chunks, their trailers, and lengths that are not kept to.
	return &bodyFailure{failureBodyMalformed, http.StatusBadRequest, "The request body is malformed: " + strings.TrimPrefix(err.Error(), "http: ") + "."}
}

// brokenOff is whether a body ended early since its connection did.
func brokenOff(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.Canceled) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, new(*net.OpError)) || errors.As(err, new(syscall.Errno)) ||
		strings.Contains(err.Error(), "unexpected EOF") // of trailers
}

// answerFailed answers a client for its body, on a connection that carries nothing behind it: where the body ends is not known.
func (x *exchange) answerFailed(w http.ResponseWriter, r *http.Request, failed *bodyFailure) {
	if failed.status == 0 {
		x.abort(failed.failure)
	}
	x.failure, x.last = failed.failure, r.ProtoMajor == 1
	answer(w, r, x.what, failed.status, failed.detail)
}
