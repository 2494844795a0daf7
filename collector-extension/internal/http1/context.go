package http1

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// requestContext is the context of a request. It ends when the client leaves, when the connection's own ends, and when the handler
// has returned. That it can end costs nothing until somebody asks to be told: only then is there a channel, and is the client
// watched.
type requestContext struct {
	conn *conn
	head Head

	// attached is asked first for values; nil where nothing is attached.
	attached interface{ Value(key any) any }

	mu  sync.Mutex
	err error
	// inner tells of the end; nil until somebody has asked to be told.
	inner  context.Context
	cancel context.CancelFunc
}

// Deadline returns the deadline of the connection's context.
func (c *requestContext) Deadline() (time.Time, bool) { return c.conn.context.Deadline() }

// Done begins to watch the client.
func (c *requestContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		// Of a kind that package context knows, so that contexts derived from it need no goroutine.
		c.inner, c.cancel = context.WithCancel(c.conn.values)
		if c.err != nil {
			c.cancel()
		} else {
			c.conn.watch.arm()
		}
	}
	return c.inner.Done()
}

// Err returns why the context has ended. Of a client that has left it may not know where nobody has called Done.
func (c *requestContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Value has the head of the request beside the values of the connection's context.
func (c *requestContext) Value(key any) any {
	switch key {
	case headKey{}:
		return c // Not a Head, which would be one more piece of memory each time.
	case http.ServerContextKey:
		return c.conn.server.HTTP
	}
	if c.attached != nil {
		if value := c.attached.Value(key); value != nil {
			return value
		}
	}
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner != nil {
		return inner.Value(key)
	}
	return c.conn.values.Value(key)
}

// end ends the context, also for those who ask for it only then.
func (c *requestContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = context.Canceled
	if c.cancel != nil {
		c.cancel()
	}
}

// reset makes the context that of the next request.
func (c *requestContext) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.head, c.attached, c.err, c.inner, c.cancel = Head{}, nil, nil, nil, nil
}
