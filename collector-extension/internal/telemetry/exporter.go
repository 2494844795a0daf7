package telemetry

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// newExporter sends spans to the endpoint of o. Headers, such as those of an authentication, come from the standard
// environment variable OTEL_EXPORTER_OTLP_HEADERS.
func newExporter(ctx context.Context, o TracingOptions) (*reportingExporter, error) {
	endpoint, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, err
	}
	var exporter sdktrace.SpanExporter
	if o.Protocol == "http" {
		if strings.Trim(endpoint.Path, "/") == "" {
			endpoint.Path = "/v1/traces"
		}
		exporter, err = otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(endpoint.String()))
	} else {
		exporter, err = otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(endpoint.String()))
	}
	if err != nil {
		return nil, err
	}
	e := &reportingExporter{SpanExporter: exporter, log: o.Logger, endpoint: endpoint.Redacted()}
	e.patience, e.abort = context.WithCancel(context.Background())
	return e, nil
}

// reportingExporter logs when the endpoint begins to fail and when it is back, not every batch.
type reportingExporter struct {
	sdktrace.SpanExporter
	log      *slog.Logger
	endpoint string
	failing  atomic.Bool
	// patience ends when abort is called: what is being sent is then given up.
	patience context.Context
	abort    context.CancelFunc
}

func (e *reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.patience, cancel)()
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && !e.failing.Swap(true):
		e.log.Error("spans are lost until the endpoint takes them: check opentelemetry::endpoint and opentelemetry::protocol",
			"endpoint", e.endpoint, "error", err)
	case err == nil && e.failing.Swap(false):
		e.log.Info("spans are exported again", "endpoint", e.endpoint)
	}
	// Said above: the SDK would print it as well, outside of the Collector's log.
	return nil
}
