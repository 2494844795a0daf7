package gateway

import (
	"bufio"
	"net"
	"sync"
)

// upgradedConn counts as an active connection until it is closed: net/http no longer counts it once it is upgraded.
type upgradedConn struct {
	net.Conn
	// reader has what the client has sent early, and goes on with the rest.
	reader  *bufio.Reader
	gateway *Gateway
	once    sync.Once
}

// Read gives what the client sends, beginning with what came behind its request.
func (c *upgradedConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

func (c *upgradedConn) Close() error {
	c.once.Do(func() { c.gateway.connected(-1) })
	return c.Conn.Close()
}

// CloseWrite ends the client's direction only, as RFC 9293 section 3.6 allows.
func (c *upgradedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}
