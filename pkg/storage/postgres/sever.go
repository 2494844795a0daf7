package postgres

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// Sever breaks off all that is in progress, and refuses all that begins from now on, with an api.ErrUnavailable. It is for
// a process that has to end: a statement is cancelled over another connection, so that the end of a context alone ends none
// while PostgreSQL's machine does not answer.
func (s *Store) Sever() { s.connections.sever() }

// connections are the connections of a pool, as they are dialed.
type connections struct {
	dialer net.Dialer

	mu      sync.Mutex
	open    map[*connection]struct{}
	severed bool
}

// connection is one that forgets itself once it is closed.
type connection struct {
	net.Conn
	of *connections
}

// Dial connects, as pq has it.
func (c *connections) Dial(network, address string) (net.Conn, error) {
	return c.DialContext(context.Background(), network, address)
}

// DialTimeout connects within a time.
func (c *connections) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return c.DialContext(ctx, network, address)
}

// DialContext connects until ctx ends.
func (c *connections) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dialed, err := c.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	made := &connection{dialed, c}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.severed {
		_ = dialed.Close()
		return nil, api.ErrUnavailable
	}
	if c.open == nil {
		c.open = map[*connection]struct{}{}
	}
	c.open[made] = struct{}{}
	if over, ok := ctx.Value(dialedKey{}).(*net.Conn); ok {
		*over = made
	}
	return made, nil
}

// Close closes the connection.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

func (c *connections) sever() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.severed = true
	for one := range c.open {
		_ = one.Conn.Close()
	}
	clear(c.open)
}
