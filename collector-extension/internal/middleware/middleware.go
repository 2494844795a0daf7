// Package middleware applies scenarios to the pipelines of a Collector: as a middleware of its receivers it harms what
// they get, as one of its exporters what they send.
//
// The Collector asks for the wrappers once, when a receiver or an exporter starts. What they do is looked up at every
// exchange, so that they pass everything on unharmed before Start and from Release on.
package middleware

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/grpc"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Options are what the exchanges of pipelines are treated by. All but Capture are required.
type Options struct {
	// Instance names the collector on recordings.
	Instance string
	// Receivers and Exporters are what the traffic of receivers and of exporters is called: the gateway of recordings,
	// metrics and rules.
	Receivers, Exporters string
	// ConsumerHeader names the request header, or gRPC metadata, that identifies the client; empty is none.
	ConsumerHeader string
	// RetryAfter is what injected answers tell the client to wait before it tries again; 0 is not to.
	RetryAfter time.Duration
	// FaultHeader adds X-MockForge-Fault to the answers that were harmed.
	FaultHeader bool
	// Engine returns the scenario in force. It is called once per exchange.
	Engine func() *scenario.Engine
	// Route gives the template of a path.
	Route func(method, path string) string
	// Capture reports whether an exchange with path is recorded; nil is never. MaxBody is how many
	// bytes are kept of the contents of an exchange: of both bodies together.
	Capture func(path string) bool
	MaxBody int
	// Observe is called once for every exchange when it is over; captured says whether it has headers and bodies.
	Observe func(r *recording.Recording, captured bool)
	// MaskConsumer replaces a consumer that is told by a secret one of the headers; nil leaves it as it is.
	MaskConsumer func(consumer string, headers recording.Values) string
}

// shown returns a consumer as spans have it.
func (o *Options) shown(consumer string, headers recording.Values) string {
	if o.MaskConsumer == nil {
		return consumer
	}
	return o.MaskConsumer(consumer, headers)
}

// Middleware wraps servers and clients of the Collector, of HTTP and of gRPC.
type Middleware struct {
	running              atomic.Pointer[running]
	receivers, exporters atomic.Bool
}

// ServesReceivers reports whether any receiver has asked for its wrapper.
func (m *Middleware) ServesReceivers() bool { return m.receivers.Load() }

// ServesExporters reports whether any exporter has asked for its wrapper.
func (m *Middleware) ServesExporters() bool { return m.exporters.Load() }

// running is what the wrappers find between Start and Stop.
type running struct {
	options              *Options
	receivers, exporters *side
	stopping             chan struct{}
	release              sync.Once
}

// side is one end of pipelines: their receivers, or their exporters.
type side struct {
	core.Terms
	options *Options
}

var (
	_ extensionmiddleware.HTTPServer = (*Middleware)(nil)
	_ extensionmiddleware.HTTPClient = (*Middleware)(nil)
	_ extensionmiddleware.GRPCServer = (*Middleware)(nil)
	_ extensionmiddleware.GRPCClient = (*Middleware)(nil)
)

// Start treats exchanges by o from now on.
func (m *Middleware) Start(o Options) {
	stopping := make(chan struct{})
	named := func(name string) *side {
		return &side{options: &o, Terms: core.Terms{
			Gateway: name, Instance: o.Instance, ConsumerHeader: o.ConsumerHeader, Engine: o.Engine, Route: o.Route, Capture: o.Capture,
			MaxBody: o.MaxBody, FaultHeader: o.FaultHeader, Stopping: stopping, PassStopped: true, Observe: o.Observe,
		}}
	}
	m.running.Store(&running{options: &o, receivers: named(o.Receivers), exporters: named(o.Exporters), stopping: stopping})
}

// Release ends injected waits at once, and harms nothing any more: pipelines that stop must not wait for us, nor lose
// what they still hold. Exchanges are recorded until Stop. It may be called without Start, and again.
func (m *Middleware) Release() {
	if run := m.running.Load(); run != nil {
		run.release.Do(func() { close(run.stopping) })
	}
}

// Stop lets everything pass on as if there were no middleware. It may be called without Start, and again.
func (m *Middleware) Stop() {
	m.Release()
	m.running.Store(nil)
}

// GetHTTPHandler is for servers of HTTP: receivers.
func (m *Middleware) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	m.receivers.Store(true)
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return httpServer{m, next}, nil
	}, nil
}

// GetHTTPRoundTripper is for clients of HTTP: exporters.
func (m *Middleware) GetHTTPRoundTripper(context.Context) (extensionmiddleware.WrapHTTPRoundTripperFunc, error) {
	m.exporters.Store(true)
	return func(_ context.Context, next http.RoundTripper) (http.RoundTripper, error) {
		return httpClient{m, next}, nil
	}, nil
}

// GetGRPCServerOptions is for servers of gRPC: receivers.
func (m *Middleware) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	m.receivers.Store(true)
	return []grpc.ServerOption{grpc.ChainUnaryInterceptor(m.unaryServer), grpc.ChainStreamInterceptor(m.streamServer)}, nil
}

// GetGRPCClientOptions is for clients of gRPC: exporters.
func (m *Middleware) GetGRPCClientOptions(context.Context) ([]grpc.DialOption, error) {
	m.exporters.Store(true)
	return []grpc.DialOption{grpc.WithChainUnaryInterceptor(m.unaryClient), grpc.WithChainStreamInterceptor(m.streamClient)}, nil
}
