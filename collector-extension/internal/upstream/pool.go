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

// get returns an idle connection that is alive, or nil. Where safe is false, what is sent must not be sent twice: that gets no
// connection which the upstream may be closing at this moment.
func (p *pool) get(safe bool) *conn {
	for {
		p.mu.Lock()
		if !safe && !p.hasty.IsZero() && time.Now().Before(p.hasty) {
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
		now := time.Now()
		if c.alive(now) {
			return c
		}
		_ = c.Close()
		if now.Sub(c.idleSince) < soon {
			p.mu.Lock()
			p.hasty = now.Add(hastyFor)
			p.mu.Unlock()
		}
	}
}

// put keeps a connection for the next exchange, unless there are enough.
func (p *pool) put(c *conn) {
	c.call, c.reused, c.idleSince = nil, true, time.Now()
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
