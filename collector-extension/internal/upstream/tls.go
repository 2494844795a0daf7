package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// wire is a connection below TLS. It tells what tls.Conn does not: whether the connection ended without a goodbye, and whether anything
// has come that nobody waits for.
type wire struct {
	net.Conn
	raw syscall.RawConn
	// looking has reads give what is there without waiting. Who has the idle connection sets it.
	looking bool
	// ended is whether the end of the connection was read: tls.Conn reads no further than the goodbye (close_notify).
	ended bool
	// leaving is whether this side closes it.
	leaving atomic.Bool
}

func newWire(c net.Conn) *wire {
	w := &wire{Conn: c}
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			w.raw = raw
		}
	}
	return w
}

// Read reads for tls.Conn.
func (w *wire) Read(p []byte) (int, error) {
	read := w.Conn.Read
	if w.looking {
		read = w.readNow
	}
	n, err := read(p)
	if errors.Is(err, io.EOF) {
		w.ended = true
	}
	return n, err
}

// goodbye is how long a connection that is closed may take for its close_notify: an upstream that does not read gets none.
const goodbye = 10 * time.Millisecond

// SetWriteDeadline bounds the goodbye, for which tls.Conn would take 5 s.
func (w *wire) SetWriteDeadline(at time.Time) error {
	if soon := time.Now().Add(goodbye); w.leaving.Load() && at.After(soon) {
		at = soon
	}
	return w.Conn.SetWriteDeadline(at)
}

// aliveOverTLS is alive for a connection with TLS. What the upstream sends unasked there is not always its end, nor an answer: tickets
// and changes of keys come at any time (RFC 8446 section 4.6), so that TLS must read it.
func (c *conn) aliveOverTLS(now time.Time) bool {
	c.patient(now)
	c.below.looking = true
	var one [1]byte
	n, err := c.Conn.Read(one[:])
	c.below.looking = false
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

// cutOff reports whether the connection ended without that the upstream said so, where TLS has it say so: who counts on the end
// of the connection cannot tell then whether all has come (RFC 9112 section 9.8).
func (c *conn) cutOff() bool { return c.below != nil && c.below.ended }

// refusal returns why a connection with TLS takes nothing, where err is what writing to it said: an upstream that refuses the handshake of
// TLS 1.3 for its client's certificate says so behind the client's end of it.
func (c *call) refusal(err error) error {
	if c.conn.below == nil || c.conn.reused {
		return err
	}
	c.within(lastWords)
	var told *net.OpError
	if _, said := c.conn.reader.Peek(1); errors.As(said, &told) && told.Op == "remote error" {
		return said
	}
	return err
}

// handshakeTimeoutError is the end of a handshake that took too long.
type handshakeTimeoutError struct{}

// Error says so.
func (handshakeTimeoutError) Error() string { return "upstream: TLS handshake timeout" }

// Timeout is true.
func (handshakeTimeoutError) Timeout() bool { return true }

// Temporary is true.
func (handshakeTimeoutError) Temporary() bool { return true }

// dialTLS opens a connection with TLS, and ends it with ctx until the handshake is over.
func (t *Transport) dialTLS(ctx context.Context, address string, config *tls.Config) (*tls.Conn, *wire, error) {
	plain, err := t.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	below := newWire(plain)
	secure := tls.Client(below, config)
	bounded, cancel := context.WithTimeout(ctx, t.HandshakeTimeout)
	defer cancel()
	if err := secure.HandshakeContext(bounded); err != nil {
		_ = plain.Close()
		if ctx.Err() == nil && bounded.Err() != nil {
			err = handshakeTimeoutError{}
		}
		return nil, nil, err
	}
	return secure, below, nil
}

// newSecureConn is newConn for one with TLS.
func (t *Transport) newSecureConn(c *tls.Conn, below *wire) *conn {
	made := newConn(c, t.ReadBuffer, t.WriteBuffer)
	state := c.ConnectionState()
	made.below, made.state = below, &state
	return made
}
