package gateway

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// maxReadAhead is how much of a body is read while an exchange waits, in bytes.
	maxReadAhead = 64 << 10
	// readGrace is how long an answer of ours waits for the end of a body that has not come yet, so that its connection
	// can be used again.
	readGrace = 50 * time.Millisecond
)

// readAhead reads the beginning of an HTTP/1 body while a fault makes the exchange wait. net/http notices that a client
// has gone away only once the body was read to its end; without this, the wait would outlive the client.
type readAhead struct {
	source io.Reader

	mu       sync.Mutex
	changed  *sync.Cond
	buffered []byte
	err      error
	// stopping reports whether the background should stop, finished whether it has; then done is closed.
	stopping, finished bool
	done               chan struct{}
}

func newReadAhead(source io.Reader) *readAhead {
	a := &readAhead{source: source, done: make(chan struct{})}
	a.changed = sync.NewCond(&a.mu)
	go a.run()
	return a
}

func (a *readAhead) run() {
	var chunk [4 << 10]byte
	a.mu.Lock()
	defer a.mu.Unlock()
	for !a.stopping && a.err == nil && len(a.buffered) < maxReadAhead {
		a.mu.Unlock()
		n, err := a.source.Read(chunk[:])
		a.mu.Lock()
		a.buffered, a.err = append(a.buffered, chunk[:n]...), err
		a.changed.Broadcast()
	}
	a.finished = true
	close(a.done)
	a.changed.Broadcast()
}

// whole reports whether the end of the body was read.
func (a *readAhead) whole() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Is(a.err, io.EOF)
}

// Read takes over from the background: what it has read comes first.
func (a *readAhead) Read(p []byte) (int, error) {
	a.mu.Lock()
	a.stopping = true
	for len(a.buffered) == 0 && a.err == nil && !a.finished {
		a.changed.Wait()
	}
	if len(a.buffered) > 0 {
		n := copy(p, a.buffered)
		a.buffered = a.buffered[n:]
		a.mu.Unlock()
		return n, nil
	}
	err := a.err
	a.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return a.source.Read(p)
}

// stop ends the background, before the exchange is answered or over. A read that waits for the client is broken off,
// and the connection with it: its body could not be read to the end anyway. It returns what was read.
func (a *readAhead) stop(w http.ResponseWriter) []byte {
	grace := time.NewTimer(readGrace)
	defer grace.Stop()
	select {
	case <-a.done:
	case <-grace.C:
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stopping = true
	if !a.finished {
		// The deadline also ends the context of the connection, and with it that of the requests to come.
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0))
	}
	for !a.finished {
		a.changed.Wait()
	}
	read := a.buffered
	a.buffered = nil
	return read
}
