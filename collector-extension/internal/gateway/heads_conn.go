package gateway

import (
	"context"
	"net"
	"net/http"
)

// headsConn tells the heads of the requests that it receives. It is a connection of TCP to all who look for one.
type headsConn struct {
	*net.TCPConn
	heads heads
}

// Read is that of the connection.
func (c *headsConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.heads.feed(p[:n])
	return n, err
}

// NetConn is the connection itself.
func (c *headsConn) NetConn() net.Conn { return c.TCPConn }

// headsListener wraps connections without TLS. Those with TLS net/http looks for, and must get as they are.
type headsListener struct{ net.Listener }

func (l headsListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &headsConn{TCPConn: tcp}, err
	}
	return conn, err
}

type headsKey struct{}

// withHeads lets handlers ask for what is known of the heads of a connection.
func withHeads(next func(context.Context, net.Conn) context.Context) func(context.Context, net.Conn) context.Context {
	return func(ctx context.Context, conn net.Conn) context.Context {
		if next != nil {
			ctx = next(ctx, conn)
		}
		if told, ok := conn.(*headsConn); ok {
			ctx = context.WithValue(ctx, headsKey{}, &told.heads)
		}
		return ctx
	}
}

// clarityOf is what is known of the length of r. It is asked once for each request.
func clarityOf(r *http.Request) clarity {
	told, ok := r.Context().Value(headsKey{}).(*heads)
	if !ok {
		return lengthUnknown
	}
	return told.take(r)
}
