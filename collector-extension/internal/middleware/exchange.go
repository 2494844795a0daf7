package middleware

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const failureClient = "client aborted"

// exchange is one request of a pipeline.
type exchange struct {
	fault.Exchange
	run    *running
	faults fault.Faults
	start  time.Time
	span   trace.Span
	rec    *recording.Recording
	// shown is the consumer as spans have it.
	shown string

	// told are headers of the answer that a fault gave instead, for calls.
	told map[string]string
	// forwarded is when the exchange was passed on, before the delay until then.
	forwarded time.Time
	before    time.Duration

	// mu guards what follows: clients may still send while the answer is there.
	mu         sync.Mutex
	in, out    captured
	over       bool
	firstByted bool
}

// captured are the first bytes of a body.
type captured struct {
	kept []byte
	size int64
}

// incoming is what is known of a request before it is decided about.
type incoming struct {
	gateway   string
	protocol  recording.Protocol
	method    string
	path      string
	rawQuery  string
	operation string
	consumer  string
	header    http.Header
}

// begin decides about an exchange.
func (r *running) begin(ctx context.Context, in incoming) *exchange {
	x := &exchange{run: r, start: time.Now(), span: trace.SpanFromContext(ctx)}
	span := x.span.SpanContext()
	if !span.HasTraceID() {
		span = telemetry.Caller(in.header)
	}
	engine := r.Engine()
	route := strings.ToValidUTF8(r.Route(in.method, in.path), "\uFFFD")
	decision := r.decide(engine, scenario.Exchange{
		Gateway: in.gateway, Protocol: string(in.protocol), Method: in.method, Path: in.path, RawQuery: in.rawQuery, Header: in.header,
		Consumer: in.consumer, Route: route, Operation: in.operation, TraceID: [16]byte(span.TraceID()),
		Luck: rand.Uint64(),
	})
	x.faults = fault.From(decision)
	x.Stopping, x.Released = r.stopping, engine.Done()
	x.rec = &recording.Recording{
		Timestamp: x.start.UTC(), TraceID: span.TraceID().String(), Protocol: in.protocol, Gateway: in.gateway, Instance: r.Instance,
		Consumer: in.consumer, Method: in.method, Path: in.path, Operation: in.operation,
		Route:        route,
		ScenarioMode: string(decision.Mode), ScenarioVersion: decision.Version, Rule: decision.Rule,
	}
	if span.HasSpanID() {
		x.rec.SpanID = span.SpanID().String()
	}
	if r.Capture != nil && r.Capture(in.path) {
		// NewV7 fails only where the source of randomness does, which crashes the process instead.
		x.rec.ID, _ = uuid.NewV7()
		x.rec.Headers = recording.Values(in.header.Clone())
	}
	if x.span.IsRecording() {
		x.shown = r.shown(in.consumer, recording.Values(in.header))
	}
	return x
}

func (r *running) decide(engine *scenario.Engine, x scenario.Exchange) scenario.Decision {
	select {
	case <-r.stopping:
		return scenario.Decision{Mode: scenario.Healthy, Version: engine.Scenario().Version}
	default:
		return engine.Decide(x)
	}
}

func (x *exchange) captures() bool { return x.rec.ID != uuid.Nil }

// inject harms the exchange before it is passed on. The answer is not nil where it is answered with that instead; err is a
// fault.BrokenError where it is broken off, else that of ctx where the client gave up.
func (x *exchange) inject(ctx context.Context) (instead *fault.Answer, err error) {
	x.Answer = func(a fault.Answer) { instead = &a }
	answered, err := x.faults.Inject(ctx, &x.Exchange)
	if err != nil || answered {
		return instead, err
	}
	x.forwarded, x.before = time.Now(), x.Delay()
	return nil, nil
}

// failed says why the exchange ended with err: a fault broke it off, or else.
func (x *exchange) failed(err error, otherwise string) string {
	if broken := fault.BrokenError(""); errors.As(err, &broken) {
		return broken.Error()
	}
	return otherwise
}

// firstByte harms the exchange when the answer begins, before the client sees it.
func (x *exchange) firstByte(ctx context.Context) error {
	if x.firstByted || x.forwarded.IsZero() {
		return nil
	}
	x.firstByted = true
	return x.faults.FirstByte(ctx, &x.Exchange, x.forwarded)
}

// keep notes a part of a body.
func (x *exchange) keep(body *captured, p []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return
	}
	body.size += int64(len(p))
	if room := x.room(body); room > 0 && x.captures() {
		body.kept = append(body.kept, p[:min(room, len(p))]...)
	}
}

// room is how much more may be kept of a body. Both have room for MaxBody together, an eighth of which a request leaves to its
// answer. mu is held.
func (x *exchange) room(body *captured) int {
	other := len(x.in.kept)
	if body == &x.in {
		other = max(len(x.out.kept), x.run.MaxBody/8)
	}
	return x.run.MaxBody - other - len(body.kept)
}

// answered notes the time of the answer's first byte.
func (x *exchange) answered() {
	if x.rec.FirstByteMS == nil {
		first := milliseconds(time.Since(x.start))
		x.rec.FirstByteMS = &first
	}
}

// finish completes the recording and hands it over, once.
func (x *exchange) finish(ctx context.Context) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return
	}
	x.over = true
	rec, end := x.rec, time.Now()
	if rec.ResponseStatus == 0 && rec.Failure == "" && errors.Is(ctx.Err(), context.Canceled) {
		rec.Failure = failureClient
	}
	rec.Faults = x.Injected()
	rec.ResponseTimeMS, rec.InjectedDelayMS = milliseconds(end.Sub(x.start)), milliseconds(x.Delay())
	if !x.forwarded.IsZero() {
		upstream := milliseconds(max(0, end.Sub(x.forwarded)-(x.Delay()-x.before)))
		rec.UpstreamTimeMS = &upstream
	}
	rec.Body, rec.ResponseBody = x.in.body(), x.out.body()
	if x.captures() {
		// Receivers and exporters have no heads as they were sent, but the bytes of values.
		rec.KeepHeaderForm(nil)
		rec.KeepResponseHeaderForm(nil)
	}
	if x.span.IsRecording() {
		x.span.SetAttributes(telemetry.Attributes(rec, x.shown)...)
	}
	reported := *rec // A stream may still be at rec.
	x.run.Observe(&reported, x.captures())
}

func (c captured) body() recording.Body {
	return recording.Body{Content: c.kept, Size: c.size, Truncated: int64(len(c.kept)) < c.size}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
