package http1

import (
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// maxTrailers bounds what is behind the last chunk, in bytes, where the limit of heads is larger: trailers are few and short.
const maxTrailers = 64 << 10

// maxDrained is how much is read of a body that a handler has left, so that its connection can be used again, in bytes.
const maxDrained = 256 << 10

// body is the body of a request. It may be read in another goroutine than the handler's, also while an answer is written, until the
// handler returns.
type body struct {
	conn   *conn
	closed atomic.Bool

	mu sync.Mutex
	// rest is what is to come of a body whose length is known; chunks reads others.
	rest   int64
	chunks *chunks
	// trailer takes what is behind the last chunk.
	trailer http.Header
	// expects reports whether the client waits for 100 before it sends any.
	expects bool
	err     error
}

// Read reads the body. The first one asks for it, where the client waits for that. A body of a known length ends
// with its last byte. What is not chunked right gives a *MalformedError, a client that leaves io.ErrUnexpectedEOF.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.err != nil:
		return 0, b.err
	case b.closed.Load():
		return 0, http.ErrBodyReadAfterClose
	case len(p) == 0:
		return 0, nil
	}
	if b.expects {
		b.expects = false
		b.conn.proceed()
	}
	return b.read(p)
}

// Ready reports whether all of the body has come already, and nobody reads it.
func (b *body) Ready() bool {
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	return b.err == nil && !b.expects && b.chunks == nil && int64(b.conn.reader.Buffered()) >= b.rest
}

func (b *body) read(p []byte) (int, error) {
	if !b.conn.watch.beginRead() {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.take(p)
	b.conn.watch.endRead()
	if err == nil {
		return n, nil
	}
	b.err = err
	var wrong *MalformedError
	if !errors.Is(err, io.EOF) && !errors.As(err, &wrong) && !isTimeout(err) {
		b.conn.left()
	}
	return n, err
}

func (b *body) take(p []byte) (int, error) {
	if b.chunks != nil {
		n, err := b.chunks.Read(p)
		if errors.Is(err, io.EOF) {
			if err := b.trailers(); err != nil {
				return n, err
			}
		}
		return n, err
	}
	n, err := b.conn.reader.Read(p[:min(int64(len(p)), b.rest)])
	b.rest -= int64(n)
	if b.rest == 0 {
		return n, io.EOF
	}
	return n, unexpected(err)
}

// trailers reads what is behind the last chunk (RFC 9112 section 7.1.2).
func (b *body) trailers() error {
	block, err := readBlock(b.conn.reader, min(b.conn.server.maxHeaderBytes(), maxTrailers), nil)
	if err != nil {
		return unexpected(err)
	}
	fields, err := fieldsOf(block)
	if err != nil {
		return err
	}
	for name, values := range fields {
		if isFraming(name) {
			return malformed("it has the trailer %s", name)
		}
		b.trailer[name] = values
	}
	return nil
}

// Close has later reads fail. What is left of the body is read when the handler has returned.
func (b *body) Close() error {
	b.closed.Store(true)
	return nil
}

// leaves reports whether a body would be left of which so much is to come, or nothing before the client is told to send it,
// that the connection is to be closed behind an answer which is sent now. Where somebody reads it, it is not known.
func (b *body) leaves() bool {
	if !b.mu.TryLock() {
		return false
	}
	defer b.mu.Unlock()
	return b.expects || b.err != nil && !errors.Is(b.err, io.EOF) || b.err == nil && b.rest > maxDrained
}

// finish reads what a handler has left, after watch.end, and reports whether the connection can be used again.
func (b *body) finish() bool {
	b.closed.Store(true)
	b.mu.Lock()
	defer b.mu.Unlock()
	atEnd := errors.Is(b.err, io.EOF)
	if b.err == nil && !b.expects && b.rest <= maxDrained {
		atEnd = b.drain()
	}
	b.err = http.ErrBodyReadAfterClose
	return atEnd
}

// drain reads the rest, within the time for which an idle connection is kept, and reports whether it came to the end.
func (b *body) drain() bool {
	b.conn.expectWithin(b.conn.server.idleTimeout())
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	for drained := 0; drained <= maxDrained; {
		n, err := b.take(buffer[:])
		drained += n
		if err != nil {
			return errors.Is(err, io.EOF)
		}
	}
	return false
}

const bufferSize = 32 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}
