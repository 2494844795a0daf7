package mockforgeextension

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/hosts"
)

// endpoint is an HTTP server of the extension that is not a gateway.
type endpoint struct {
	server *http.Server
	addr   net.Addr
	done   chan struct{}
}

// newEndpoint listens and serves handler, for the hosts of its endpoint and the allowed ones, until it is shut down; failed
// is called where serving ends otherwise.
func newEndpoint(ctx context.Context, key string, c confighttp.ServerConfig, allowedHosts []string, host component.Host, telemetry component.TelemetrySettings, handler http.Handler, failed func(error)) (*endpoint, error) {
	server, err := c.ToServer(ctx, host.GetExtensions(), telemetry, handler)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	// In front of everything that the Collector puts before handler: CORS, auth, decompression.
	server.Handler = hosts.New(c.NetAddr.Endpoint, key+"::allowed_hosts", allowedHosts).Handler(server.Handler)
	server.DisableGeneralOptionsHandler = true
	server.MaxHeaderBytes = defaultMaxHeaderBytes
	listener, err := c.ToListener(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", key, c.NetAddr.Endpoint, err)
	}
	e := &endpoint{server: server, addr: listener.Addr(), done: make(chan struct{})}
	go func() {
		defer close(e.done)
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			failed(fmt.Errorf("%s: %w", key, err))
		}
	}()
	return e, nil
}

// shutdown lets requests end within ctx and a second, then breaks them off.
func (e *endpoint) shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if err != nil {
		err = e.server.Close()
	}
	<-e.done
	return err
}
