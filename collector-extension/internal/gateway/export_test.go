package gateway

import (
	"context"
	"net"
)

// Closing returns how many open WebSockets are to be closed.
func (g *Gateway) Closing() int {
	return g.count(func(c *webSocket) bool { return c.relay.Ending() })
}

// Stalled returns how many open WebSockets hold back what comes from their upstream.
func (g *Gateway) Stalled() int {
	return g.count(func(c *webSocket) bool {
		t := c.relay.ToClient().Treated()
		return t != nil && t.Stalled
	})
}

func (g *Gateway) count(is func(*webSocket) bool) (n int) {
	g.webSockets.mu.Lock()
	defer g.webSockets.mu.Unlock()
	for c := range g.webSockets.all {
		if is(c) {
			n++
		}
	}
	return n
}

// DialBy has requests of HTTP/1 go over connections of dial; to be called before the first one.
func (t *Transport) DialBy(dial func(ctx context.Context, network, address string) (net.Conn, error)) {
	t.direct.Dial = dial
}
