package mockforgeextension

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/extension"
	"go.uber.org/zap/exp/zapslog"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/middleware"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/punctual"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// mockforge is the extension. Start builds its parts from the configuration; Shutdown takes them down in reverse.
type mockforge struct {
	config   *Config
	settings extension.Settings
	log      *slog.Logger
	instance scenario.Instance

	live *scenario.Live
	// off is in force where scenarios are turned off, else nil.
	off      *scenario.Engine
	counter  *traffic.Counter
	metrics  *telemetry.Metrics
	recorder *recorder.Recorder
	redactor *recording.Redactor
	tracing  *telemetry.Tracing
	gateways []*gateway.Gateway
	// middleware is there before Start: pipelines may ask for their wrappers at any time.
	middleware middleware.Middleware
	// follower is nil without a store. pipelines are the gateways that the middleware is to receivers and exporters.
	follower  *state.Follower
	pipelines atomic.Pointer[[]scenario.Gateway]
	// targets are where recordings are replayed, by gateway and name; complete before anything is replayed.
	targets map[string]map[string]replay.Target
	// stops are what Shutdown calls, last first.
	stops []func(context.Context) error
}

var _ extension.Extension = (*mockforge)(nil)

func newExtension(config *Config, settings extension.Settings) *mockforge {
	return &mockforge{config: config, settings: settings, log: slog.New(zapslog.NewHandler(settings.Logger.Core()))}
}

// Start listens on all endpoints, so that a taken port fails at once. PostgreSQL may be away.
func (m *mockforge) Start(ctx context.Context, host component.Host) error {
	if err := m.start(ctx, host); err != nil {
		return errors.Join(err, m.Shutdown(ctx))
	}
	return nil
}

func (m *mockforge) start(ctx context.Context, host component.Host) error {
	failed := func(err error) {
		m.log.Error("an endpoint of the extension failed", "error", err)
		componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
	}
	var err error
	if m.live, err = scenario.NewLive(m.config.Scenarios.defaultScenario(), nil); err != nil {
		return fmt.Errorf("scenarios::default_mode: %w", err)
	}
	if !m.config.Scenarios.Enabled {
		m.off = m.live.Load()
	}
	m.startPunctual()
	if m.redactor, err = recording.NewRedactor(m.config.Recorder.Redact.redaction(m.config.Recorder.MaxBodySizeKB)); err != nil {
		return fmt.Errorf("recorder::redact: %w", err)
	}
	m.instance = m.newInstance()
	m.targets = map[string]map[string]replay.Target{}
	m.counter = traffic.NewCounter(nil)
	m.counter.Instance = m.instance.ID
	m.metrics = telemetry.New(telemetry.Options{
		Buckets:          m.config.Prometheus.HistogramBuckets,
		NativeHistograms: m.config.Prometheus.NativeHistograms,
		Mode:             func() scenario.Mode { return m.engine().Scenario().Mode },
		QueueLength:      m.queueLength,
		SpooledBytes:     m.spooledBytes,
		Active:           m.active,
		TapQueues:        m.tapQueues,
	})
	m.declareMetrics()
	if err := m.startTracing(ctx); err != nil {
		return err
	}
	bus, err := m.startStorage(ctx)
	if err != nil {
		return err
	}
	if err := m.startMiddleware(); err != nil {
		return err
	}
	for i, g := range m.config.Gateways {
		if err := m.startGateway(ctx, host, g, failed); err != nil {
			return fmt.Errorf("%s: %w", index("gateways", i), err)
		}
	}
	if bus.follower != nil {
		m.follower = bus.follower
		bus.follower.Start(m.instance)
	}
	if p := m.config.Prometheus; p.Enabled {
		server := confighttp.NewDefaultServerConfig()
		server.NetAddr = confignet.AddrConfig{Endpoint: p.Endpoint, Transport: confignet.TransportTypeTCP}
		mux := http.NewServeMux()
		mux.Handle(p.Path, m.metrics.Handler())
		if err := m.startEndpoint(ctx, host, "prometheus", server, p.AllowedHosts, mux, failed); err != nil {
			return err
		}
	}
	if m.config.Control.NetAddr.Endpoint != "" {
		return m.startControl(ctx, host, bus, failed)
	}
	return nil
}

// startPunctual makes injected waits as long as they are to be; where the system cannot, they are up to a millisecond late.
func (m *mockforge) startPunctual() {
	stop, err := punctual.Start()
	if err != nil {
		m.log.Warn("injected waits are up to a millisecond late: the system has no timer for them", "error", err)
	}
	m.onShutdown(func(context.Context) error { stop(); return nil })
}

// Shutdown stops accepting, lets exchanges end, and writes what is still held. It may be called without Start, and again.
func (m *mockforge) Shutdown(ctx context.Context) error {
	var errs []error
	for i := len(m.stops) - 1; i >= 0; i-- {
		errs = append(errs, m.stops[i](ctx))
	}
	m.stops = nil
	return errors.Join(errs...)
}

func (m *mockforge) onShutdown(stop func(context.Context) error) { m.stops = append(m.stops, stop) }

func (m *mockforge) startEndpoint(ctx context.Context, host component.Host, key string, c confighttp.ServerConfig, allowedHosts []string, handler http.Handler, failed func(error)) error {
	e, err := newEndpoint(ctx, key, c, allowedHosts, host, m.settings.TelemetrySettings, handler, m.metrics.Misdirected(key), failed)
	if err != nil {
		return err
	}
	m.log.Info("listening", "endpoint", key, "address", e.addr.String())
	m.onShutdown(e.shutdown)
	return nil
}

func (m *mockforge) startGateway(ctx context.Context, host component.Host, c GatewayConfig, failed func(error)) error {
	upstream, err := c.upstream()
	if err != nil {
		return err
	}
	learner, err := analysis.NewLearner(analysis.LearnerOptions{Routes: c.Routes})
	if err != nil {
		return err
	}
	transport, err := gateway.NewTransport(ctx, c.Upstream, host.GetExtensions())
	if err != nil {
		return err
	}
	preserveHost := false
	if upstream != nil {
		var why string
		preserveHost, why = hostOf(upstream, c.PreserveHost)
		m.sayHost(c.Name, preserveHost, why)
	}
	headers := headersOf(c.Upstream)
	options := gateway.Options{
		Name: c.Name, Instance: m.instance.ID, Upstream: upstream, Transport: transport, Headers: headers,
		PreserveHost: preserveHost, Upgrades: c.Upgrades, CORS: c.Server.CORS.HasValue(), ConsumerHeader: c.ConsumerHeader, Mocks: c.Mocks, Route: m.route(learner),
		FaultHeader: m.config.Scenarios.FaultHeader, Engine: m.engine, MaxBody: m.config.Recorder.MaxBodySizeKB << 10,
		Observe: m.observe, Executed: m.executed, Tracing: m.tracing, Logger: m.log,
		Connected:   func(delta int64) { m.counter.Connected(c.Name, delta) },
		Limits:      c.Limits.limits(),
		TurnedAway:  func() { m.metrics.TurnedAway(c.Name) },
		Unread:      func(by recording.FailedBy, kind recording.FailureKind) { m.metrics.Unread(c.Name, by, kind) },
		NoKeepAlive: !keepsAlive(c.Server),
		Missed:      m.metrics.MissedMessages,
	}
	if m.off == nil {
		options.FaultRequests = c.FaultRequests.limits()
		options.Refused = func(mode scenario.Mode) { m.metrics.Refused(c.Name, mode) }
	}
	if m.recorder != nil {
		options.Capture = m.recorder.Wants
	}
	if options.Plugins, err = m.plugins(ctx, c.Plugins, host); err != nil {
		return err
	}
	replays := options
	if replays.Route, err = m.replayRoute(c, learner); err != nil {
		return err
	}
	targets, err := m.replayTargets(ctx, c, host, replays)
	if err != nil {
		return err
	}
	g, err := gateway.New(ctx, options)
	if err != nil {
		return err
	}
	server, err := m.gatewayServer(ctx, c, host, g)
	if err != nil {
		return err
	}
	listener, err := c.Server.ToListener(ctx)
	if err != nil {
		return fmt.Errorf("server::endpoint: cannot listen on %s: %w", c.Server.NetAddr.Endpoint, err)
	}
	g.Serve(server, listener, func(err error) { failed(fmt.Errorf("gateway %s: %w", c.Name, err)) })
	m.gateways = append(m.gateways, g)
	m.instance.Gateways = append(m.instance.Gateways, scenario.Gateway{
		Name: c.Name, Endpoint: listener.Addr().String(), Upstream: c.shownUpstream(), ReplayTargets: targetNames(c.ReplayTargets),
	})
	m.log.Info("gateway listening", "gateway", c.Name, "address", listener.Addr().String(), "upstream", c.shownUpstream())
	m.targets[c.Name] = targets
	m.onShutdown(func(ctx context.Context) error {
		defer transport.Close()
		return g.Shutdown(ctx)
	})
	return nil
}

// upstream returns where the gateway forwards to; nil where only mocks answer.
func (g *GatewayConfig) upstream() (*url.URL, error) {
	if g.Upstream.Endpoint == "" {
		return nil, nil
	}
	upstream, err := gateway.UpstreamURL(g.Upstream.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("upstream::endpoint: %w", err)
	}
	return upstream, nil
}

// shownUpstream returns what users are told of the upstream.
func (g *GatewayConfig) shownUpstream() string {
	upstream, err := url.Parse(g.Upstream.Endpoint)
	if err != nil || g.Upstream.Endpoint == "" {
		return "mocks"
	}
	return upstream.Redacted()
}

// route templates paths. A secret in a path is masked first, since a learned template has the segments that are few.
func (m *mockforge) route(learner *analysis.Learner) func(method, path string) string {
	return func(method, path string) string { return learner.Route(method, m.redactor.Path(path)) }
}

// engine returns the scenario in force; where scenarios are turned off, it is the healthy one whatever is set.
func (m *mockforge) engine() *scenario.Engine {
	if m.off != nil {
		return m.off
	}
	return m.live.Load()
}

// observe is told of every exchange that is over.
func (m *mockforge) observe(r *recording.Recording, captured bool) {
	m.counter.Observe(
		traffic.Key{Gateway: r.Gateway, Protocol: string(r.Protocol), Route: r.Route, Mode: r.ScenarioMode},
		latency(r), telemetry.OutcomeOf(r))
	m.metrics.Observe(r)
	if captured {
		m.metrics.LeftOut(r)
		m.recorder.Record(r)
	}
}

// latency returns how long a client waited for its answer. What stays open for as long as somebody listens, WebSockets and
// server-sent events, is not slow for that: there it is the time to the first byte.
func latency(r *recording.Recording) time.Duration {
	ms := r.ResponseTimeMS
	open := r.Protocol == recording.WebSocket || len(r.Messages) > 0 && r.Messages[0].Kind == "event"
	if open && r.FirstByteMS != nil {
		ms = *r.FirstByteMS
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func (m *mockforge) queueLength() int {
	if m.recorder == nil {
		return 0
	}
	return m.recorder.QueueLength()
}

func (m *mockforge) spooledBytes() int64 {
	if m.recorder == nil {
		return 0
	}
	return m.recorder.SpooledBytes()
}

func (m *mockforge) active() map[string]int64 {
	active := make(map[string]int64, len(m.gateways))
	for _, g := range m.gateways {
		active[g.Name()] = g.Active()
	}
	return active
}

func (m *mockforge) newInstance() scenario.Instance {
	instance := scenario.Instance{
		ID: uuid.NewString(), Build: m.settings.BuildInfo.Version, Started: time.Now().UTC(), Gateways: []scenario.Gateway{},
		Limits: m.config.Scenarios.limits(),
	}
	if id, ok := m.settings.Resource.Attributes().Get("service.instance.id"); ok && id.Str() != "" {
		instance.ID = id.Str()
	}
	instance.Name, _ = os.Hostname()
	if instance.Name == "" {
		instance.Name = instance.ID
	}
	return instance
}
