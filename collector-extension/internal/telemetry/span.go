package telemetry

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Incoming is a request that a gateway got.
type Incoming struct {
	*http.Request
	Gateway  string
	Protocol recording.Protocol
	// Operation and Route are those of the recording.
	Operation, Route string
}

// Span is the SERVER span of an exchange, with the CLIENT span of what was forwarded. The zero value and nil do nothing.
// It belongs to the goroutine of the exchange.
type Span struct {
	tracing *Tracing
	request Incoming
	context trace.SpanContext
	server  trace.Span
	client  trace.Span
	answer  *http.Response
	err     error
}

// Start begins the SERVER span of an exchange, below that of the caller, which s is to be. The context has the span and the baggage.
func (t *Tracing) Start(ctx context.Context, in Incoming, s *Span) context.Context {
	if t == nil || t.silent {
		s.tracing, s.context = t, Caller(in.Header)
		return ctx
	}
	started, span := t.start(ctx, propagation.HeaderCarrier(in.Header), serverName(in), trace.WithSpanKind(trace.SpanKindServer))
	if span.IsRecording() {
		// Not at the start: most exchanges are not sampled, or there is nobody to tell.
		span.SetAttributes(t.serverAttributes(in)...)
	}
	*s = Span{tracing: t, request: in, context: span.SpanContext(), server: span}
	return started
}

// Context returns the span, whether sampled or not. Without tracing it is that of the caller; its trace id is always valid.
func (s *Span) Context() trace.SpanContext {
	if s == nil {
		return trace.SpanContext{}
	}
	return s.context
}

// Recording reports whether there is a span that still looks at the request of the exchange.
func (s *Span) Recording() bool { return s != nil && s.server != nil && s.server.IsRecording() }

// Silent reports whether there is no span at all, so that Forward does no more than Carry.
func (s *Span) Silent() bool { return s == nil || s.server == nil }

// Forward begins the CLIENT span of r, which is about to be sent, and puts it into its headers: they must be r's own. It
// returns r, or a copy that has the span in its context. The caller's baggage stays as it came.
func (s *Span) Forward(r *http.Request) *http.Request {
	if s == nil {
		return r
	}
	if s.server == nil {
		s.Carry(r.Context(), r.Header)
		return r
	}
	ctx, span := s.tracing.tracer.Start(trace.ContextWithSpan(r.Context(), s.server), clientName(s.request), trace.WithSpanKind(trace.SpanKindClient))
	if span.IsRecording() {
		span.SetAttributes(s.tracing.clientAttributes(s.request, r)...)
	}
	s.client = span
	s.Carry(ctx, r.Header)
	// Not Clone: it would cut off the trailers, which the server adds to their map when the body has ended.
	return r.WithContext(ctx)
}

// Answered notes what the upstream answered; the answer's body may still come.
func (s *Span) Answered(response *http.Response, err error) {
	if s != nil {
		s.answer, s.err = response, err
	}
}

// End ends both spans when the exchange is over, as r has it.
func (s *Span) End(r *recording.Recording) {
	if s == nil || s.server == nil {
		return
	}
	if s.client != nil {
		s.endClient(r)
	}
	if !s.server.IsRecording() {
		s.server.End()
		return
	}
	s.server.SetAttributes(Attributes(r, s.tracing.consumer(r.Consumer, recording.Values(s.request.Header)))...)
	if r.Protocol == recording.GRPC && r.GRPCStatus != nil {
		s.server.SetAttributes(semconv.RPCResponseStatusCode(grpcName(*r.GRPCStatus)))
	}
	if r.ResponseStatus != 0 {
		s.server.SetAttributes(semconv.HTTPResponseStatusCode(r.ResponseStatus))
	}
	failure := ErrorType(r)
	if failure != "" {
		s.server.SetAttributes(semconv.ErrorTypeKey.String(failure))
		s.server.SetStatus(codes.Error, s.tracing.mask(r.Failure))
	}
	s.server.End()
}

func (s *Span) endClient(r *recording.Recording) {
	defer s.client.End()
	if !s.client.IsRecording() {
		return
	}
	switch {
	case s.err != nil:
		if r.FailureKind != "" {
			s.client.SetAttributes(semconv.ErrorTypeKey.String(string(r.FailureKind)))
		} else {
			s.client.SetAttributes(semconv.ErrorType(s.err))
		}
		s.client.SetStatus(codes.Error, s.tracing.mask(r.Failure))
	case s.answer != nil:
		s.client.SetAttributes(semconv.HTTPResponseStatusCode(s.answer.StatusCode))
		code, err := strconv.Atoi(firstOf(s.answer.Trailer.Get("Grpc-Status"), s.answer.Header.Get("Grpc-Status")))
		switch {
		case r.Protocol == recording.GRPC && err == nil:
			s.client.SetAttributes(semconv.RPCResponseStatusCode(grpcName(code)))
			if code != 0 {
				s.client.SetAttributes(semconv.ErrorTypeKey.String(grpcName(code)))
				s.client.SetStatus(codes.Error, "")
			}
		case s.answer.StatusCode >= 400:
			s.client.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(s.answer.StatusCode)))
			s.client.SetStatus(codes.Error, "")
		case r.Blamed() == recording.ByUpstream:
			s.client.SetAttributes(semconv.ErrorTypeKey.String(firstOf(string(r.FailureKind), kindUpstream)))
			s.client.SetStatus(codes.Error, s.tracing.mask(r.Failure))
		}
	}
}

// Inner begins a span of something within an exchange, such as a plugin of the gateway. ctx is that of the exchange; end
// is called with what went wrong, nil where nothing did.
func (t *Tracing) Inner(ctx context.Context, name string, attributes ...attribute.KeyValue) (inner context.Context, end func(error)) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, func(error) {}
	}
	inner, span := t.tracer.Start(ctx, name, trace.WithAttributes(attributes...))
	return inner, func(err error) {
		if err != nil {
			span.SetAttributes(semconv.ErrorType(err))
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

// traceHeaders sets all headers but the baggage.
type traceHeaders struct{ propagation.HeaderCarrier }

func (h traceHeaders) Set(key, value string) {
	if !strings.EqualFold(key, "baggage") {
		h.HeaderCarrier.Set(key, value)
	}
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func hostPort(address string) (host string, port int) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return address, 0
	}
	port, _ = strconv.Atoi(text)
	return host, port
}
