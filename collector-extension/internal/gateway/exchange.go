package gateway

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// What recordings say about exchanges that ended without a whole answer.
const (
	failureClient   = "client aborted"
	failureUpstream = "upstream broke off"
)

// exchange is one request on its way through the gateway.
type exchange struct {
	fault.Exchange
	gateway *Gateway
	faults  fault.Faults
	start   time.Time
	capture bool
	// room is for what is kept of the contents, nil where nothing is; else it is space.
	room     *capture.Room
	space    capture.Room
	what     detected
	writer   *responseWriter
	body     *requestBody
	rec      *recording.Recording
	span     *telemetry.Span
	failure  string
	complete bool
	// client ends when the client gives up; plugins may end the context that they pass on sooner.
	client context.Context
	// duplex is whether the answer may be sent before the body of the request was read.
	duplex bool
	// last is whether the connection may carry no request behind this one.
	last bool
	// asked is what the scenario was asked, engine which one; transcript keeps the messages of a stream, nil where there
	// are none to keep, and webSocket is the connection that the exchange became.
	asked      scenario.Exchange
	engine     *scenario.Engine
	transcript *capture.Transcript
	webSocket  *webSocket
	// recorded keeps the messages of the answer where that is done before they are written.
	recorded *stream.Record
	// upstream is the upstream's side of it.
	upstream *webSocketUpstream
	// tally is what was done to messages, ended the trailers of a call that was ended by a fault.
	tally fault.Tally
	ended http.Header
	// tooLarge is whether a gRPC message of the client was above the limit.
	tooLarge atomic.Bool
	// mock answers instead of the upstream, nil where none does.
	mock *mocked
	// decision is what was decided about the exchange, wanted what its request asks for.
	decision scenario.Decision
	wanted   asked
	// sent is when the upstream or a mock was asked, forwarded when the upstream was; zero where none was. response is
	// the answer, and before what was waited until then.
	sent      time.Time
	forwarded time.Time
	response  *http.Response
	before    time.Duration
	// ready is whether all of the answer has come, and nothing holds any of it back.
	ready bool
}

type exchangeKey struct{}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// ServeHTTP decides about one exchange, harms or forwards it, and reports it.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.inflight.Add(1)
	defer g.inflight.Done()
	if contradicts(r) {
		http.Error(w, "the request's content-length is not its length", http.StatusBadRequest)
		return
	}

	x := &exchange{gateway: g, start: time.Now(), last: r.ProtoMajor == 1 && w.Header().Get("Connection") == "close"}
	if x.last {
		w.Header().Del("Connection") // Not with what comes before the answer; begin says it.
	}
	x.capture = g.options.Capture != nil && g.options.Capture(r.URL.Path)
	if x.capture {
		x.space.Begin(g.options.MaxBody)
		x.room = &x.space
	}
	x.writer = &responseWriter{ResponseWriter: w, exchange: x, room: x.room}
	x.writer.gathered.server, _ = w.(interface{ Hold(time.Duration) })
	x.body = &requestBody{source: r.Body, room: x.room}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	hasBody := r.Body != nil && r.Body != http.NoBody
	if hasBody {
		r.Body = x.body
	}
	what := x.detect(r)
	x.what = what
	protocol, operation := what.protocol, what.operation
	// Metrics and databases insist on valid text; a path may be any bytes.
	route := strings.ToValidUTF8(g.options.Route(r.Method, r.URL.Path), "\uFFFD")
	consumer := g.consumer(r)
	ctx, span := g.options.Tracing.Start(r.Context(), telemetry.Incoming{
		Request: r, Gateway: g.options.Name, Protocol: protocol, Operation: operation, Route: route,
	})
	if ctx != r.Context() {
		r = r.WithContext(ctx)
	}
	x.span, x.client = span, ctx

	x.engine = g.options.Engine()
	x.asked = scenario.Exchange{
		Gateway: g.options.Name, Protocol: string(protocol), Method: r.Method, Path: r.URL.Path, RawQuery: r.URL.RawQuery,
		Header: r.Header, Consumer: consumer, Route: route, Operation: operation, TraceID: [16]byte(span.Context().TraceID()),
		Luck: rand.Uint64(), Preflight: isPreflight(r),
	}
	decision, refused := x.decide(r.Header)
	x.decision = decision
	x.faults = fault.From(decision)
	x.addMessageFaults()
	x.rec = &recording.Recording{
		Timestamp: x.start.UTC(), TraceID: span.Context().TraceID().String(), Protocol: protocol, Gateway: g.options.Name,
		Instance: g.options.Instance, Consumer: consumer, Method: r.Method, Path: r.URL.Path, Operation: operation,
		Route:        route,
		ScenarioMode: string(decision.Mode), ScenarioVersion: decision.Version, Rule: decision.Rule,
	}
	if span.Context().HasSpanID() {
		x.rec.SpanID = span.Context().SpanID().String()
	}
	if x.capture {
		x.describe(r)
		if protocol != recording.HTTP {
			x.transcript = capture.NewTranscript(x.start, x.room)
		}
		if protocol != recording.WebSocket && !hasBody {
			x.room.End(capture.FromClient) // Nothing comes.
		}
		if protocol == recording.GRPC {
			x.body.record = stream.RecordGRPC(x.transcript, capture.FromClient, r.Header.Get("Grpc-Encoding"))
			x.body.messages = stream.NewTap(new(stream.GRPC), x.body.record)
		}
	}
	x.Stopping, x.Released = g.stopping, x.engine.Done()
	x.Answer = func(a fault.Answer) {
		x.stopReadingAhead()
		if protocol != recording.GRPC && a.Status >= 200 {
			x.readable(r, a)
		}
		inject(x.writer, r, what, a)
	}
	// Deferred, since a stream that breaks off ends in a panic with http.ErrAbortHandler.
	defer x.breakOff(w)
	defer x.finish(r)
	switch {
	case r.Method == http.MethodConnect:
		x.refuseTunnel(r)
	case refused != nil:
		answer(x.writer, r, what, http.StatusBadRequest, refused.Error())
	default:
		x.serve(r)
	}
	x.complete = true
}

func (x *exchange) serve(r *http.Request) {
	// A request without a body needs no reading ahead: net/http watches its connection from the start.
	if len(x.faults) > 0 && r.ProtoMajor == 1 && r.ContentLength != 0 && r.Body == x.body && r.Header.Get("Expect") == "" {
		x.body.ahead = newReadAhead(x.body.source)
	}
	if x.what.protocol == recording.GRPC && len(x.faults) > 0 {
		var cancel context.CancelFunc
		r, cancel = x.withDeadline(r)
		defer cancel()
	}
	answered, err := x.faults.Inject(r.Context(), &x.Exchange)
	if err != nil && x.deadlinePassed(r) {
		x.Answer(deadlineExceeded)
		return
	}
	if err != nil {
		x.abort(failureClient)
	}
	if answered {
		return
	}
	if len(x.gateway.options.Plugins) > 0 {
		// What plugins change of the headers is for the upstream, not for the recording.
		r = r.WithContext(r.Context())
		r.Header = r.Header.Clone()
	}
	x.gateway.inner.ServeHTTP(x.writer, r)
}

// forward lets a mock or the upstream answer, behind the plugins.
func (g *Gateway) forward(w http.ResponseWriter, r *http.Request) {
	x := exchangeFrom(r.Context())
	x.mock = x.findMock(r)
	if x.mock == nil && g.options.Upstream == nil {
		x.stopReadingAhead()
		answer(w, r, x.what, http.StatusNotFound, "No mock of gateway "+g.options.Name+" matches, and it has no upstream.")
		return
	}
	if x.mock == nil && r.ProtoMajor == 1 && r.ContentLength != 0 {
		// An upstream may answer before it has read all: net/http would hold the answer back until the client has sent
		// the rest. Only where something is forwarded: an answer of ours lets net/http read the rest, since a rest that
		// it meets after the handler in full duplex breaks the connection. Refused only where there is no HTTP/1
		// connection underneath, as in tests.
		x.duplex = http.NewResponseController(x.writer).EnableFullDuplex() == nil
	}
	g.proxy.ServeHTTP(w, withUpgrade(r, x.what.upgrade))
}

// abort breaks the exchange off: net/http closes the connection or resets the stream.
func (x *exchange) abort(failure string) {
	x.failure = failure
	panic(http.ErrAbortHandler)
}

// breakOff does to the connection what a fault has decided, once the exchange is over.
func (x *exchange) breakOff(w http.ResponseWriter) {
	if broken := x.Broken(); broken != "" {
		broken.CarryOut(w, x.writer.status != 0)
	}
}

// stopReadingAhead keeps what was read of a body that is not forwarded for the recording.
func (x *exchange) stopReadingAhead() {
	if x.body.ahead == nil {
		return
	}
	if read := x.body.ahead.stop(x.writer); len(read) > 0 && x.forwarded.IsZero() {
		x.body.note(read)
	}
}

// describe notes what recordings show of the request.
func (x *exchange) describe(r *http.Request) {
	x.rec.ID = newID()
	x.rec.Scheme = "http"
	if r.TLS != nil {
		x.rec.Scheme = "https"
	}
	x.rec.Host, x.rec.HTTPVersion = r.Host, r.Proto
	x.rec.Target = recording.Target(recording.OriginForm(r.RequestURI))
	if r.URL.RawQuery != "" {
		x.rec.QueryParams = recording.Values(r.URL.Query())
	}
	// Not a copy: what the proxy and plugins change is one of their own.
	x.rec.Headers = recording.Values(r.Header)
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		x.rec.ClientIP = host
	}
}

// finish completes the recording and hands it over.
func (x *exchange) finish(r *http.Request) {
	end := time.Now()
	x.stopReadingAhead()
	rec, w := x.rec, x.writer
	broken := x.Broken()
	w.release(!x.complete || broken != "")
	if broken != "" {
		x.failure = broken.Error()
	}
	if x.failure == "" && !x.complete {
		x.failure = failureUpstream
		if errors.Is(r.Context().Err(), context.Canceled) {
			x.failure = failureClient
		} else if failed := x.clientFailed(r); failed != nil {
			x.failure = failed.failure
		}
	}
	rec.Failure = x.failure
	atMessages, _ := x.tally.Report()
	rec.Faults = append(x.Injected(), atMessages...)
	rec.ResponseStatus = w.status
	if w.status == 0 && x.failure == "" {
		// A handler that writes nothing answers 200, with no body.
		rec.ResponseStatus = http.StatusOK
	}
	rec.ResponseTimeMS = milliseconds(end.Sub(x.start))
	rec.InjectedDelayMS = milliseconds(x.Delay())
	if !w.firstByte.IsZero() {
		first := milliseconds(w.firstByte.Sub(x.start))
		rec.FirstByteMS = &first
	}
	if !x.forwarded.IsZero() {
		upstream := milliseconds(max(0, end.Sub(x.forwarded)-(x.Delay()-x.before)))
		rec.UpstreamTimeMS = &upstream
	}
	var trailer http.Header
	if x.response != nil {
		trailer = x.response.Trailer
	}
	if x.ended != nil {
		trailer = x.ended
	}
	if rec.Protocol == recording.GRPC {
		rec.GRPCStatus = grpcStatus(trailer, w.Header())
	}
	rec.Body.Size, rec.ResponseBody.Size = x.body.size.Load(), w.size
	if x.capture {
		rec.ResponseHeaders, rec.ResponseTrailers = recording.Values(w.snapshot()), sent(trailer)
		var missed int
		w.messages.End()
		if rec.Messages, missed = x.transcript.Close(); missed > 0 && x.gateway.options.Missed != nil {
			x.gateway.options.Missed(missed)
		}
		rec.Body.Content, rec.ResponseBody.Content = x.body.captured(), w.body
		if rec.Protocol == recording.GRPC {
			rec.Body.Content = x.body.record.Framed(rec.Messages, rec.Body.Size, x.room)
			rec.ResponseBody.Content = w.record.Framed(rec.Messages, rec.ResponseBody.Size, x.room)
		}
		rec.Body.Truncated = int64(len(rec.Body.Content)) < rec.Body.Size
		rec.ResponseBody.Truncated = int64(len(rec.ResponseBody.Content)) < w.size
	}
	if x.webSocket != nil {
		x.webSocket.report(rec)
	}
	x.span.End(rec)
	x.gateway.options.Observe(rec, x.capture)
}

// sent are the trailers that came, of those that were announced.
func sent(trailer http.Header) recording.Values {
	came := recording.Values(trailer.Clone())
	maps.DeleteFunc(came, func(_ string, values []string) bool { return len(values) == 0 })
	return came
}

func newID() uuid.UUID {
	id, err := uuid.NewV7()
	if err != nil {
		// The source of randomness never fails on the platforms that Go 1.26 supports: crypto/rand crashes instead.
		return uuid.Nil
	}
	return id
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
