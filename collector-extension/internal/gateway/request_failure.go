package gateway

import (
	"errors"
	"net/http"
	"strings"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
)

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

// failure returns why the body could not be read to its end, nil where it could so far.
func (b *requestBody) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failed
}

// clientFailed returns what the client did wrong with the body of r, or what a limit has refused of it; nil for nothing. Whatever
// fails then fails for that: an upstream cannot answer half a request.
func (x *exchange) clientFailed(r *http.Request) *core.RequestFailure {
	err := x.body.failure()
	if err == nil {
		return nil
	}
	// net/http takes a connection that has ended for a trailer that is too long, and HTTP/2 has no malformed bodies but for their length.
	failed := core.OfRequest(err, r.ProtoMajor > 1 && !strings.Contains(err.Error(), "Content-Length") || x.client.Err() != nil)
	return &failed
}

// answerFailed answers a client for its body, on a connection that carries nothing behind it: where the body ends is not known.
func (x *exchange) answerFailed(w http.ResponseWriter, r *http.Request, failed *core.RequestFailure) {
	if failed.Status == 0 {
		x.abort(failed.Failure)
	}
	x.Fail(failed.Failure)
	x.last = r.ProtoMajor == 1
	answer(w, r, x.what, failed.Status, failed.Detail)
}
