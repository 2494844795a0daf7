package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
)

const (
	minReconnect = 50 * time.Millisecond
	maxReconnect = time.Second
	// pingInterval is between two looks at a connection that listens, at least: all who wait for news ask for them.
	pingInterval = 20 * time.Second
)

// listening is the one connection that listens for all who want news, while there are any.
type listening struct {
	mu sync.Mutex
	// current is nil while nobody wants news.
	current *listener
	// deaf reports whether notifications do not arrive, since a pooler is in front: nobody listens any more.
	deaf bool
}

// listener is a connection with those who listen over it, by channel.
type listener struct {
	*pq.Listener
	pinging atomic.Bool
	// pinged is when that began last, in nanoseconds since 1970.
	pinged atomic.Int64
	// changed wakes who tells the server what is listened for.
	changed chan struct{}
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu   sync.Mutex
	news map[string]map[*news]struct{}
}

// news is what somebody wants to know of one channel.
type news struct {
	channel string
	of      *listening
	over    *listener
	// changed gets a value after notifications, and after each reconnect: anything may have been missed.
	changed chan struct{}
	// listening is closed once every change is notified.
	listening chan struct{}
	heard     sync.Once
}

// listen wants news of a channel until close is called. The end of ctx closes nothing, but close does not block.
func (s *Store) listen(channel string) *news {
	n := &news{channel: channel, of: &s.listening, changed: make(chan struct{}, 1), listening: make(chan struct{})}
	s.listening.mu.Lock()
	defer s.listening.mu.Unlock()
	if s.listening.deaf || s.ways.throughPooler() {
		return n
	}
	if s.listening.current == nil {
		s.listening.current = s.newListener()
	}
	n.over = s.listening.current
	n.over.add(n)
	return n
}

func (s *Store) newListener() *listener {
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{changed: make(chan struct{}, 1), cancel: cancel, news: map[string]map[*news]struct{}{}}
	// Those of a fleet do not come back in step.
	most := time.Duration((0.75 + 0.5*rand.Float64()) * float64(maxReconnect))
	l.Listener = pq.NewDialListener(interruptible{ctx, s.refusals}, s.dsn, minReconnect, most, func(_ pq.ListenerEventType, err error) {
		if isRefusal(err) {
			s.refusals.note(err)
		}
	})
	l.running.Go(l.deliver)
	l.running.Go(func() { l.keep(ctx) })
	return l
}

func (l *listener) add(n *news) {
	l.mu.Lock()
	if l.news[n.channel] == nil {
		l.news[n.channel] = map[*news]struct{}{}
	}
	l.news[n.channel][n] = struct{}{}
	l.mu.Unlock()
	l.wake()
}

// remove reports whether it was the last.
func (l *listener) remove(n *news) (last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.news[n.channel], n)
	if len(l.news[n.channel]) == 0 {
		delete(l.news, n.channel)
	}
	l.wake()
	return len(l.news) == 0
}

func (l *listener) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// deliver hands notifications to those who want them. One without a channel follows a reconnect, and is for all.
func (l *listener) deliver() {
	for notification := range l.Notify {
		l.mu.Lock()
		for channel, all := range l.news {
			if notification != nil && notification.Channel != channel {
				continue
			}
			for n := range all {
				n.tell()
			}
		}
		l.mu.Unlock()
	}
}

func (n *news) tell() {
	select {
	case n.changed <- struct{}{}:
	default:
	}
}

// keep tells the server what is listened for, until ctx ends. It blocks while there is no connection.
func (l *listener) keep(ctx context.Context) {
	listened := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.changed:
		}
		for channel := range listened {
			if !l.wanted(channel) {
				_ = l.Unlisten(channel)
				delete(listened, channel)
			}
		}
		for _, channel := range l.channels() {
			if !listened[channel] {
				if err := l.Listen(channel); err != nil && !errors.Is(err, pq.ErrChannelAlreadyOpen) {
					if ctx.Err() != nil {
						return
					}
					continue
				}
				listened[channel] = true
			}
			l.confirm(channel)
		}
	}
}

func (l *listener) wanted(channel string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.news[channel]) > 0
}

func (l *listener) channels() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	channels := make([]string, 0, len(l.news))
	for channel := range l.news {
		channels = append(channels, channel)
	}
	return channels
}

// confirm tells those who want news of a channel that they get them from now on.
func (l *listener) confirm(channel string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range l.news[channel] {
		n.heard.Do(func() { close(n.listening) })
	}
}

// ping finds out whether the connection died silently; it is then made anew. Until the network has given up on it the ping
// blocks, and others are left out.
func (n *news) ping() {
	l := n.over
	if l == nil || time.Now().UnixNano()-l.pinged.Load() < int64(pingInterval) || !l.pinging.CompareAndSwap(false, true) {
		return
	}
	l.pinged.Store(time.Now().UnixNano())
	go func() {
		_ = l.Ping()
		l.pinging.Store(false)
	}()
}

// close wants no more news. The connection ends with the last who wants any.
func (n *news) close() {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	if n.over == nil || !n.over.remove(n) || n.of.current != n.over {
		return
	}
	n.of.current = nil
	n.over.end()
}

// giveUp ends listening for good.
func (s *Store) giveUp() {
	s.listening.mu.Lock()
	defer s.listening.mu.Unlock()
	s.listening.deaf = true
	if s.listening.current != nil {
		s.listening.current.end()
		s.listening.current = nil
	}
}

func (l *listener) end() {
	l.cancel()
	_ = l.Close()
	l.running.Wait()
}

// interruptible dials connections that are closed when ctx ends.
type interruptible struct {
	ctx      context.Context
	refusals *refusals
}

func (d interruptible) Dial(network, address string) (net.Conn, error) {
	return d.DialTimeout(network, address, connectTimeout)
}

func (d interruptible) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	if err := d.ctx.Err(); err != nil {
		return nil, errors.Join(net.ErrClosed, err)
	}
	if err := d.refusals.refused(); err != nil {
		return nil, err
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
