package telemetry

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"go.opentelemetry.io/contrib/propagators/autoprop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// scope names the instrumentation on spans.
const scope = "github.com/mockforge/mockforge-observability-app/collector-extension"

// TracingOptions are what spans are made with.
type TracingOptions struct {
	// Endpoint is an http or https URL that takes OTLP; empty gives the spans to Provider.
	Endpoint string
	// Protocol of Endpoint is grpc or http.
	Protocol string
	// SamplingRate is the share of the traces that begin here which is kept, 0 to 1. A caller's decision stands.
	SamplingRate float64
	// ExportInterval is how long spans wait for others at most before they are sent to Endpoint.
	ExportInterval time.Duration
	// Provider is the Collector's own.
	Provider trace.TracerProvider
	// Service, Version and Instance identify the sender to Endpoint.
	Service, Version, Instance string
	// Mask replaces what is secret in texts, MaskPath in paths as they were sent; nil leaves them as they are.
	Mask, MaskPath func(string) string
	// MaskConsumer replaces a consumer that is told by a secret one of the headers; nil leaves it as it is.
	MaskConsumer func(consumer string, headers recording.Values) string
	Logger       *slog.Logger
}

// Tracing makes the spans of exchanges. A nil one makes none, and tells the trace of the caller all the same.
type Tracing struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	rate       float64
	mask       func(string) string
	maskPath   func(string) string
	consumer   func(consumer string, headers recording.Values) string
	// owned and exporter are nil where the spans are given to the Collector's own provider.
	owned    *sdktrace.TracerProvider
	exporter *reportingExporter
	// silent reports whether the provider makes no spans: the Collector's own telemetry has no traces.
	silent bool
}

// NewTracing makes spans from now on until Shutdown. It does not wait for the endpoint.
func NewTracing(ctx context.Context, o TracingOptions) (*Tracing, error) {
	t := &Tracing{
		propagator: autoprop.NewTextMapPropagator(), rate: o.SamplingRate,
		mask: o.Mask, maskPath: o.MaskPath, consumer: o.MaskConsumer,
	}
	for _, mask := range []*func(string) string{&t.mask, &t.maskPath} {
		if *mask == nil {
			*mask = func(text string) string { return text }
		}
	}
	if t.consumer == nil {
		t.consumer = func(consumer string, _ recording.Values) string { return consumer }
	}
	provider := o.Provider
	if o.Endpoint != "" {
		exporter, err := newExporter(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("opentelemetry::endpoint: %w", err)
		}
		t.exporter = exporter
		t.owned = sdktrace.NewTracerProvider(
			// Start draws for the traces that begin here.
			sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.AlwaysSample())),
			sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(o.ExportInterval)),
			sdktrace.WithResource(resource.NewWithAttributes(semconv.SchemaURL,
				semconv.ServiceName(o.Service), semconv.ServiceVersion(o.Version), semconv.ServiceInstanceID(o.Instance))),
		)
		provider = t.owned
	}
	t.tracer = provider.Tracer(scope, trace.WithInstrumentationVersion(o.Version), trace.WithSchemaURL(semconv.SchemaURL))
	// Never ended, so that nobody is told of it.
	_, probe := t.tracer.Start(context.WithoutCancel(ctx), "probe")
	t.silent = !probe.SpanContext().IsValid()
	return t, nil
}

// flushLimit is how long Flush and Shutdown send at most.
const flushLimit = 2 * time.Second

// Flush sends what is held now, within ctx and two seconds. What was not sent in time is sent later. It may be called on
// nil.
func (t *Tracing) Flush(ctx context.Context) {
	if t == nil || t.owned == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flushLimit)
	defer cancel()
	// The only error is that of ctx.
	_ = t.owned.ForceFlush(ctx)
}

// Shutdown sends what is still held, within ctx and two seconds, and returns when nothing is sent any more. It may be
// called again, and on nil.
func (t *Tracing) Shutdown(ctx context.Context) error {
	if t == nil || t.owned == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushLimit)
	defer cancel()
	defer t.exporter.abort()
	defer context.AfterFunc(ctx, t.exporter.abort)()
	// Not ctx: the provider would return at its end, while the exporter is still at work.
	return t.owned.Shutdown(context.WithoutCancel(ctx))
}

// start begins a span below that of the caller, which header tells.
func (t *Tracing) start(ctx context.Context, carrier propagation.TextMapCarrier, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	ctx = t.propagator.Extract(ctx, carrier)
	if !trace.SpanContextFromContext(ctx).IsValid() && rand.Float64() >= t.rate {
		// Parent-based samplers, the Collector's own among them, drop what is below a parent that is not sampled.
		ctx = trace.ContextWithRemoteSpanContext(ctx, newSpanContext())
	}
	return t.tracer.Start(ctx, name, options...)
}

// Caller returns the span of the caller that the headers of a request tell (W3C Trace Context). Where they tell none, it is
// a trace id that nobody else knows, without a span.
func Caller(header http.Header) trace.SpanContext {
	if len(header["Traceparent"]) == 0 {
		return orNewTrace(trace.SpanContext{})
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(header))
	return orNewTrace(trace.SpanContextFromContext(ctx))
}

func orNewTrace(span trace.SpanContext) trace.SpanContext {
	if span.HasTraceID() {
		return span
	}
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: newTraceID()})
}

// newSpanContext returns random, and not sampled.
func newSpanContext() trace.SpanContext {
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: newTraceID(), SpanID: newSpanID()})
}

func newTraceID() (id trace.TraceID) {
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1)
	return id
}

func newSpanID() (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}
