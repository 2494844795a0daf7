package postgres

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// pollInterval bounds how long a lost notification, or an expiry that nobody has written yet, stays unseen.
	pollInterval = 5 * time.Second
	// retryFirst and retryMost are between attempts to read the scenario while PostgreSQL is away.
	retryFirst   = 100 * time.Millisecond
	retryMost    = time.Second
	minReconnect = 50 * time.Millisecond
	maxReconnect = time.Second
)

// Watch calls back with the live scenario whenever its version is another than before, starting from version 0 (nothing
// was ever set): on a notification, on every reconnect, and on a poll every 5 s. Calls come one at a time. It survives
// restarts of PostgreSQL, and returns nil when ctx ends.
func (s *Store) Watch(ctx context.Context, changed func(scenario.Scenario)) error {
	news := s.listen(ctx, Channel)
	defer news.close()

	var version int64
	listening := news.listening
	away := false
	pace := retry.NewPace(retryFirst, retryMost)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-listening:
			listening = nil // From now on every change is notified; what came before is read once more.
		case <-news.changed: // nil after a reconnect: anything may have been missed.
		case <-timer.C:
			news.ping()
		}
		current, err := s.Current(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if !away {
				s.logger.WarnContext(ctx, "the scenario cannot be read, the last one stays in force", "error", err)
			}
			away = true
			timer.Reset(pace.Next())
			continue
		case away:
			s.logger.InfoContext(ctx, "the scenario can be read again", "version", current.Version)
			away = false
			pace.Reset()
		}
		timer.Reset(pollInterval)
		if current.Version != version {
			version = current.Version
			changed(current)
		}
	}
}

// interruptible dials connections that are closed when ctx ends.
type interruptible struct{ ctx context.Context }

func (d interruptible) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, connectTimeout)
}

func (d interruptible) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	if err := d.ctx.Err(); err != nil {
		return nil, errors.Join(net.ErrClosed, err)
	}
	dialer := net.Dialer{Timeout: timeout}
	conn, err := dialer.DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(d.ctx, func() { _ = conn.Close() })
	return &interruptibleConn{Conn: conn, stop: stop}, nil
}

type interruptibleConn struct {
	net.Conn
	stop func() bool
}

func (c *interruptibleConn) Close() error {
	c.stop()
	return c.Conn.Close()
}
