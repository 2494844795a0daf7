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
	// cancel ends the contexts of all requests.
	cancel context.CancelFunc
}

// newEndpoint listens and serves handler, for the hosts of its endpoint and the allowed ones, until it is shut down; refused
// is called for each request that is for another host, and failed where serving ends otherwise.
func newEndpoint(ctx context.Context, key string, c confighttp.ServerConfig, allowedHosts []string, host component.Host, telemetry component.TelemetrySettings, handler http.Handler, refused func(), failed func(error)) (*endpoint, error) {
	server, err := c.ToServer(ctx, host.GetExtensions(), telemetry, handler)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	// In front of everything that the Collector puts before handler: CORS, auth, decompression.
	guard := hosts.New(c.NetAddr.Endpoint, key+"::allowed_hosts", allowedHosts)
	guard.Refused = refused
	server.Handler = guard.Handler(server.Handler)
	server.DisableGeneralOptionsHandler = true
	server.MaxHeaderBytes = defaultMaxHeaderBytes
	listener, err := c.ToListener(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot listen on %s: %w", key, c.NetAddr.Endpoint, err)
	}
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	server.BaseContext = func(net.Listener) context.Context { return requests }
	e := &endpoint{server: server, addr: listener.Addr(), done: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(e.done)
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			failed(fmt.Errorf("%s: %w", key, err))
		}
	}()
	return e, nil
}

// grace is how long requests may take to end by themselves, and then again to notice that they are cancelled.
const grace = time.Second

// shutdown lets requests end within ctx and a second, then cancels them and breaks them off. Streams, whose connections are not
// the server's any more, are not waited for here, and get as long to end in good order.
func (e *endpoint) shutdown(ctx context.Context) error {
	time.AfterFunc(grace, e.cancel)
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if err != nil {
		e.cancel()
		err = e.server.Close()
	}
	<-e.done
	return err
}
