package mockforgeextension

import (
	"context"
	"net/url"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// startTracing makes the spans of gateways from now on. What is shut down later still finds its spans exported.
func (m *mockforge) startTracing(ctx context.Context) error {
	c := m.config.OpenTelemetry
	if !c.Enabled {
		return nil
	}
	var err error
	m.tracing, err = telemetry.NewTracing(ctx, telemetry.TracingOptions{
		Endpoint: c.Endpoint, Protocol: c.Protocol, SamplingRate: c.SamplingRate,
		ExportInterval: time.Duration(c.ExportIntervalMS) * time.Millisecond,
		Provider:       m.settings.TracerProvider,
		Service:        "mockforge", Version: m.settings.BuildInfo.Version, Instance: m.instance.ID, Logger: m.log,
		Mask: m.redactor.Text, MaskPath: m.redactor.Path, MaskConsumer: m.redactor.Consumer,
	})
	if err != nil {
		return err
	}
	m.onShutdown(m.tracing.Shutdown)
	return nil
}

// gatewayTelemetry returns the settings for the servers of gateways, whose spans are ours: the Collector would make a second one
// for each request.
func (m *mockforge) gatewayTelemetry() component.TelemetrySettings {
	settings := m.settings.TelemetrySettings
	settings.TracerProvider = noop.NewTracerProvider()
	return settings
}

func validateTracesEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	target, err := url.Parse(endpoint)
	switch {
	case err != nil || target.Scheme != "http" && target.Scheme != "https" || target.Host == "":
		return validation.Errorf("endpoint", "must be an http or https URL such as http://tempo:4317, or empty for the Collector's own telemetry")
	case target.User != nil:
		return validation.Errorf("endpoint", "must not contain a user or password, set OTEL_EXPORTER_OTLP_HEADERS instead")
	}
	return nil
}
