package mockforgeextension

import (
	"context"
	"math"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/extension"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// componentType is the component's type in configurations.
var componentType = component.MustNewType("mockforge")

// NewFactory makes the factory of the extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(componentType, createDefaultConfig, create, component.StabilityLevelAlpha)
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newExtension(cfg.(*Config), set), nil
}

func createDefaultConfig() component.Config {
	control := confighttp.NewDefaultServerConfig()
	control.NetAddr.Endpoint = "127.0.0.1:4600"
	// The live stream of figures stays open for as long as its reader wants.
	control.WriteTimeout = 0
	control.MaxRequestBodySize = 1 << 20
	return &Config{
		Control: ControlConfig{ServerConfig: control},
		Prometheus: PrometheusConfig{
			Enabled:            true,
			Endpoint:           "127.0.0.1:9464",
			Path:               "/metrics",
			HistogramBuckets:   []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5},
			NativeHistograms:   true,
			CollectPluginStats: true,
		},
		OpenTelemetry: OpenTelemetryConfig{Enabled: true, Protocol: "grpc", SamplingRate: 1, ExportIntervalMS: 5000},
		Recorder: RecorderConfig{
			Enabled:       true,
			Storage:       StorageConfig{RetentionDays: 30, TrafficDays: traffic.DefaultDays(), SpoolMaxMB: 256},
			BufferMaxMB:   64,
			BufferSize:    100_000,
			ExcludePaths:  []string{"/health", "/metrics"},
			Sampling:      recorder.AllKept(),
			MaxBodySizeKB: 1024,
			Redact:        RedactConfig{Redaction: recording.DefaultRedaction()},
		},
		Scenarios:  ScenariosConfig{Enabled: true, DefaultMode: string(scenario.Healthy), MaxDuration: time.Hour, FaultHeader: true, HistoryDays: 730},
		Middleware: defaultMiddleware(),
	}
}

func defaultGateway() GatewayConfig {
	server := confighttp.NewDefaultServerConfig()
	server.WriteTimeout = 0
	server.MaxRequestBodySize = math.MaxInt64
	server.CompressionAlgorithms = []string{}
	return GatewayConfig{
		Server:         server,
		Upstream:       confighttp.NewDefaultClientConfig(),
		ConsumerHeader: "X-Consumer",
		Limits:         defaultLimits(),
		FaultRequests:  FaultRequestsConfig{MaxLatency: 10 * time.Second, MaxTimeout: time.Minute},
	}
}
