package http1

import (
	"bufio"
	"net"
	"sync/atomic"
)

const (
	// maxAhead is how much of what a client sends is read ahead while it is watched, maxAheadAll how much of all clients of a
	// server, in bytes.
	maxAhead    = 4 << 20
	maxAheadAll = 64 << 20
)

// input is what a client sends. One goroutine at a time uses it: who reads, or the watch.
type input struct {
	conn net.Conn
	// ahead was read while the client was watched, of which is read what is before at; err is how that ended.
	ahead []byte
	at    int
	err   error
	// probe is what is read into while nothing comes, as mostly; kept so that waiting takes no memory.
	probe [256]byte
	// room is how much all connections of the server may still read ahead.
	room *atomic.Int64
}

// Read gives first what was read ahead.
func (i *input) Read(p []byte) (int, error) {
	switch {
	case i.at < len(i.ahead):
		n := copy(p, i.ahead[i.at:])
		i.at += n
		if i.at == len(i.ahead) {
			i.release()
		}
		return n, nil
	case i.err != nil:
		return 0, i.err
	}
	return i.conn.Read(p)
}

// release lets go of what was read ahead.
func (i *input) release() {
	if i.ahead == nil {
		return
	}
	i.room.Add(int64(len(i.ahead)))
	i.ahead, i.at = nil, 0
}

// readAhead reads until the client has left, a deadline is over, or there is no more room. A client that ends its direction only, to
// wait for its answer, is taken to have left: nothing tells it from one that has closed until something is written (docs/adr/0008).
func (i *input) readAhead() (left, full bool) {
	if i.err != nil {
		return true, false
	}
	for buffer := i.probe[:]; len(i.ahead) < maxAhead; {
		n, err := i.conn.Read(buffer)
		i.ahead = append(i.ahead, buffer[:n]...)
		room := i.room.Add(-int64(n))
		if err != nil {
			if isTimeout(err) {
				return false, false
			}
			i.err = err
			return true, false
		}
		if room <= 0 {
			break
		}
		if n == len(buffer) && n == len(i.probe) {
			pooled := buffers.Get().(*[bufferSize]byte)
			defer buffers.Put(pooled) // Once: it is larger than the probe.
			buffer = pooled[:]
		}
	}
	return false, true
}

// takeOver gives a reader that has all that was read of the connection in its buffer, for who reads from the connection behind that.
func (i *input) takeOver(r *bufio.Reader) *bufio.Reader {
	waiting := r.Buffered() + len(i.ahead) - i.at
	if waiting <= r.Size() && r.Buffered() == waiting {
		return r
	}
	larger := bufio.NewReaderSize(r, waiting)
	for larger.Buffered() < waiting {
		if _, err := larger.Peek(larger.Buffered() + 1); err != nil {
			break
		}
	}
	return larger
}
