package upstream

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pool has the idle connections to one address, the last used first.
type pool struct {
	most        int
	idleTimeout time.Duration
	// places bounds how many connections there are at once; nil is without bound.
	places chan struct{}

	mu     sync.Mutex
	idle   []*conn
	reaper *time.Timer
	closed bool
	// hasty is until when the upstream is taken for one that closes connections which it should keep.
	hasty time.Time
}

const (
	// soon is within what time an upstream that closes an idle connection is hasty, hastyFor for how long it counts as such.
	soon     = time.Second
	hastyFor = 10 * time.Second
)

// enter waits for a place for one more exchange.
func (p *pool) enter(ctx context.Context) error {
	if p.places == nil {
		return nil
	}
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pool) leave() {
	if p.places != nil {
		<-p.places
	}
}

// fresh is for how long a connection counts as alive behind its last answer, for what can be sent again: to look costs a call of the
// system, and under load nearly all are used again within that. What is in its buffer is looked at all the
// same; TLS has buffers of its own, so that those connections are always looked at.
const fresh = time.Millisecond

// get returns an idle connection that is alive now, or nil. Where safe is false, what is sent must not be sent twice: that gets no
// connection which the upstream may be closing at this moment. again reports whether the transport can send it again.
func (p *pool) get(safe, again bool, now time.Time) *conn {
	for {
		p.mu.Lock()
		hasty := now.Before(p.hasty)
		if !safe && hasty {
			p.mu.Unlock()
			return nil
		}
		n := len(p.idle) - 1
		if n < 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.idle[n]
		p.idle[n] = nil
		p.idle = p.idle[:n]
		p.mu.Unlock()
		if safe && again && !hasty && c.state == nil && now.Sub(c.idleSince) < fresh && c.reader.Buffered() == 0 {
			return c
		}
		if c.alive(now) {
			return c
		}
		_ = c.Close()
		p.closedBy(c, now)
	}
}

// closedBy notes that the upstream has closed a connection that it has said it keeps.
func (p *pool) closedBy(c *conn, now time.Time) {
	if now.Sub(c.idleSince) < soon {
		p.mu.Lock()
		p.hasty = now.Add(hastyFor)
		p.mu.Unlock()
	}
}

// put keeps a connection for the next exchange, unless there are enough.
func (p *pool) put(c *conn) {
	c.call, c.reused, c.idleSince = nil, true, now()
	p.mu.Lock()
	if p.closed || len(p.idle) >= p.most {
		p.mu.Unlock()
		_ = c.Close()
		return
	}
	p.idle = append(p.idle, c)
	if p.reaper == nil {
		p.reaper = time.AfterFunc(reapEvery, p.reap)
	}
	p.mu.Unlock()
}

// reapEvery is how often idle connections are looked at.
const reapEvery = time.Second

// reap closes what was idle for too long, and what the upstream has closed: else that would be held open from here for as long as
// nobody asks for it.
func (p *pool) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		unusable := p.idleTimeout > 0 && now.Sub(c.idleSince) >= p.idleTimeout || !c.alive(now)
		if unusable {
			_ = c.Close()
		}
		return unusable
	})
	p.reaper = nil
	if len(p.idle) > 0 {
		p.reaper = time.AfterFunc(reapEvery, p.reap)
	}
}

// drain closes what is idle; last says whether nothing is kept from then on.
func (p *pool) drain(last bool) {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, p.closed || last
	if p.reaper != nil {
		p.reaper.Stop()
		p.reaper = nil
	}
	p.mu.Unlock()
	for _, c := range idle {
		_ = c.Close()
	}
}
