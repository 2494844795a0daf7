package gateway

// Closing is how many open WebSockets are to be closed.
func (g *Gateway) Closing() int {
	return g.count(func(c *webSocketConn) bool { return c.isClosing() })
}

// Stalled is how many open WebSockets hold back what comes from their upstream.
func (g *Gateway) Stalled() int {
	return g.count(func(c *webSocketConn) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.stalled != nil
	})
}

func (g *Gateway) count(is func(*webSocketConn) bool) (n int) {
	g.webSockets.mu.Lock()
	defer g.webSockets.mu.Unlock()
	for c := range g.webSockets.all {
		if is(c) {
			n++
		}
	}
	return n
}
