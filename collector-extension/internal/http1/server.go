package http1

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
)

// What cannot be accepted is tried again after acceptFirst, and ever more seldom up to acceptMost.
const acceptFirst, acceptMost = 5 * time.Millisecond, time.Second

// Server serves HTTP/1 by itself, with and without TLS, and lets HTTP serve HTTP/2: connections that begin with its preface, and those
// with TLS whose clients have chosen it (ALPN).
type Server struct {
	// HTTP has the settings for both: Handler, BaseContext, ConnContext, ConnState, ErrorLog, MaxHeaderBytes, and the timeouts
	// with the meaning that they have there. It is served and stopped by this server.
	HTTP *http.Server
	// Handler serves what comes by HTTP/1; nil is that of HTTP.
	Handler http.Handler
	// NoKeepAlive closes connections behind each answer.
	NoKeepAlive bool
	// Refused is called with the status for each request that is answered before the handler sees it, being none by RFC 9112, larger
	// than the limit, or late; nil is not to.
	Refused func(status int)

	others *others
	// tell is ConnState of HTTP, as it was.
	tell     func(net.Conn, http.ConnState)
	stopping atomic.Bool
	// halted is closed when the server stops.
	halted chan struct{}
	dated  atomic.Pointer[dated]
	// aheadRoom is how much all connections may still read ahead.
	aheadRoom atomic.Int64

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	// empty is closed when the last connection is over, where somebody waits for that.
	empty chan struct{}
}

// Serve accepts connections, of TLS where the listener has it, until the listener fails or the server is stopped, which gives http.ErrServerClosed. It may be called
// once.
func (s *Server) Serve(listener net.Listener) error {
	defer listener.Close()
	s.mu.Lock()
	if s.stopping.Load() {
		s.mu.Unlock()
		return http.ErrServerClosed
	}
	s.listeners = map[net.Listener]struct{}{listener: {}}
	s.conns, s.halted = map[*conn]struct{}{}, make(chan struct{})
	s.others = newOthers(listener.Addr())
	s.aheadRoom.Store(maxAheadAll)
	base := context.Background()
	if s.HTTP.BaseContext != nil {
		base = s.HTTP.BaseContext(listener)
	}
	s.countOnce()
	s.mu.Unlock()

	var rest sync.WaitGroup
	defer rest.Wait()
	defer s.others.Close()
	rest.Go(func() { _ = s.HTTP.Serve(s.others) })
	pace, failing := retry.NewPace(acceptFirst, acceptMost), false
	for {
		accepted, err := listener.Accept()
		if err == nil {
			if failing {
				failing = false
				pace.Reset()
			}
			s.take(base, accepted)
			continue
		}
		if s.stopping.Load() {
			return http.ErrServerClosed
		}
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return err
		}
		// Mostly there are too many open files.
		failing = true
		wait := pace.Next()
		s.logf("http1: cannot accept a connection, and tries again in %v: %v", wait, err)
		again := time.NewTimer(wait)
		select {
		case <-again.C:
		case <-s.halted:
			again.Stop()
			return http.ErrServerClosed
		}
	}
}

// countOnce keeps HTTP from telling of connections that this server has told of.
func (s *Server) countOnce() {
	if tell := s.HTTP.ConnState; tell != nil {
		s.tell = tell
		s.HTTP.ConnState = func(c net.Conn, state http.ConnState) {
			if handed, ok := c.(*handedConn); ok {
				c = handed.Conn
			}
			if state != http.StateNew {
				tell(c, state)
			}
		}
	}
}

// take serves a connection.
func (s *Server) take(base context.Context, accepted net.Conn) {
	c := newConn(base, s, accepted)
	s.state(c, http.StateNew)
	s.mu.Lock()
	stopping := s.stopping.Load()
	if !stopping {
		s.conns[c] = struct{}{}
	}
	s.mu.Unlock()
	if stopping {
		_ = accepted.Close()
		s.state(c, http.StateClosed)
		return
	}
	go c.serve()
}

// handOver has HTTP serve a connection.
func (s *Server) handOver(c *conn, accepted net.Conn) {
	if !s.others.give(accepted) {
		_ = accepted.Close()
		s.state(c, http.StateClosed)
	}
}

func (s *Server) state(c *conn, state http.ConnState) {
	if s.tell != nil {
		s.tell(c.Conn, state)
	}
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if len(s.conns) == 0 && s.empty != nil {
		close(s.empty)
		s.empty = nil
	}
}

// Shutdown closes the listener and what is idle, lets requests end, and returns when they have, or when ctx has ended.
func (s *Server) Shutdown(ctx context.Context) error {
	empty := s.stop(func(c *conn) {
		if c.phase.CompareAndSwap(idle, ended) {
			c.interrupt()
		}
	})
	err := s.HTTP.Shutdown(ctx)
	select {
	case <-empty:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes the listener and all connections but those that were taken over.
func (s *Server) Close() error {
	s.stop(func(c *conn) {
		c.phase.Store(ended)
		c.cut()
		c.left()
	})
	return s.HTTP.Close()
}

// stop accepts nothing more, does end to all connections, and gives a channel that is closed when there are none.
func (s *Server) stop(end func(*conn)) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping.Swap(true) && s.halted != nil {
		close(s.halted)
	}
	for listener := range s.listeners {
		_ = listener.Close()
	}
	if len(s.conns) == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	for c := range s.conns {
		end(c)
	}
	if s.empty == nil {
		s.empty = make(chan struct{})
	}
	return s.empty
}

func (s *Server) logf(format string, arguments ...any) {
	if s.HTTP.ErrorLog != nil {
		s.HTTP.ErrorLog.Printf(format, arguments...)
		return
	}
	log.Printf(format, arguments...)
}

func (s *Server) handler() http.Handler {
	switch {
	case s.Handler != nil:
		return s.Handler
	case s.HTTP.Handler != nil:
		return s.HTTP.Handler
	}
	return http.DefaultServeMux
}

func (s *Server) maxHeaderBytes() int {
	if s.HTTP.MaxHeaderBytes > 0 {
		return s.HTTP.MaxHeaderBytes
	}
	return http.DefaultMaxHeaderBytes
}

func (s *Server) idleTimeout() time.Duration {
	if s.HTTP.IdleTimeout != 0 {
		return s.HTTP.IdleTimeout
	}
	return s.HTTP.ReadTimeout
}

func (s *Server) headTimeout() time.Duration {
	if s.HTTP.ReadHeaderTimeout != 0 {
		return s.HTTP.ReadHeaderTimeout
	}
	return s.HTTP.ReadTimeout
}

// dated is the Date of a second.
type dated struct {
	second int64
	text   string
}

// date returns the Date of now, which is made once in a second.
func (s *Server) date() string {
	now := time.Now()
	if d := s.dated.Load(); d != nil && d.second == now.Unix() {
		return d.text
	}
	d := &dated{now.Unix(), now.UTC().Format(http.TimeFormat)}
	s.dated.Store(d)
	return d.text
}
