package fault

import (
	"io"
	"net"
	"net/http"
	"time"
)

// BrokenError is how an exchange is broken off instead of being answered to its end. It is the error of what fails for it.
type BrokenError string

// The ways of breaking off.
const (
	// ErrReset resets the connection.
	ErrReset BrokenError = "reset"
	// ErrClosed closes it in good order.
	ErrClosed BrokenError = "closed"
	// ErrTruncated closes it in the middle of a body.
	ErrTruncated BrokenError = "truncated"
	// ErrChunk sends a chunk that is none, and closes the connection.
	ErrChunk BrokenError = "malformed"
)

// Error says that it was us.
func (b BrokenError) Error() string { return string(b) + " by an injected fault" }

// lingering is how long a connection that is closed in good order stays open for what its client still sends, and
// lingerBytes how much is read of that: to what comes later the system answers with a reset.
const (
	lingering   = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

// CarryOut breaks the connection of w off; begun reports whether anything was answered on it. Over HTTP/2, where the
// connection is not the exchange's own, it does nothing: a panic with http.ErrAbortHandler resets the stream there.
func (b BrokenError) CarryOut(w http.ResponseWriter, begun bool) {
	controller := http.NewResponseController(w)
	if begun {
		// What was answered so far is on its way before the connection breaks.
		_ = controller.Flush()
	}
	conn, buffered, err := controller.Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(lingering))
	_ = buffered.Flush()
	if b == ErrReset {
		Reset(conn)
		return
	}
	if b == ErrChunk && begun {
		_, _ = io.WriteString(conn, "this is no chunk\r\n")
	}
	closeInGoodOrder(conn)
}

// Reset closes conn by a TCP reset, also below TLS, so that nothing is left that looks like an end in good order.
func Reset(conn net.Conn) {
	raw := transport(conn)
	if lingers, ok := raw.(interface{ SetLinger(seconds int) error }); ok {
		_ = lingers.SetLinger(0)
	}
	_ = raw.Close()
}

func closeInGoodOrder(conn net.Conn) {
	raw := transport(conn)
	for _, c := range []net.Conn{conn, raw} {
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}
	_, _ = io.CopyN(io.Discard, raw, lingerBytes)
}

// transport returns what is below TLS, and below what listeners put around connections.
func transport(conn net.Conn) net.Conn {
	for {
		wrapped, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = wrapped.NetConn()
	}
}
