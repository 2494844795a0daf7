package gateway

import (
	"sync"
	"time"
)

// followInterval is how soon open WebSockets notice another scenario.
const followInterval = 100 * time.Millisecond

// openWebSockets are the WebSockets of a gateway. While there are any, a goroutine tells them of changes of the scenario:
// a connection on which nothing is sent would else not notice.
type openWebSockets struct {
	mu        sync.Mutex
	all       map[*webSocketConn]struct{}
	following bool
	done      sync.WaitGroup
}

func (g *Gateway) remember(c *webSocketConn) {
	o := &g.webSockets
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[*webSocketConn]struct{}{}
	}
	o.all[c] = struct{}{}
	if !o.following {
		o.following = true
		o.done.Go(g.follow)
	}
}

func (g *Gateway) forget(c *webSocketConn) {
	g.webSockets.mu.Lock()
	defer g.webSockets.mu.Unlock()
	delete(g.webSockets.all, c)
}

// open is those that are open; where there are none, following has ended.
func (o *openWebSockets) open() []*webSocketConn {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.all) == 0 {
		o.following = false
		return nil
	}
	list := make([]*webSocketConn, 0, len(o.all))
	for c := range o.all {
		list = append(list, c)
	}
	return list
}

// follow runs until no WebSocket is open.
func (g *Gateway) follow() {
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	for range ticker.C {
		open := g.webSockets.open()
		if open == nil {
			return
		}
		engine := g.options.Engine()
		for _, c := range open {
			c.follow(engine)
		}
	}
}

// goAway tells all that the gateway stops.
func (o *openWebSockets) goAway() {
	o.mu.Lock()
	var told sync.WaitGroup
	for c := range o.all {
		told.Go(func() { c.shut(closeGoingAway) })
	}
	o.mu.Unlock()
	told.Wait()
}
