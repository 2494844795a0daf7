package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"sync"

	"golang.org/x/net/http/httpguts"
)

// protocol is what an upstream with TLS has chosen of what it was offered by ALPN (RFC 7301).
type protocol int

const (
	unknownProtocol protocol = iota
	http1Protocol
	http2Protocol
)

// offersHTTP2 and offersHTTP1 are what is offered.
var (
	offersHTTP2 = []string{"h2", "http/1.1"}
	offersHTTP1 = []string{"http/1.1"}
)

// chosen returns what a connection has chosen.
func chosen(c *tls.Conn) protocol {
	if c.ConnectionState().NegotiatedProtocol == "h2" {
		return http2Protocol
	}
	return http1Protocol
}

var (
	// errHTTP2 is the end of an attempt over HTTP/1.1 of which nothing was sent, since the upstream chose HTTP/2; errHTTP1 is the
	// reverse.
	errHTTP2 = errors.New("upstream: the upstream speaks HTTP/2")
	errHTTP1 = errors.New("upstream: the upstream speaks HTTP/1.1")
)

// peer is an upstream with TLS, which each new connection asks again for its protocol: it may be another one next time.
type peer struct {
	transport *Transport
	// host is that of URLs, address where it is dialled.
	host, address string
	pool          *pool
	// both offers what the options have, old only HTTP/1.1.
	both, old *tls.Config

	mu sync.Mutex
	// last is what was chosen last.
	last protocol
	// current is what those wait for who do not know the protocol; nil where nobody does.
	current *negotiation
}

// negotiation is one connection that is opened for all who wait for the protocol: a hundred requests at the start need not open a
// hundred, of which HTTP/2 needs one.
type negotiation struct {
	done chan struct{}
	// cancel gives it up. It is called when nobody waits any more.
	cancel  context.CancelFunc
	waiting int
	// conn is for the first of those who wait, where HTTP/1.1 was chosen.
	conn *conn
	err  error
}

// peerOf returns the peer of a URL.
func (t *Transport) peerOf(to *url.URL) (*peer, error) {
	if newest := t.newestPeer.Load(); newest != nil && newest.host == to.Host {
		return newest, nil
	}
	ascii, err := httpguts.PunycodeHostPort(to.Host)
	if err != nil {
		return nil, err
	}
	at := url.URL{Host: ascii}
	port := at.Port()
	if port == "" {
		port = "443"
	}
	address := net.JoinHostPort(at.Hostname(), port)
	pool := t.poolOf("https://" + address)
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.peers[to.Host]
	if p == nil {
		config := t.TLS.Clone()
		if config == nil {
			config = &tls.Config{}
		}
		if config.ServerName == "" {
			config.ServerName = at.Hostname()
		}
		p = &peer{transport: t, host: to.Host, address: address, pool: pool, both: config, old: config.Clone()}
		p.both.NextProtos, p.old.NextProtos = offersHTTP2, offersHTTP1
		if t.http2 == nil {
			p.both, p.last = p.old, http1Protocol
		}
		t.peers[to.Host] = p
	}
	t.newestPeer.Store(p)
	return p, nil
}

// lastChosen returns what was chosen last.
func (p *peer) lastChosen() protocol {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// learn notes what was chosen of both.
func (p *peer) learn(what protocol) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = what
}

// connect opens a connection of HTTP/1.1. Where the upstream chooses HTTP/2 the connection is given to those who speak that, and the
// error is errHTTP2. What upgrades is only possible in HTTP/1.1.
func (p *peer) connect(ctx context.Context, upgrades bool) (*conn, error) {
	t := p.transport
	config := p.both
	if upgrades {
		config = p.old
	} else if last := p.lastChosen(); last != http1Protocol {
		if last == unknownProtocol {
			if c, err := p.negotiate(ctx); c != nil || err != nil {
				return c, err
			}
		}
		if p.lastChosen() == http2Protocol {
			return nil, errHTTP2
		}
	}
	secure, below, err := t.dialTLS(ctx, p.address, config)
	if err != nil {
		return nil, err
	}
	what := chosen(secure)
	if !upgrades {
		p.learn(what)
	}
	if what == http2Protocol {
		t.adopt(p.address, secure)
		return nil, errHTTP2
	}
	return t.newSecureConn(secure, below), nil
}

// negotiate opens a connection, or waits for the one that is being opened, and notes what was chosen. The connection is given where
// that is HTTP/1.1 and nobody else has it.
func (p *peer) negotiate(ctx context.Context) (*conn, error) {
	p.mu.Lock()
	n := p.current
	if n == nil {
		bounded, cancel := context.WithCancel(context.WithoutCancel(ctx))
		n = &negotiation{done: make(chan struct{}), cancel: cancel}
		p.current = n
		go p.open(bounded, n)
	}
	n.waiting++
	p.mu.Unlock()
	var given error
	select {
	case <-n.done:
	case <-ctx.Done():
		given = context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n.waiting--
	var mine *conn
	if given == nil {
		mine, n.conn, given = n.conn, nil, n.err
	}
	if n.waiting == 0 {
		n.cancel()
		if p.current == n {
			p.current = nil
		}
		if n.conn != nil {
			_ = n.conn.Close()
			n.conn = nil
		}
	}
	return mine, given
}

// open opens the connection of n.
func (p *peer) open(ctx context.Context, n *negotiation) {
	secure, below, err := p.transport.dialTLS(ctx, p.address, p.both)
	what := unknownProtocol
	if err == nil {
		if what = chosen(secure); what == http2Protocol {
			p.transport.adopt(p.address, secure)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == n {
		p.current = nil
	}
	n.err = err
	if what != unknownProtocol {
		p.last = what
	}
	if what == http1Protocol {
		if n.waiting > 0 {
			n.conn = p.transport.newSecureConn(secure, below)
		} else {
			_ = secure.Close()
		}
	}
	close(n.done)
}
