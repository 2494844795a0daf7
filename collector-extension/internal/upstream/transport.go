package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what a Transport is made of. The zero value of each but Dial is its default.
type Options struct {
	// Dial opens a connection; nil is that of net.Dialer with a timeout of 30 s.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HeaderTimeout is how long an upstream may take from the end of a request to the head of its answer; 0 is without end.
	HeaderTimeout time.Duration
	// IdleTimeout is how long a connection is kept that nothing uses; 0 is without end.
	IdleTimeout time.Duration
	// MaxIdle is how many connections are kept that nothing uses, by address, by default 100; negative keeps none. MaxConns
	// bounds all of one address, those in use too; 0 is without bound.
	MaxIdle, MaxConns int
	// MaxHeaderBytes bounds the head of an answer, and its trailers, by default 1 MiB.
	MaxHeaderBytes int
	// ReadBuffer and WriteBuffer are the sizes of the buffers of a connection in bytes, by default 4096.
	ReadBuffer, WriteBuffer int
}

const (
	defaultDialTimeout = 30 * time.Second
	keepAlive          = 30 * time.Second
	defaultMaxIdle     = 100
	defaultMaxHeader   = 1 << 20
	defaultBuffer      = 4 << 10
	// maxInformational is how many answers of 1xx may come before the final one.
	maxInformational = 100
	// continueTimeout is how long a body waits for 100 before it is sent all the same: an upstream need not know of it
	// (RFC 9110 section 10.1.1).
	continueTimeout = time.Second
	// lastWords is how long the answer is waited for of an upstream that takes no more of the request.
	lastWords = time.Second
)

// Transport sends requests over HTTP/1.1 without TLS. It is safe for concurrent use.
type Transport struct {
	Options

	mu    sync.Mutex
	pools map[string]*pool
	// newest is the pool that was used last: mostly there is one.
	newest atomic.Pointer[namedPool]
	closed bool
}

type namedPool struct {
	address string
	*pool
}

// New makes a transport.
func New(o Options) *Transport {
	if o.Dial == nil {
		o.Dial = (&net.Dialer{Timeout: defaultDialTimeout, KeepAlive: keepAlive}).DialContext
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = defaultMaxIdle
	}
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = defaultMaxHeader
	}
	if o.ReadBuffer <= 0 {
		o.ReadBuffer = defaultBuffer
	}
	if o.WriteBuffer <= 0 {
		o.WriteBuffer = defaultBuffer
	}
	return &Transport{Options: o, pools: map[string]*pool{}}
}

// CloseIdleConnections closes what nothing uses.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.pools {
		p.drain(false)
	}
}

// Close closes what nothing uses, and has connections in use close when their exchange is over.
func (t *Transport) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, p := range t.pools {
		p.drain(true)
	}
}

func (t *Transport) poolOf(address string) *pool {
	if newest := t.newest.Load(); newest != nil && newest.address == address {
		return newest.pool
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pools[address]
	if p == nil {
		p = &pool{most: max(t.MaxIdle, 0), idleTimeout: t.IdleTimeout, closed: t.closed}
		if t.MaxConns > 0 {
			p.places = make(chan struct{}, t.MaxConns)
		}
		t.pools[address] = p
	}
	t.newest.Store(&namedPool{address, p})
	return p
}

// RoundTrip sends a request and gives its answer, as http.RoundTripper says; RequestURI of the request is its target, byte for
// byte, where it is set. Where a connection that was kept turns out to be
// closed before a byte of the answer has come, the request is sent again over a new one if that is safe: if nothing of it was
// sent, or if its method is idempotent (RFC 9110 section 9.2.2), and if nothing was read of its body or all of it at once. An
// upstream that closes connections which it has said it keeps gets requests that are not idempotent over new ones for a while.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "http" || r.URL.Host == "" {
		closeBody(r)
		return nil, fmt.Errorf("upstream: the URL %s is not one of http with a host", r.URL.Redacted())
	}
	address := r.URL.Host
	if r.URL.Port() == "" {
		address = net.JoinHostPort(r.URL.Hostname(), "80")
	}
	pool := t.poolOf(address)
	if err := pool.enter(r.Context()); err != nil {
		closeBody(r)
		return nil, err
	}
	notes := NotesOf(r.Context())
	connection, now := pool.get(idempotent(r.Method), r.Body == nil || r.Body == http.NoBody)
	var content []byte
	for {
		if connection == nil {
			dialled, err := t.Dial(r.Context(), "tcp", address)
			if err != nil {
				pool.leave()
				closeBody(r)
				if r.Context().Err() != nil {
					err = context.Cause(r.Context())
				}
				return nil, err
			}
			connection, now = newConn(dialled, t.ReadBuffer, t.WriteBuffer), time.Now()
		}
		c := calls.Get().(*call)
		c.transport, c.pool, c.conn, c.request, c.notes, c.content, c.begun = t, pool, connection, r, notes, content, now
		c.touched.Store(content != nil)
		response, err := c.run()
		if err == nil {
			return response, nil
		}
		connection, content = nil, c.content
		if !c.again(err) {
			pool.leave()
			if !c.touched.Swap(true) {
				closeBody(r) // Else who sends it closes it.
			}
			return nil, err
		}
		pool.closedBy(c.conn, time.Now())
	}
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// idempotent reports whether a method has the same effect however often it is sent (RFC 9110 section 9.2.2).
func idempotent(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// again reports whether the request that ended with err may be sent over another connection.
func (c *call) again(err error) bool {
	var invalid *InvalidRequestError
	switch {
	case !c.conn.reused || c.began || c.request.Context().Err() != nil || isTimeout(err) || errors.As(err, &invalid):
		return false
	case !c.unsent && !(idempotent(c.request.Method) && (errors.Is(err, io.EOF) || isConnectionError(err))):
		return false
	}
	return !c.out.hasBody || c.content != nil || !c.touched.Swap(true)
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func isConnectionError(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation)
}
