package exchange

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/trace"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Terms are what all exchanges of a gateway, or of one side of a pipeline, are treated by. They do not change.
type Terms struct {
	// Gateway is the name in recordings, metrics and rules; Instance is the name of the collector.
	Gateway, Instance string
	// ConsumerHeader names the request header that identifies the client; empty is none.
	ConsumerHeader string
	// Engine returns the scenario in force. It is called once per exchange.
	Engine func() *scenario.Engine
	// Requested are the limits within which callers may ask for faults on their own requests; nil where they may not.
	Requested *scenario.Limits
	// Route gives the template of a path.
	Route func(method, path string) string
	// Capture reports whether an exchange with path is recorded; nil is never. MaxBody is how many bytes are kept of the contents of
	// an exchange: of both bodies and all messages together.
	Capture func(path string) bool
	MaxBody int
	// FaultHeader says in answers what was injected.
	FaultHeader bool
	// Stopping is closed when waits are to end at once. PassStopped says that nothing is injected into exchanges that begin
	// after that.
	Stopping    <-chan struct{}
	PassStopped bool
	// Observe is called once for every exchange when it is over; captured says whether it has headers and bodies. What it is given is
	// its own then; else it is until Observe returns.
	Observe func(r *recording.Recording, captured bool)
}

// Exchange is one request with its answer. Begin and Decide come first, in this order, Finish comes last.
type Exchange struct {
	fault.Exchange
	terms *Terms
	// Start is when the request came. Captured reports whether contents and headers are kept.
	Start    time.Time
	Captured bool
	// In and Out are what is kept of the bodies, Room what may be kept of all contents; nil where nothing may.
	In, Out capture.Body
	Room    *capture.Room
	space   capture.Room
	// Subject is what the decision is about, Engine the scenario that makes it, and Wanted what the request asks for by itself.
	// Decision is what was decided, Faults what of that is still to be injected.
	Subject  scenario.Exchange
	Engine   *scenario.Engine
	Wanted   Wanted
	Decision scenario.Decision
	Faults   fault.Faults

	// Recycled is what the recording was made in where nothing is captured, so that nobody has kept it. One that is there at Decide is
	// used again.
	Recycled *recording.Recording

	// mu guards what follows.
	mu  sync.Mutex
	rec *recording.Recording
	// forwarded is when the upstream was asked, and waited what faults had made the exchange wait before that.
	forwarded, firstByte time.Time
	waited               time.Duration
	// times are what the recording points to, ownTimes those of one that nobody keeps.
	times    *times
	ownTimes times
	failure  Failure
	over     bool
}

// Begin starts the clock of an exchange with path, and makes room for its contents where they are kept.
func (x *Exchange) Begin(t *Terms, path string) {
	x.terms, x.Start = t, time.Now()
	if x.Captured = t.Capture != nil && t.Capture(path); x.Captured {
		x.space.Begin(t.MaxBody)
		x.Room = &x.space
	}
	x.In.Begin(capture.FromClient, x.Room)
	x.Out.Begin(capture.ToClient, x.Room)
}

// Now returns the time by the clock that the exchange was begun with: to ask for what has passed costs half of what the time of day does.
func (x *Exchange) Now() time.Time { return x.Start.Add(time.Since(x.Start)) }

// Decide has the scenario decide about the exchange, or the request for itself where that is allowed. subject is the exchange as
// scenarios see it; its gateway, trace id and luck are added here. The error says what is wrong with what the request asks for;
// nothing is injected then.
func (x *Exchange) Decide(subject scenario.Exchange, span trace.SpanContext) error {
	subject.Gateway, subject.TraceID, subject.Luck = x.terms.Gateway, [16]byte(span.TraceID()), rand.Uint64()
	x.Subject, x.Engine = subject, x.terms.Engine()
	decision, err := x.decide()
	x.Decision = decision
	x.Faults = fault.From(decision)
	x.Stopping, x.Released = x.terms.Stopping, x.Engine.Done()
	switch {
	case x.Captured:
		kept := new(struct {
			recording.Recording
			times
		})
		x.rec, x.times = &kept.Recording, &kept.times
	case x.Recycled == nil:
		x.Recycled = new(recording.Recording)
		fallthrough
	default:
		x.rec, x.times = x.Recycled, &x.ownTimes
		*x.rec = recording.Recording{}
	}
	rec := x.rec
	rec.Timestamp, rec.TraceID, rec.Protocol = x.Start.UTC(), span.TraceID().String(), recording.Protocol(subject.Protocol)
	rec.Gateway, rec.Instance, rec.Consumer = subject.Gateway, x.terms.Instance, subject.Consumer
	rec.Method, rec.Path, rec.Operation, rec.Route = subject.Method, subject.Path, subject.Operation, subject.Route
	rec.ScenarioMode, rec.ScenarioVersion, rec.Rule = string(decision.Mode), decision.Version, decision.Rule
	if span.HasSpanID() {
		rec.SpanID, rec.TraceFlags = span.SpanID().String(), byte(span.TraceFlags())
	}
	if x.Captured {
		// NewV7 fails only where the source of randomness does, which crashes the process instead.
		x.rec.ID, _ = uuid.NewV7()
		x.rec.Headers = recording.Values(subject.Header)
	}
	return err
}

// RouteOf returns the template of a path, as valid text: metrics and databases insist on that, and a path may be any bytes.
func (t *Terms) RouteOf(method, path string) string {
	return strings.ToValidUTF8(t.Route(method, path), "\uFFFD")
}

func (x *Exchange) decide() (scenario.Decision, error) {
	if x.terms.PassStopped {
		select {
		case <-x.terms.Stopping:
			return scenario.Decision{Mode: scenario.Healthy, Version: x.Engine.Scenario().Version}, nil
		default:
		}
	}
	if x.Subject.Method == http.MethodConnect {
		return unharmed(x.Engine), nil // It is refused in any case.
	}
	limits, header := x.terms.Requested, x.Subject.Header
	if limits == nil || header[faultHeader] == nil && header["Baggage"] == nil {
		return x.Engine.Decide(x.Subject), nil
	}
	wanted, err := wantedOf(header, x.Subject.Gateway, *limits)
	if err != nil {
		return unharmed(x.Engine), err
	}
	x.Wanted = wanted
	if len(wanted.faults) == 0 {
		return x.Engine.Decide(x.Subject), nil
	}
	return x.Engine.DecideRequested(x.Subject, wanted.faults), nil
}

// unharmed returns the decision about what is refused anyway.
func unharmed(e *scenario.Engine) scenario.Decision {
	return scenario.Decision{Mode: e.Scenario().Mode, Version: e.Scenario().Version}
}

// Inject harms the exchange before it is forwarded, and reports whether it has its answer. The error is a fault.BrokenError where it
// is to be broken off, else that of ctx.
func (x *Exchange) Inject(ctx context.Context) (answered bool, err error) {
	return x.Faults.Inject(ctx, &x.Exchange)
}

// Forwarding notes that the upstream is asked now, and gives when that is.
func (x *Exchange) Forwarding() time.Time {
	waited, now := x.Delay(), x.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forwarded, x.waited = now, waited
	return now
}

// Forwarded returns when the upstream was asked; zero where it was not.
func (x *Exchange) Forwarded() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.forwarded
}

// Answered notes that the answer has begun; what comes after the first call changes nothing.
func (x *Exchange) Answered() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.firstByte.IsZero() {
		x.firstByte = x.Now()
	}
}

// Fail notes why the exchange ends other than by a whole answer. The last one holds.
func (x *Exchange) Fail(f Failure) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failure = f
}

// Failed reports whether a failure was noted.
func (x *Exchange) Failed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.failure != Failure{}
}

// Update lets change write to the recording, unless that was handed over.
func (x *Exchange) Update(change func(*recording.Recording)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.over {
		change(x.rec)
	}
}

// FaultHeaderValue returns what the header X-MockForge-Fault of the answer says; empty where there is none.
func (x *Exchange) FaultHeaderValue() string {
	if !x.terms.FaultHeader {
		return ""
	}
	return fault.Header(x.Injected())
}
