package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"time"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// newProxy forwards to the upstream of o and changes no more than forwarding must (RFC 9110 section 7.6).
func newProxy(o Options) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { rewrite(r, o) },
		Transport:      timed{next: o.Transport},
		BufferPool:     buffers{},
		ModifyResponse: harm,
		ErrorHandler:   fail,
		ErrorLog:       slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
}

// rewrite points the outgoing request to the upstream. The upstream sees its own host unless PreserveHost is set; the
// X-Forwarded headers of proxies before this one stay.
func rewrite(r *httputil.ProxyRequest, o Options) {
	if o.Upstream == nil {
		// Only mocks answer.
		return
	}
	r.Out.RequestURI = targetBehind(o.Upstream, r.In)
	r.SetURL(o.Upstream)
	// ReverseProxy drops parameters that Go cannot parse; the upstream may well.
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	if o.Upstream.RawQuery != "" {
		r.Out.URL.RawQuery = strings.TrimSuffix(o.Upstream.RawQuery+"&"+r.In.URL.RawQuery, "&")
	}
	// The server fills this map when the body has ended, which a copy would miss.
	r.Out.Trailer = r.In.Trailer
	if forwarded, ok := r.In.Header["Forwarded"]; ok {
		r.Out.Header["Forwarded"] = forwarded
	}
	r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	r.SetXForwarded()
	for _, name := range []string{"X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			r.Out.Header[name] = values
		}
	}
	if o.PreserveHost {
		r.Out.Host = r.In.Host
	}
	for name, values := range o.Headers {
		if name == "Host" {
			r.Out.Host = values[0]
			continue
		}
		r.Out.Header[name] = values
	}
}

// timed notes when the upstream was asked and what it answered. A mock answers in its place, and is not timed.
type timed struct{ next http.RoundTripper }

func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeFrom(r.Context())
	// The request is the proxy's own, for this one use.
	x.Wanted.Forward(r.Header)
	x.limitRequest(r)
	x.Faults.Request(r.Context(), &x.Exchange, r)
	x.sent = time.Now()
	if x.mock != nil {
		return x.mock.respond(r, x)
	}
	x.Forwarding()
	response, err := t.next.RoundTrip(x.span.Forward(r))
	if err == nil {
		if err = checkUpgrade(r, response); err != nil {
			response = nil
		}
	}
	x.span.Answered(response, err)
	x.response = response
	if err == nil {
		x.upgrade(response)
		body, ok := response.Body.(interface{ Ready() bool })
		x.ready = ok && len(x.Faults) == 0 && len(x.gateway.options.Plugins) == 0 && body.Ready()
		if response.Body != nil && response.Body != http.NoBody && response.StatusCode != http.StatusSwitchingProtocols {
			x.received.ReadCloser = response.Body
			response.Body = &x.received
		}
	}
	return response, err
}

// harm is called when the headers of the answer are there: the faults that wait for it go on, and those of the answer
// are done to it.
func harm(response *http.Response) error {
	ctx := response.Request.Context()
	x := exchangeFrom(ctx)
	oneOrigin(x.writer.Header(), response.Header)
	x.limitResponse(response)
	if err := x.harm(ctx, response); err != nil {
		return err
	}
	bare(response)
	keepReason(x.writer, response)
	return nil
}

func (x *exchange) harm(ctx context.Context, response *http.Response) error {
	if len(x.Faults) == 0 {
		x.recordMessages(response)
		return nil
	}
	if err := x.Faults.FirstByte(ctx, &x.Exchange, x.sent); err != nil {
		return err
	}
	if err := x.Faults.Respond(ctx, &x.Exchange, response); err != nil {
		return err
	}
	x.recordMessages(response)
	if response.Request.ProtoMajor == 2 && x.body.source != nil && response.Body != nil {
		response.Body = endsRequest{response.Body, x}
	}
	return nil
}

// bare takes the content off an answer that has none, whatever the upstream sends (RFC 9110 section 15.3.6).
func bare(response *http.Response) {
	if response.StatusCode != http.StatusResetContent || response.Body == nil || response.Body == http.NoBody {
		return
	}
	_ = response.Body.Close()
	response.Body, response.ContentLength, response.TransferEncoding = http.NoBody, 0, nil
	response.Header.Set("Content-Length", "0")
}

// keepReason has the client get the reason phrase of the upstream, unless a fault has changed the status.
func keepReason(w http.ResponseWriter, response *http.Response) {
	if reason, ok := strings.CutPrefix(response.Status, strconv.Itoa(response.StatusCode)); ok {
		http1.SetReason(w, response.StatusCode, strings.TrimPrefix(reason, " "))
	}
}

// fail answers for an upstream that did not.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeFrom(r.Context())
	failed := x.clientFailed(r)
	if x.client.Err() != nil && (failed == nil || failed.Status == 0) {
		x.abort(core.ClientAborted)
	}
	if x.deadlinePassed(r) {
		inject(w, r, x.what, deadlineExceeded)
		return
	}
	if x.tooLarge.Load() {
		x.Fail(core.ClientMessageTooLarge)
		answerWith(w, r, x.what, messageTooLarge, "")
		return
	}
	if failed != nil {
		x.answerFailed(w, r, failed)
		return
	}
	if failed := (mockError{}); errors.As(err, &failed) {
		x.Fail(core.MockFailed)
		answer(w, r, x.what, http.StatusInternalServerError, "The answer of gateway "+x.gateway.options.Name+" cannot be made: "+failed.Error()+".")
		return
	}
	status := http.StatusBadGateway
	var failure core.Failure
	switch {
	case r.Context().Err() != nil:
		status, failure = http.StatusGatewayTimeout, core.PluginGaveUp
	case errors.Is(err, errNoUpgrade):
		status, failure = http.StatusNotImplemented, noUpgrade
	case errors.Is(err, errUnaskedUpgrade):
		failure = unaskedUpgrade
	default:
		if failure = core.OfUpstream(err, false); failure.Kind == recording.FailureTimeout || core.IsTimeout(err) {
			status = http.StatusGatewayTimeout
		}
	}
	x.Fail(failure)
	x.gateway.options.Logger.Debug("forwarding failed", "gateway", x.gateway.options.Name, "error", err)
	answer(w, r, x.what, status, "The upstream of gateway "+x.gateway.options.Name+" did not answer: "+failure.Text+".")
}

// buffers are what response bodies are copied through, shared by all gateways.
type buffers struct{}

var pool = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (buffers) Get() []byte { return pool.Get().(*[32 << 10]byte)[:] }

func (buffers) Put(b []byte) {
	if cap(b) >= 32<<10 {
		pool.Put((*[32 << 10]byte)(b[:32<<10]))
	}
}
