package mockforgeextension

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/grpc"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/middleware"
	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MiddlewareConfig is how the extension treats the receivers and exporters that name it in their middlewares.
type MiddlewareConfig struct {
	// ReceiversName and ExportersName are what the traffic of receivers and of exporters is called in metrics, recordings
	// and rules, as a gateway is by its name: "receivers" and "exporters" by default.
	ReceiversName string `mapstructure:"receivers_name"`
	ExportersName string `mapstructure:"exporters_name"`
	// ConsumerHeader names the request header (or gRPC metadata) that identifies the client, X-Consumer by default.
	// Where it is absent, the consumer is the user agent and the address.
	ConsumerHeader string `mapstructure:"consumer_header"`
	// RetryAfter is what injected answers tell clients to wait before they try again, 1s by default; 0 is not to.
	RetryAfter time.Duration `mapstructure:"retry_after"`
	// Record false leaves the traffic of pipelines unrecorded; it is counted all the same.
	Record bool `mapstructure:"record"`

	// prevent unkeyed literal initialization
	_ struct{}
}

func defaultMiddleware() MiddlewareConfig {
	return MiddlewareConfig{
		ReceiversName: "receivers", ExportersName: "exporters", ConsumerHeader: "X-Consumer", RetryAfter: time.Second, Record: true,
	}
}

// Validate names the key that is wrong.
func (c *MiddlewareConfig) Validate() error {
	for key, name := range map[string]string{"receivers_name": c.ReceiversName, "exporters_name": c.ExportersName} {
		if !gatewayName.MatchString(name) {
			return validation.Errorf(key, "must be 1 to 63 letters, digits, dots, dashes or underscores, is %q", name)
		}
	}
	if c.RetryAfter < 0 || c.RetryAfter > time.Hour {
		return validation.Errorf("retry_after", "must be between 0 and 1h, is %v", c.RetryAfter)
	}
	return validateConsumerHeader(c.ConsumerHeader)
}

var (
	_ extensionmiddleware.HTTPServer        = (*mockforge)(nil)
	_ extensionmiddleware.HTTPClient        = (*mockforge)(nil)
	_ extensionmiddleware.GRPCServer        = (*mockforge)(nil)
	_ extensionmiddleware.GRPCClient        = (*mockforge)(nil)
	_ extensioncapabilities.PipelineWatcher = (*mockforge)(nil)
)

// startMiddleware puts the wrappers in force that pipelines have got or will get.
func (m *mockforge) startMiddleware() error {
	learner, err := analysis.NewLearner(analysis.LearnerOptions{})
	if err != nil {
		return err
	}
	c := m.config.Middleware
	options := middleware.Options{
		Instance: m.instance.ID, Receivers: c.ReceiversName, Exporters: c.ExportersName, ConsumerHeader: c.ConsumerHeader,
		RetryAfter: c.RetryAfter, FaultHeader: m.config.Scenarios.FaultHeader, Engine: m.engine, Route: m.route(learner),
		MaxBody: m.config.Recorder.MaxBodySizeKB << 10, Observe: m.observe, MaskConsumer: m.redactor.Consumer,
	}
	if m.recorder != nil && c.Record {
		options.Capture = m.recorder.Wants
	}
	m.middleware.Start(options)
	m.onShutdown(func(context.Context) error { m.middleware.Stop(); return nil })
	return nil
}

// Ready shows the fleet what the extension is a middleware of: all receivers and exporters have asked for it by now.
func (m *mockforge) Ready() error {
	var pipelines []scenario.Gateway
	if m.middleware.ServesReceivers() {
		pipelines = append(pipelines, scenario.Gateway{Name: m.config.Middleware.ReceiversName, Endpoint: "receivers", Upstream: "pipelines"})
	}
	if m.middleware.ServesExporters() {
		pipelines = append(pipelines, scenario.Gateway{Name: m.config.Middleware.ExportersName, Endpoint: "pipelines", Upstream: "backends"})
	}
	if len(pipelines) == 0 {
		return nil
	}
	names := make([]string, 0, len(pipelines))
	for _, p := range pipelines {
		names = append(names, p.Name)
	}
	m.metrics.Declare(names, nil)
	m.pipelines.Store(&pipelines)
	if m.follower != nil {
		m.follower.AddGateways(pipelines...)
	}
	return nil
}

// currentInstance returns this collector with all that has become known of it.
func (m *mockforge) currentInstance() scenario.Instance {
	instance := m.instance
	if pipelines := m.pipelines.Load(); pipelines != nil {
		instance.Gateways = slices.Concat(instance.Gateways, *pipelines)
	}
	return instance
}

// NotReady lets go of what is held on pipelines, which stop next. Spans may take their way through them, too.
func (m *mockforge) NotReady() error {
	m.middleware.Release()
	m.tracing.Flush(context.Background())
	return nil
}

// GetHTTPHandler is for receivers.
func (m *mockforge) GetHTTPHandler(ctx context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return m.middleware.GetHTTPHandler(ctx)
}

// GetHTTPRoundTripper is for exporters.
func (m *mockforge) GetHTTPRoundTripper(ctx context.Context) (extensionmiddleware.WrapHTTPRoundTripperFunc, error) {
	return m.middleware.GetHTTPRoundTripper(ctx)
}

// GetGRPCServerOptions is for receivers.
func (m *mockforge) GetGRPCServerOptions(ctx context.Context) ([]grpc.ServerOption, error) {
	return m.middleware.GetGRPCServerOptions(ctx)
}

// GetGRPCClientOptions is for exporters.
func (m *mockforge) GetGRPCClientOptions(ctx context.Context) ([]grpc.DialOption, error) {
	return m.middleware.GetGRPCClientOptions(ctx)
}
