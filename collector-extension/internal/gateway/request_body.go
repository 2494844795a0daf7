package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
)

// requestBody keeps the first bytes of what is read from a request's body. The transport may still read when the
// exchange is over, hence the lock.
type requestBody struct {
	source io.ReadCloser
	atEnd  atomic.Bool
	ahead  *readAhead

	kept *capture.Body

	mu sync.Mutex
	// failed is why the body could not be read to its end.
	failed error
	// record keeps the messages of a gRPC call, messages takes what is read apart for it; nil where the body is not one of
	// messages, or is taken apart on its way to the upstream.
	record   *stream.Record
	messages *stream.Tap
}

func (b *requestBody) Read(p []byte) (int, error) {
	var source io.Reader = b.source
	if b.ahead != nil {
		source = b.ahead
	}
	n, err := source.Read(p)
	if n > 0 {
		b.note(p[:n])
	}
	switch {
	case errors.Is(err, io.EOF):
		b.end()
	case err != nil:
		b.fail(err)
	}
	return n, err
}

func (b *requestBody) end() {
	b.atEnd.Store(true)
	b.kept.End()
}

// whole reports whether the end of the body was read.
func (b *requestBody) whole() bool {
	return b.atEnd.Load() || b.ahead != nil && b.ahead.whole()
}

// Ready reports whether all of the body has come already.
func (b *requestBody) Ready() bool {
	ready, ok := b.source.(interface{ Ready() bool })
	return ok && b.ahead == nil && ready.Ready()
}

func (b *requestBody) Close() error { return b.source.Close() }

func (b *requestBody) note(p []byte) {
	b.kept.Add(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.messages == nil {
		return
	}
	b.messages.Feed(p)
}

// stopRequest ends what a client of HTTP/2 still sends of a request whose answer is over: the transport waits for the end of
// that, for which a client that streams both ways may wait, too.
func (x *exchange) stopRequest() {
	if x.body.source != nil {
		_ = x.body.Close()
	}
}

// endsRequest is the body of an answer that a fault may end before its request has ended.
type endsRequest struct {
	io.ReadCloser
	exchange *exchange
}

// Close ends both.
func (b endsRequest) Close() error {
	b.exchange.stopRequest()
	return b.ReadCloser.Close()
}
