package postgres

import (
	"context"
	"sync/atomic"

	"github.com/lib/pq"
)

// news listens on a channel with one connection of its own, dialed so that the end of the context interrupts it in any state.
type news struct {
	listener *pq.Listener
	// changed gets one value, or nil, for each notification, and for each reconnect: anything may have been missed.
	changed <-chan *pq.Notification
	// listening is closed once every change is notified.
	listening <-chan struct{}
	pinging   atomic.Bool
}

func (s *Store) listen(ctx context.Context, channel string) *news {
	listener := pq.NewDialListener(interruptible{ctx}, s.dsn, minReconnect, maxReconnect, nil)
	listening := make(chan struct{})
	go func() {
		// Blocks until there is a connection, or the listener is closed.
		if err := listener.Listen(channel); err == nil {
			close(listening)
		}
	}()
	return &news{listener: listener, changed: listener.Notify, listening: listening}
}

// ping finds out whether the connection died silently; the listener then reconnects. Until the network has given up on
// the connection the ping blocks, and others are left out.
func (n *news) ping() {
	if n.pinging.CompareAndSwap(false, true) {
		go func() {
			_ = n.listener.Ping()
			n.pinging.Store(false)
		}()
	}
}

func (n *news) close() {
	_ = n.listener.Close()
	for range n.listener.Notify {
	}
}
