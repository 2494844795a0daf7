package http1

import (
	"bufio"
	"net"
	"sync"
)

// others is the listener by which net/http gets what this package does not serve.
type others struct {
	address net.Addr
	given   chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newOthers(address net.Addr) *others {
	return &others{address: address, given: make(chan net.Conn), closed: make(chan struct{})}
}

// give reports whether somebody has taken the connection.
func (o *others) give(c net.Conn) bool {
	select {
	case o.given <- c:
		return true
	case <-o.closed:
		return false
	}
}

// Accept returns the next connection that was given.
func (o *others) Accept() (net.Conn, error) {
	select {
	case c := <-o.given:
		return c, nil
	case <-o.closed:
		return nil, net.ErrClosed
	}
}

func (o *others) Close() error {
	o.once.Do(func() { close(o.closed) })
	return nil
}

// Addr returns the address of the listener from which the connections come.
func (o *others) Addr() net.Addr { return o.address }

// handedConn is a connection of which something was read already.
type handedConn struct {
	net.Conn
	reader *bufio.Reader
}

// Read gives first what was read before.
func (c *handedConn) Read(p []byte) (int, error) {
	if c.reader.Buffered() > 0 {
		return c.reader.Read(p)
	}
	return c.Conn.Read(p)
}

// NetConn returns the connection itself.
func (c *handedConn) NetConn() net.Conn { return c.Conn }
