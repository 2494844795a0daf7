package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// protocolHTTP2 is the name of HTTP/2 in ALPN (RFC 9113 section 3.2).
const protocolHTTP2 = "h2"

// secured is a connection with TLS: a *tls.Conn.
type secured interface {
	net.Conn
	HandshakeContext(ctx context.Context) error
	ConnectionState() tls.ConnectionState
	NetConn() net.Conn
}

// secure makes the handshake of a connection with TLS, and reports whether the connection is this server's to serve: it is not where
// the handshake has failed, and where the client has chosen HTTP/2.
func (c *conn) secure() bool {
	s, ok := c.Conn.(secured)
	if !ok {
		return true
	}
	within := c.server.handshakeTimeout()
	c.expectWithin(within)
	if within > 0 {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(within))
	}
	if err := s.HandshakeContext(c.base); err != nil {
		c.refuseHandshake(err)
		return false
	}
	if within > 0 {
		_ = c.Conn.SetWriteDeadline(time.Time{})
	}
	state := s.ConnectionState()
	if state.NegotiatedProtocol == protocolHTTP2 {
		c.giveToHTTP(c.Conn)
		return false
	}
	c.tls = &state
	c.out.joins = true
	return true
}

// handshakeTimeout returns the least of the timeouts that there are, as with net/http; 0 is none.
func (s *Server) handshakeTimeout() time.Duration {
	var least time.Duration
	for _, limit := range []time.Duration{s.HTTP.ReadHeaderTimeout, s.HTTP.ReadTimeout, s.HTTP.WriteTimeout} {
		if limit > 0 && (least == 0 || limit < least) {
			least = limit
		}
	}
	return least
}

// refuseHandshake ends a connection without a handshake. A client that speaks HTTP without TLS is told so, in clear.
func (c *conn) refuseHandshake(err error) {
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record) && record.Conn != nil && beginsLikeHTTP(record.RecordHeader):
		_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
		_ = record.Conn.Close()
	case !c.server.stopping.Load():
		c.server.logf("http: TLS handshake error from %s: %v", c.remote, err)
	}
	c.end(false)
}

// beginsLikeHTTP reports whether what should begin a record of TLS begins a request of HTTP.
func beginsLikeHTTP(begin [5]byte) bool {
	switch string(begin[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "PATCH", "DELET":
		return true
	}
	return false
}

// socket returns the connection itself, below TLS where there is that.
func (c *conn) socket() net.Conn {
	if s, ok := c.Conn.(secured); ok {
		return s.NetConn()
	}
	return c.Conn
}

// interrupt ends a connection that nothing is answered on, without waiting for its client. The goroutine of one with TLS sees an end
// of what is to be read, and says goodbye itself: to write that may take as long as the client does not read.
func (c *conn) interrupt() {
	if half, ok := c.socket().(interface{ CloseRead() error }); ok && c.socket() != c.Conn && half.CloseRead() == nil {
		return
	}
	c.cut()
}

// cut closes a connection without a goodbye of TLS: to the client, what it got until now is not all.
func (c *conn) cut() { _ = c.socket().Close() }
