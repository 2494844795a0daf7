package upstream

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// errNoConnection is the end of an attempt over HTTP/2 of which nothing was sent, since no connection had room for it.
var errNoConnection = errors.New("upstream: no connection of HTTP/2 has room")

const (
	// maxShared is how many connections that others use too a request waits for, until it opens one for itself.
	maxShared = 3
	// maxSwitches is how often a request follows an upstream whose connections choose now this protocol, now that.
	maxSwitches = 20
)

// newHTTP2 makes what speaks HTTP/2: net/http, over connections that are opened here.
func (t *Transport) newHTTP2() *http.Transport {
	made := &http.Transport{
		DialTLSContext: t.dialOwn, ForceAttemptHTTP2: true, DisableCompression: true, HTTP2: t.HTTP2,
		DisableKeepAlives: t.MaxIdle < 0, MaxIdleConnsPerHost: max(t.MaxIdle, 0), MaxConnsPerHost: t.MaxConns, IdleConnTimeout: t.IdleTimeout,
		ResponseHeaderTimeout: t.HeaderTimeout, ExpectContinueTimeout: time.Second, MaxResponseHeaderBytes: int64(t.MaxHeaderBytes),
	}
	made.CloseIdleConnections() // has TLSNextProto made
	if made.TLSNextProto["h2"] == nil {
		return nil // GODEBUG says so.
	}
	return made
}

// shares reports whether connections of HTTP/2 are opened here for all who wait: where they are counted, or carry one request each,
// net/http asks for each.
func (t *Transport) shares() bool { return t.MaxIdle >= 0 && t.MaxConns == 0 }

// adopt has HTTP/2 spoken over a connection that has chosen it.
func (t *Transport) adopt(address string, c *tls.Conn) {
	if !t.shares() {
		_ = c.Close()
		return
	}
	t.http2.TLSNextProto["h2"](address, c)
}

// roundTripTLS sends a request over what the upstream chooses.
func (t *Transport) roundTripTLS(r *http.Request) (*http.Response, error) {
	p, err := t.peerOf(r.URL)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	upgrades := len(r.Header["Upgrade"]) > 0 && field.HasToken(r.Header["Connection"], "upgrade")
	var opened *conn
	for range maxSwitches {
		if opened == nil && !upgrades && p.lastChosen() == http2Protocol {
			response, c, err := p.roundTripHTTP2(r)
			if !errors.Is(err, errHTTP1) {
				return response, err
			}
			opened = c
		}
		over := way{p, upgrades, opened}
		response, content, err := t.send(r, p.pool, p.address, &over)
		if over.opened != nil {
			_ = over.opened.Close()
		}
		if upgrades || !errors.Is(err, errHTTP2) {
			return response, err
		}
		if opened = nil; content != nil {
			again := *r
			again.Body = io.NopCloser(bytes.NewReader(content))
			r = &again
		}
	}
	closeBody(r)
	return nil, io.ErrUnexpectedEOF
}

// way is how a request gets a connection with TLS.
type way struct {
	*peer
	upgrades bool
	// opened is one that is there already, nil where none is.
	opened *conn
}

// connection returns a connection that nothing has used yet.
func (w *way) connection(ctx context.Context) (*conn, error) {
	if c := w.opened; c != nil {
		w.opened = nil
		return c, nil
	}
	return w.connect(ctx, w.upgrades)
}

// roundTripHTTP2 sends a request over HTTP/2. Where the upstream does not speak it any more the error is errHTTP1, nothing was sent, and
// the connection over which it said so may be given.
func (p *peer) roundTripHTTP2(r *http.Request) (*http.Response, *conn, error) {
	t := p.transport
	for try := 0; ; try++ {
		ctx := r.Context()
		own := &ownDial{peer: p}
		if try >= maxShared || !t.shares() {
			ctx = context.WithValue(ctx, ownDialKey{}, own)
		}
		sent := ForNetHTTP(r.WithContext(ctx))
		held := hold(sent)
		response, err := t.http2.RoundTrip(sent)
		c := own.take()
		switch {
		case err == nil:
			held.release()
			response.Request = r
			return response, nil, nil
		case held.used():
			// It was sent, or has begun to be.
		case errors.Is(err, errHTTP1):
			return nil, c, errHTTP1
		case errors.Is(err, errNoConnection):
			c, err := p.negotiate(r.Context())
			if err != nil {
				closeBody(r)
				return nil, nil, err
			}
			if c != nil || p.lastChosen() != http2Protocol {
				return nil, c, errHTTP1
			}
			continue
		}
		if c != nil {
			_ = c.Close()
		}
		held.release()
		return nil, nil, err
	}
}

// ownDial lets net/http open a connection for one request.
type ownDial struct {
	peer *peer
	mu   sync.Mutex
	// conn is what was opened and chose HTTP/1.1; over is whether nobody takes it any more.
	conn *conn
	over bool
}

type ownDialKey struct{}

// take returns what was opened and chose HTTP/1.1; what is given later is closed.
func (o *ownDial) take() *conn {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	return o.conn
}

// give hands c over.
func (o *ownDial) give(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		_ = c.Close()
		return
	}
	o.conn = c
}

// dialOwn opens a connection for a request that may have one for itself.
func (t *Transport) dialOwn(ctx context.Context, _, _ string) (net.Conn, error) {
	own, ok := ctx.Value(ownDialKey{}).(*ownDial)
	if !ok {
		return nil, errNoConnection
	}
	secure, below, err := t.dialTLS(ctx, own.peer.address, own.peer.both)
	if err != nil {
		return nil, err
	}
	what := chosen(secure)
	own.peer.learn(what)
	if what == http2Protocol {
		return secure, nil
	}
	own.give(t.newSecureConn(secure, below))
	return nil, errHTTP1
}

// heldBody is the body of a request that may have to be sent another way: it is not closed before it is read, or released.
type heldBody struct {
	io.ReadCloser
	mu                    sync.Mutex
	touched, closed, free bool
}

// hold puts one in the place of the body of r, and returns it; nil where there is none.
func hold(r *http.Request) *heldBody {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	b := &heldBody{ReadCloser: r.Body}
	r.Body = b
	return b
}

// Read reads, and has the body closed from now on when that is asked for.
func (b *heldBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	closed := b.closed
	b.touched = b.touched || !closed
	b.mu.Unlock()
	if closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.ReadCloser.Read(p)
}

// Close closes the body, or notes that it is to be.
func (b *heldBody) Close() error {
	b.mu.Lock()
	b.closed = true
	now := b.touched || b.free
	b.mu.Unlock()
	if !now {
		return nil
	}
	return b.ReadCloser.Close()
}

// release closes the body where that was asked for, and lets it be closed from now on.
func (b *heldBody) release() {
	if b == nil {
		return
	}
	b.mu.Lock()
	late := b.closed && !b.touched && !b.free
	b.free = true
	b.mu.Unlock()
	if late {
		_ = b.ReadCloser.Close()
	}
}

// used reports whether anything was read of it.
func (b *heldBody) used() bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.touched
}
