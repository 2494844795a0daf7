package middleware

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/trace"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// life is what the exchanges of pipelines have in common with those of gateways.
type life = core.Exchange

// exchange is one request of a pipeline.
type exchange struct {
	life
	run  *side
	span trace.Span
	// shown is the consumer as spans have it.
	shown string

	// fields are the headers of the answer that a fault gave instead, for calls.
	fields map[string]string
	// status is the status of the answer to an HTTP client once it has begun, firstByted whether faults have had their say about
	// that.
	status     int
	firstByted bool
}

// begin decides about an exchange; asked is who asks for what.
func (s *side) begin(ctx context.Context, subject scenario.Exchange) *exchange {
	x := &exchange{run: s, span: trace.SpanFromContext(ctx)}
	x.Begin(&s.Terms, subject.Path)
	span := x.span.SpanContext()
	if !span.HasTraceID() {
		span = telemetry.Caller(subject.Header)
	}
	subject.Route = s.RouteOf(subject.Method, subject.Path)
	if x.Captured {
		// What is passed on is changed in place by who comes behind.
		subject.Header = subject.Header.Clone()
	}
	_ = x.Decide(subject, span) // Requests of pipelines ask for no faults, so none is wrong.
	if x.span.IsRecording() {
		x.shown = s.options.shown(subject.Consumer, recording.Values(subject.Header))
	}
	return x
}

// inject harms the exchange before it is passed on. The answer is not nil where it is answered with that instead; err is a
// fault.BrokenError where it is broken off, else that of ctx where the client gave up.
func (x *exchange) inject(ctx context.Context) (instead *fault.Answer, err error) {
	x.Answer = func(a fault.Answer) { instead = &a }
	answered, err := x.Inject(ctx)
	if err != nil || answered {
		return instead, err
	}
	x.Forwarding()
	return nil, nil
}

// failWith notes why the exchange ended with err: a fault broke it off, or else.
func (x *exchange) failWith(err error, otherwise core.Failure) {
	if broken := fault.BrokenError(""); errors.As(err, &broken) {
		otherwise = core.OfFault(broken)
	}
	x.Fail(otherwise)
}

// firstByte harms the exchange when the answer begins, before the client sees it. It is called by one goroutine.
func (x *exchange) firstByte(ctx context.Context) error {
	forwarded := x.Forwarded()
	if x.firstByted || forwarded.IsZero() {
		return nil
	}
	x.firstByted = true
	return x.Faults.FirstByte(ctx, &x.Exchange, forwarded)
}

// finish completes the recording and hands it over, once.
func (x *exchange) finish(ctx context.Context) {
	x.Finish(time.Now(), func(rec *recording.Recording) {
		if rec.ResponseStatus == 0 && rec.Failure == "" && errors.Is(ctx.Err(), context.Canceled) {
			core.ClientAborted.On(rec)
		}
		if x.Captured {
			// Receivers and exporters have no heads as they were sent, but the bytes of values.
			rec.KeepHeaderForm(nil)
			rec.KeepResponseHeaderForm(nil)
		}
		if x.span.IsRecording() {
			x.span.SetAttributes(telemetry.Attributes(rec, x.shown)...)
		}
	})
}
