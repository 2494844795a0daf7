package gateway

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// requestBody keeps the first bytes of what is read from a request's body. The transport may still read when the
// exchange is over, hence the lock.
type requestBody struct {
	source io.ReadCloser
	limit  int
	size   atomic.Int64
	ended  atomic.Bool
	ahead  *readAhead

	mu   sync.Mutex
	kept []byte
	// messages takes what is read apart; nil where the body is not one of messages.
	messages *grpcMessages
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
	if errors.Is(err, io.EOF) {
		b.ended.Store(true)
	}
	return n, err
}

// whole is whether the end of the body was read.
func (b *requestBody) whole() bool {
	return b.ended.Load() || b.ahead != nil && b.ahead.whole()
}

func (b *requestBody) Close() error { return b.source.Close() }

func (b *requestBody) note(p []byte) {
	b.size.Add(int64(len(p)))
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.messages != nil {
		b.messages.feed(p)
	}
	if room := b.limit - len(b.kept); room > 0 {
		b.kept = append(b.kept, p[:min(room, len(p))]...)
	}
}

// captured is what was kept; nothing is kept any more.
func (b *requestBody) captured() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	kept := b.kept
	b.kept, b.limit = nil, 0
	if b.messages != nil && b.messages.compressed {
		// Nobody could tell what is in it; the messages are recorded decompressed.
		return nil
	}
	return kept
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
