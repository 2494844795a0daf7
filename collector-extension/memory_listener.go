package mockforgeextension

import (
	"context"
	"net"
	"sync"
)

// dialledFor is the key of a context under which is what request, by its traceparent, a connection is opened for.
type dialledFor struct{}

// dialled is the gateway's side of a connection.
type dialled struct {
	net.Conn
	key string
}

// memoryListener accepts connections that its dial makes.
type memoryListener struct {
	connections chan dialled
	closed      chan struct{}
	once        sync.Once
	// accepted is the request that the last connection was opened for. It belongs to the goroutine that accepts.
	accepted string
}

func newMemoryListener() *memoryListener {
	return &memoryListener{connections: make(chan dialled), closed: make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		l.accepted = c.key
		return c.Conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "replay", Net: "memory"} }

func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	key, _ := ctx.Value(dialledFor{}).(string)
	select {
	case l.connections <- dialled{server, key}:
		return client, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
