package gateway

import (
	"math/rand/v2"
	"net"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
)

// refusingListener resets new connections where the scenario says so, before anything is read, and before TLS: to the
// client it looks as if nothing listened.
type refusingListener struct {
	net.Listener
	gateway *Gateway
}

// Accept returns the next connection that is not refused.
func (l refusingListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		engine := l.gateway.options.Engine()
		if !engine.Refuses(l.gateway.options.Name, rand.Uint64()) {
			return conn, nil
		}
		fault.Reset(conn)
		if refused := l.gateway.options.Refused; refused != nil {
			refused(engine.Scenario().Mode)
		}
	}
}
