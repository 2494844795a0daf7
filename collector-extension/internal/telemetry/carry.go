package telemetry

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Carry puts the span of ctx, which is one of the exchange, into the headers of a request within the exchange. Without
// tracing it puts the trace of the exchange there, unless the caller has told one, so that the trace id of a recording
// leads to what the upstream traces.
func (s *Span) Carry(ctx context.Context, header http.Header) {
	switch {
	case s == nil:
	case s.server != nil:
		s.tracing.propagator.Inject(ctx, traceHeaders{propagation.HeaderCarrier(header)})
	case header["Traceparent"] == nil:
		header["Traceparent"] = []string{s.Traceparent()}
	}
}

// Traceparent returns what Carry puts into the headers of a request that has none, without tracing.
//
// It is a span that nobody records, of the trace of the exchange. It is sampled, since samplers of the upstream drop what is below a
// parent that is not; the sampling rate holds where there is one.
func (s *Span) Traceparent() string {
	var flags trace.TraceFlags
	if s.tracing == nil || s.tracing.rate >= 1 || rand.Float64() < s.tracing.rate {
		flags = trace.FlagsSampled
	}
	return traceparent(s.context.TraceID(), newSpanID(), flags)
}

// traceparent returns a span in the form of W3C Trace Context, section 3.2.
func traceparent(traceID trace.TraceID, spanID trace.SpanID, traceFlags trace.TraceFlags) string {
	flags := [1]byte{byte(traceFlags)}
	b := make([]byte, 0, len("00-")+2*len(traceID)+1+2*len(spanID)+len("-00"))
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, traceID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, spanID[:])
	b = append(b, '-')
	return string(hex.AppendEncode(b, flags[:]))
}
