package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	// TLS is for upstreams of https; nil is that of crypto/tls. HandshakeTimeout bounds the handshake, by default 10 s.
	TLS              *tls.Config
	HandshakeTimeout time.Duration
	// HTTP2 has upstreams of https offered HTTP/2, which net/http speaks then, set as this says; nil is not to.
	HTTP2 *http.HTTP2Config
	// ReadBuffer and WriteBuffer are the sizes of the buffers of a connection in bytes, by default 4096.
	ReadBuffer, WriteBuffer int
}

const (
	defaultDialTimeout = 30 * time.Second
	keepAlive          = 30 * time.Second
	defaultMaxIdle     = 100
	defaultMaxHeader   = 1 << 20
	defaultBuffer      = 4 << 10
	defaultHandshake   = 10 * time.Second
	// maxInformational is how many answers of 1xx may come before the final one.
	maxInformational = 100
	// continueTimeout is how long a body waits for 100 before it is sent all the same: an upstream need not know of it
	// (RFC 9110 section 10.1.1).
	continueTimeout = time.Second
	// lastWords is how long the answer is waited for of an upstream that takes no more of the request.
	lastWords = time.Second
)

// Transport sends requests over HTTP/1.1, and has net/http send them where an upstream with TLS chooses HTTP/2. It is safe for concurrent use.
type Transport struct {
	Options

	mu    sync.Mutex
	pools map[string]*pool
	// newest is the pool that was used last: mostly there is one.
	newest atomic.Pointer[namedPool]
	// peers are the upstreams of https by the host of their URL, newestPeer the one that was used last.
	peers      map[string]*peer
	newestPeer atomic.Pointer[peer]
	// http2 is what speaks HTTP/2, nil where that is not offered.
	http2  *http.Transport
	closed bool
}

// namedPool is the pool for requests to a host, as URLs have it, and the address of its connections.
type namedPool struct {
	host, address string
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
	if o.HandshakeTimeout <= 0 {
		o.HandshakeTimeout = defaultHandshake
	}
	t := &Transport{Options: o, pools: map[string]*pool{}, peers: map[string]*peer{}}
	if o.HTTP2 != nil {
		t.http2 = t.newHTTP2()
	}
	return t
}

// CloseIdleConnections closes what nothing uses.
func (t *Transport) CloseIdleConnections() {
	if t.http2 != nil {
		t.http2.CloseIdleConnections()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.pools {
		p.drain(false)
	}
}

// Close closes what nothing uses, and has connections in use close when their exchange is over.
func (t *Transport) Close() {
	if t.http2 != nil {
		t.http2.CloseIdleConnections()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	for _, p := range t.pools {
		p.drain(true)
	}
}

// poolFor returns the pool for requests to a URL of http.
func (t *Transport) poolFor(u *url.URL) *namedPool {
	if newest := t.newest.Load(); newest != nil && newest.host == u.Host {
		return newest
	}
	address := u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "80")
	}
	found := &namedPool{u.Host, address, t.poolOf(address)}
	t.newest.Store(found)
	return found
}

func (t *Transport) poolOf(address string) *pool {
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
	return p
}

// RoundTrip sends a request and gives its answer, as http.RoundTripper says; RequestURI of the request is its target, byte for
// byte, where it is set. Where a connection that was kept turns out to be
// closed before a byte of the answer has come, the request is sent again over a new one if that is safe: if nothing of it was
// sent, or if its method is idempotent (RFC 9110 section 9.2.2), and if nothing was read of its body or all of it at once. An
// upstream that closes connections which it has said it keeps gets requests that are not idempotent over new ones for a while.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		closeBody(r)
		return nil, fmt.Errorf("upstream: the URL %s is not one of http or https with a host", r.URL.Redacted())
	}
	if r.URL.Scheme == "https" {
		return t.roundTripTLS(r)
	}
	to := t.poolFor(r.URL)
	response, _, err := t.send(r, to.pool, to.address, nil)
	return response, err
}

// send sends r over HTTP/1.1, with TLS where a way to that is given. After errHTTP2 nothing was sent, and the body is as it was, or was
// read whole and is given.
func (t *Transport) send(r *http.Request, pool *pool, address string, secure *way) (*http.Response, []byte, error) {
	if err := pool.enter(r.Context()); err != nil {
		closeBody(r)
		return nil, nil, err
	}
	notes := NotesOf(r.Context())
	at := now()
	var connection *conn
	if secure == nil || secure.opened == nil {
		connection = pool.get(idempotent(r.Method), r.Body == nil || r.Body == http.NoBody, at)
	}
	var content []byte
	for {
		if connection == nil {
			opened, err := t.open(r.Context(), address, secure)
			if err != nil {
				pool.leave()
				if errors.Is(err, errHTTP2) {
					return nil, content, err
				}
				closeBody(r)
				if r.Context().Err() != nil {
					err = context.Cause(r.Context())
				}
				return nil, nil, err
			}
			connection, at = opened, now()
		}
		c := calls.Get().(*call)
		c.transport, c.pool, c.conn, c.request, c.notes, c.content, c.begun = t, pool, connection, r, notes, content, at
		c.touched.Store(content != nil)
		response, err := c.run()
		if err == nil {
			return response, nil, nil
		}
		connection, content = nil, c.content
		if !c.again(err) {
			pool.leave()
			if !c.touched.Swap(true) {
				closeBody(r) // Else who sends it closes it.
			}
			return nil, nil, err
		}
		pool.closedBy(c.conn, now())
	}
}

// open opens a connection.
func (t *Transport) open(ctx context.Context, address string, secure *way) (*conn, error) {
	if secure != nil {
		return secure.connection(ctx)
	}
	dialled, err := t.Dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return newConn(dialled, t.ReadBuffer, t.WriteBuffer), nil
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
