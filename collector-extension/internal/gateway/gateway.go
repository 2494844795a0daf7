// Package gateway puts a listener in front of an upstream. It tells protocols apart, asks the scenario what to do with
// each exchange, injects that, forwards the rest as it is, and reports how every exchange went.
package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/grpcstatus"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// drainLimit is how long Shutdown lets exchanges end by themselves before it breaks them off.
const drainLimit = 5 * time.Second

// Options are what a gateway is made of. All but Upstream, Upgrades, Mocks, Plugins, Executed, Headers, Tracing, FaultRequests,
// Refused, Connected, Unread, Limits, TurnedAway, Missed, NoKeepAlive and Capture are required.
type Options struct {
	Name string
	// Instance names the collector on recordings.
	Instance string
	// Upstream is the URL to forward to; its path is put before that of requests. Nil: what no mock matches is answered
	// with 404.
	Upstream *url.URL
	// Transport sends requests to the upstream.
	Transport http.RoundTripper
	// Headers are set on every forwarded request; Host among them sets the host.
	Headers http.Header
	// PreserveHost forwards the client's Host header.
	PreserveHost bool
	// Upgrades are the protocols besides WebSocket that connections may be upgraded to, by name or name/version. What they bring is
	// neither harmed nor recorded.
	Upgrades []string
	// ConsumerHeader names the request header that identifies the client; empty is none.
	ConsumerHeader string
	// Mocks answer what they match.
	Mocks []mock.Definition
	// Plugins run for what is forwarded or answered by a mock, the first outermost.
	Plugins []Plugin
	// Executed is called when a plugin has run, in the goroutine of the exchange; nil is not to.
	Executed func(Execution)
	// Route gives the template of a path.
	Route func(method, path string) string
	// CORS reports whether the server in front says which other origins may read answers.
	CORS bool
	// FaultHeader adds X-MockForge-Fault to the answers that were harmed.
	FaultHeader bool
	// FaultRequests lets callers ask for faults on their own requests, within these limits; nil is not to.
	FaultRequests *scenario.Limits
	// Engine returns the scenario in force. It is called once per exchange, and once per connection.
	Engine func() *scenario.Engine
	// Refused is called for each connection that a fault has refused, with the mode in force; nil is not to.
	Refused func(scenario.Mode)
	// Tracing makes the spans of exchanges; nil is none.
	Tracing *telemetry.Tracing
	// Capture reports whether an exchange with path is recorded; nil is never. MaxBody is how many bytes are kept of the
	// contents of an exchange: of both bodies and of all messages together, decompressed where they are messages.
	Capture func(path string) bool
	MaxBody int
	// Missed is called with the number of messages of a stream that its recording does not have, being more than it may have;
	// nil is not to.
	Missed func(n int)
	// Observe is called once for every exchange when it is over, in its goroutine; captured says whether it has headers
	// and bodies. What it is given is its own then; else it is until Observe returns.
	Observe func(r *recording.Recording, captured bool)
	// Connected is called with 1 when a connection opens and -1 when it closes; nil is not to.
	Connected func(delta int64)
	// Unread is called for each request that was answered before anything could be known of it but that it is none, or too much, with
	// whose doing that was; nil is not to.
	Unread func(recording.FailedBy, recording.FailureKind)
	// Limits bound what clients can make the gateway hold; TurnedAway is called for each connection that is above them, nil
	// is not to.
	Limits     Limits
	TurnedAway func()
	// NoKeepAlive closes connections of clients behind each answer.
	NoKeepAlive bool
	Logger      *slog.Logger
}

// Gateway is one listener with its upstream. It is an http.Handler.
type Gateway struct {
	options Options
	terms   core.Terms
	mocks   *mock.Set
	// inner leads through the plugins to the mocks and to the upstream.
	inner    http.Handler
	stopping chan struct{}
	stop     sync.Once

	server *http1.Server
	// first reports whether requests of HTTP/1 come from the server as they were read, with no handler of others in between.
	first    bool
	base     context.Context
	abort    context.CancelFunc
	inflight sync.WaitGroup
	serving  sync.WaitGroup
	active   atomic.Int64

	webSockets openWebSockets
	persisted  *persistedOperations
}

// New makes a gateway that does not listen yet. It fails where a mock is wrong or a plugin cannot be chained.
func New(ctx context.Context, o Options) (*Gateway, error) {
	mocks, err := mock.New(o.Mocks, mock.Options{GRPCCode: grpcstatus.Code})
	if err != nil {
		return nil, err
	}
	g := &Gateway{options: o, mocks: mocks, stopping: make(chan struct{}), persisted: newPersistedOperations()}
	g.terms = core.Terms{
		Gateway: o.Name, Instance: o.Instance, ConsumerHeader: o.ConsumerHeader, Engine: o.Engine, Requested: o.FaultRequests, Route: o.Route,
		Capture: o.Capture, MaxBody: o.MaxBody, FaultHeader: o.FaultHeader, Stopping: g.stopping, Observe: o.Observe,
	}
	g.base, g.abort = context.WithCancel(context.Background())
	inner, err := g.chain(ctx)
	if err != nil {
		g.abort()
		return nil, err
	}
	g.inner = inner
	return g, nil
}

// Name returns the configured name.
func (g *Gateway) Name() string { return g.options.Name }

// Active returns the number of open connections, WebSockets among them.
func (g *Gateway) Active() int64 { return g.active.Load() }

// Serve serves server, whose handler must lead to g, on listener, in a goroutine: HTTP/1 by package http1, HTTP/2 by net/http.
// failed is called where serving ends other than by Shutdown.
func (g *Gateway) Serve(server *http.Server, listener net.Listener, failed func(error)) {
	// gRPC clients speak HTTP/2 without TLS, from the first byte on (prior knowledge, RFC 9113 section 3.3).
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	server.Protocols = protocols
	server.DisableGeneralOptionsHandler = true // What is asked of the server as a whole is asked of the upstream.
	server.BaseContext = func(net.Listener) context.Context { return g.base }
	server.ConnState = g.connState
	g.options.Limits.apply(server)
	listener = &limitedListener{Listener: refusingListener{listener, g}, gateway: g}
	handler, _ := server.Handler.(*Gateway)
	g.first = handler == g
	g.server = &http1.Server{HTTP: server, Handler: server.Handler, NoKeepAlive: g.options.NoKeepAlive, Refused: g.unread}
	g.serving.Go(func() {
		if err := g.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			failed(err)
		}
	})
}

func (g *Gateway) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		g.connected(1)
	case http.StateClosed, http.StateHijacked:
		g.connected(-1)
	}
}

func (g *Gateway) connected(delta int64) {
	g.active.Add(delta)
	if g.options.Connected != nil {
		g.options.Connected(delta)
	}
}

// Shutdown ends injected waits at once, lets exchanges end within ctx and five seconds, breaks the rest off, and
// returns when all have ended. It may be called without Serve, and again.
func (g *Gateway) Shutdown(ctx context.Context) error {
	g.stop.Do(func() { close(g.stopping) })
	defer g.abort()
	if g.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	g.webSockets.goAway()
	err := g.server.Shutdown(ctx)
	// Upgraded connections are no longer the server's: only their context reaches them.
	g.abort()
	if err != nil {
		g.options.Logger.Warn("gateway stopped before all exchanges had ended: the rest was broken off", "gateway", g.options.Name)
		err = g.server.Close()
	}
	g.serving.Wait()
	g.inflight.Wait()
	g.webSockets.running.Wait()
	return err
}
