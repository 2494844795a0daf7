package gateway

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/stream"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// life is what the exchanges of gateways have in common with those of pipelines.
type life = core.Exchange

// exchange is one request on its way through the gateway.
type exchange struct {
	life
	gateway *Gateway
	what    detected
	writer  *responseWriter
	body    *requestBody
	span    *telemetry.Span
	// complete reports whether neither the request nor the answer was broken off.
	complete bool
	// client ends when the client gives up; plugins may end the context that they pass on sooner.
	client context.Context
	// duplex reports whether the answer may be sent before the body of the request was read.
	duplex bool
	// last reports whether the connection is closed behind this exchange.
	last bool
	// transcript keeps the messages of a stream, nil where there are none to keep, and webSocket is the connection that the
	// exchange became, upstream the upstream's side of it.
	transcript *capture.Transcript
	webSocket  *webSocket
	upstream   *webSocketUpstream
	// recorded keeps the messages of the answer where that is done before they are written.
	recorded *stream.Record
	// tally is what was done to messages, endTrailer the trailers of a call that a fault or a limit has ended; nil where none has.
	tally      fault.Tally
	endTrailer http.Header
	// tooLarge reports whether a gRPC message of the client was above the limit.
	tooLarge atomic.Bool
	// mock answers instead of the upstream, nil where none does.
	mock *mocked
	// sent is when the upstream or a mock was asked; zero where none was. response is the answer, and received its body.
	sent     time.Time
	response *http.Response
	received answerBody
	// memory is the pooled memory that the exchange is part of.
	memory *memory
	// request is the request as the server gave it, or a copy that has the span in its context; attached reports whether the context
	// leads to the exchange.
	request  *http.Request
	attached bool
	// plain reports whether nothing but the gateway has a hold on the exchange, which is on its way then.
	plain bool
	way   forwarding
	// ready reports whether all of the answer has come, and nothing holds any of it back.
	ready bool
}

type exchangeKey struct{}

// Value has the exchange, and what its way notes, in the context of the request that came.
func (x *exchange) Value(key any) any {
	switch key.(type) {
	case exchangeKey:
		return x
	case upstream.NotesKey:
		if x.plain {
			return &x.way.notes
		}
	}
	return nil
}

// attach gives r with the exchange in its context.
func (x *exchange) attach(r *http.Request) *http.Request {
	if x.attached = http1.Attach(r.Context(), x); !x.attached {
		r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	}
	x.request = r
	return r
}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// ServeHTTP decides about one exchange, harms or forwards it, and reports it.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.inflight.Add(1)
	defer g.inflight.Done()
	if contradicts(r) {
		g.unread(http.StatusBadRequest)
		http.Error(w, "the request's content-length is not its length", http.StatusBadRequest)
		return
	}

	x := newExchange()
	defer x.release()
	x.gateway, x.last = g, r.ProtoMajor == 1 && saysClose(w)
	path := recording.SentPath(r.RequestURI, r.URL)
	x.Begin(&g.terms, path)
	if x.last {
		w.Header().Del("Connection") // Not with what comes before the answer; begin says it.
	}
	x.writer.ResponseWriter, x.writer.exchange = w, x
	x.writer.gathered.server, _ = w.(interface{ Hold(time.Duration) })
	x.body.source, x.body.kept = r.Body, &x.In
	r = x.attach(r)
	hasBody := r.Body != nil && r.Body != http.NoBody
	if hasBody {
		r.Body = x.body
	}
	what := x.detect(r)
	x.what = what
	subject := scenario.Exchange{
		Protocol: string(what.protocol), Method: r.Method, Path: path, RawQuery: r.URL.RawQuery, Header: r.Header,
		Consumer: g.consumerOf(r), Route: g.terms.RouteOf(r.Method, path), Operation: what.operation,
		Preflight: isPreflight(r),
	}
	ctx := g.options.Tracing.Start(r.Context(), telemetry.Incoming{
		Request: r, Gateway: g.options.Name, Protocol: what.protocol, Operation: what.operation, Route: subject.Route,
	}, x.span)
	if ctx != r.Context() {
		r = r.WithContext(ctx)
		x.request = r
	}
	x.client = ctx
	wrong := x.Decide(subject, x.span.Context())
	x.addMessageFaults()
	x.Describe(r)
	x.captureMessages(r, hasBody)
	if len(x.Faults) > 0 { // Nobody else calls it.
		x.Answer = func(a fault.Answer) { x.answerInstead(r, a) }
	}
	// Deferred, since a stream that breaks off ends in a panic with http.ErrAbortHandler.
	defer x.breakOff(w)
	defer x.finish(r)
	switch {
	case r.Method == http.MethodConnect:
		x.refuseTunnel(r)
	case wrong != nil:
		answer(x.writer, r, what, http.StatusBadRequest, wrong.Error())
	default:
		x.serve(r)
	}
	x.complete = true
}

// captureMessages has the messages of a stream kept, where the recording is to have them.
func (x *exchange) captureMessages(r *http.Request, hasBody bool) {
	if !x.Captured {
		return
	}
	protocol := x.what.protocol
	if protocol != recording.HTTP {
		x.transcript = capture.NewTranscript(x.Start, x.Room)
	}
	if protocol != recording.WebSocket && !hasBody {
		x.In.End() // Nothing comes.
	}
	if protocol == recording.GRPC {
		x.In.Skip()
		x.body.record = stream.RecordGRPC(x.transcript, capture.FromClient, r.Header.Get("Grpc-Encoding"))
		x.body.messages = stream.NewTap(new(stream.GRPC), x.body.record)
	}
}

func (x *exchange) serve(r *http.Request) {
	// A request without a body needs no reading ahead: net/http watches its connection from the start.
	if len(x.Faults) > 0 && r.ProtoMajor == 1 && r.ContentLength != 0 && r.Body == x.body && r.Header.Get("Expect") == "" {
		x.body.ahead = newReadAhead(x.body.source)
	}
	if x.what.protocol == recording.GRPC && len(x.Faults) > 0 {
		var cancel context.CancelFunc
		r, cancel = x.withDeadline(r)
		defer cancel()
	}
	answered, err := x.Inject(r.Context())
	if err != nil && x.deadlinePassed(r) {
		x.answerInstead(r, deadlineExceeded)
		return
	}
	if err != nil {
		x.abort(core.ClientAborted)
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

// answerInstead gives the answer of a fault.
func (x *exchange) answerInstead(r *http.Request, a fault.Answer) {
	x.stopReadingAhead()
	if x.what.protocol != recording.GRPC && a.Status >= 200 {
		x.readable(r, a)
	}
	inject(x.writer, r, x.what, a)
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
		x.writer.fullDuplex()
	}
	g.relay(w, withUpgrade(r, x.what.upgrade))
}

// abort breaks the exchange off: net/http closes the connection or resets the stream.
func (x *exchange) abort(f core.Failure) {
	if f == core.ClientAborted && x.gateway.base.Err() != nil {
		f = core.GatewayStopped // which ends the contexts of clients, too
	}
	x.Fail(f)
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
	if read := x.body.ahead.stop(x.writer); len(read) > 0 && x.Forwarded().IsZero() {
		x.body.note(read)
	}
}

// finish completes the recording and hands it over.
func (x *exchange) finish(r *http.Request) {
	end := x.Now()
	x.stopReadingAhead()
	broken := x.Broken()
	x.writer.release(!x.complete || broken != "")
	if !x.complete && broken == "" && !x.Failed() {
		x.Fail(x.endedBy(r))
	}
	x.Finish(end, x.report)
}

// endedBy returns what has broken off an exchange of which nobody has said it.
func (x *exchange) endedBy(r *http.Request) core.Failure {
	if x.gateway.base.Err() != nil {
		return core.GatewayStopped
	}
	if errors.Is(r.Context().Err(), context.Canceled) {
		return core.ClientAborted
	}
	if failed := x.clientFailed(r); failed != nil {
		return failed.Failure
	}
	if err := x.received.failure(); err != nil {
		return core.OfUpstream(err, true)
	}
	switch {
	case x.writer.writeFailed:
		return core.ClientAborted
	case x.response != nil:
		return core.UpstreamBrokeOff
	case len(x.Injected()) > 0:
		return core.OfFault(fault.ErrClosed) // by an answer that is none
	case len(x.gateway.options.Plugins) > 0:
		return core.PluginGaveUp
	}
	return core.UpstreamBrokeOff
}

// report adds to the recording what the gateway knows.
func (x *exchange) report(rec *recording.Recording) {
	w := x.writer
	atMessages, _ := x.tally.Report()
	rec.Faults = append(rec.Faults, atMessages...)
	rec.ResponseStatus = w.status
	if w.status == 0 && rec.Failure == "" {
		// A handler that writes nothing answers 200, with no body.
		rec.ResponseStatus = http.StatusOK
	}
	var trailer http.Header
	if x.response != nil {
		trailer = x.response.Trailer
	}
	if x.endTrailer != nil {
		trailer = x.endTrailer
	}
	if rec.Protocol == recording.GRPC {
		rec.GRPCStatus = grpcStatus(trailer, w.Header())
	}
	if x.Captured {
		rec.ResponseHeaders, rec.ResponseTrailers = recording.Values(w.snapshot()), sent(trailer)
		x.keepForms(rec)
		var missed int
		w.messages.End()
		if rec.Messages, missed = x.transcript.Close(); missed > 0 && x.gateway.options.Missed != nil {
			x.gateway.options.Missed(missed)
		}
		if rec.Protocol == recording.GRPC {
			rec.Body.Content = x.body.record.Framed(rec.Messages, rec.Body.Size, x.Room)
			rec.ResponseBody.Content = w.record.Framed(rec.Messages, rec.ResponseBody.Size, x.Room)
			rec.Body.Truncated = int64(len(rec.Body.Content)) < rec.Body.Size
			rec.ResponseBody.Truncated = int64(len(rec.ResponseBody.Content)) < rec.ResponseBody.Size
		}
	}
	if x.webSocket != nil {
		x.webSocket.report(rec)
	}
	x.span.End(rec)
}

// sent returns the trailers that came, of those that were announced.
func sent(trailer http.Header) recording.Values {
	came := recording.Values(trailer.Clone())
	maps.DeleteFunc(came, func(_ string, values []string) bool { return len(values) == 0 })
	return came
}
