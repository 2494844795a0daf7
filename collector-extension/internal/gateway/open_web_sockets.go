package gateway

import "sync"

// openWebSockets are the WebSockets of a gateway. While there are any, a goroutine tells them of changes of the scenario: a connection
// on which nothing is sent would else not notice.
type openWebSockets struct {
	mu  sync.Mutex
	all map[*webSocket]struct{}
	// none is closed when none is open any more; nil while nobody follows.
	none    chan struct{}
	running sync.WaitGroup
}

func (g *Gateway) remember(c *webSocket) {
	o := &g.webSockets
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[*webSocket]struct{}{}
	}
	o.all[c] = struct{}{}
	if o.none == nil {
		none := make(chan struct{})
		o.none = none
		o.running.Go(func() { g.follow(none) })
	}
}

func (g *Gateway) forget(c *webSocket) {
	o := &g.webSockets
	o.mu.Lock()
	defer o.mu.Unlock()
	if delete(o.all, c); len(o.all) == 0 && o.none != nil {
		close(o.none)
		o.none = nil
	}
}

// open returns the WebSockets that are open.
func (o *openWebSockets) open() []*webSocket {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := make([]*webSocket, 0, len(o.all))
	for c := range o.all {
		list = append(list, c)
	}
	return list
}

// follow runs until no WebSocket is open.
func (g *Gateway) follow(none <-chan struct{}) {
	for {
		engine := g.options.Engine()
		for _, c := range g.webSockets.open() {
			c.follow(engine)
		}
		select {
		case <-engine.Done():
		case <-none:
			return
		}
	}
}

// goAway tells all that the gateway stops.
func (o *openWebSockets) goAway() {
	var closing sync.WaitGroup
	for _, c := range o.open() {
		closing.Go(c.goAway)
	}
	closing.Wait()
}
