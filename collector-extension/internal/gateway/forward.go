package gateway

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
)

// forwarding is one request on its way to the upstream, or to a mock in its place, and its answer on the way back.
//
//	request ──▶ outgoing ──▶ faults ──▶ transport or mock ──▶ answer ──▶ faults ──▶ relay its body and trailers
//	                                       │                    │
//	                              informational answers         └──▶ 101: tunnel
type forwarding struct {
	gateway   *Gateway
	exchange  *exchange
	writer    http.ResponseWriter
	notes     upstream.Notes
	url       url.URL
	forwarded forwardedValues
	// own has room for the fields that are sent beside the header of a plain request.
	own       [4]field.Own
	body      bodyInUse
	transport http.RoundTripper
	// out is the outgoing request where it is made in place.
	out http.Request

	// mu keeps informational answers, which transports may tell of in goroutines of their own, out of the final one.
	mu       sync.Mutex
	answered bool
}

// relay forwards a request, and answers with what comes back. An answer that breaks off ends in a panic with http.ErrAbortHandler.
func (g *Gateway) relay(w http.ResponseWriter, in *http.Request) {
	x := exchangeFrom(in.Context())
	f := x.begin(w, in)
	out := f.outgoing(in)
	if out.Body != nil {
		defer f.body.Close()
	}
	response, err := x.roundTrip(f.transport, out)
	f.mu.Lock()
	f.answered = true
	f.mu.Unlock()
	if err != nil {
		f.takeBack()
		fail(w, out, err)
		return
	}
	if response.StatusCode == http.StatusSwitchingProtocols {
		if f.harm(out, response) {
			f.tunnel(out, response)
		}
		return
	}
	removeHopByHop(response.Header, f.answerNames())
	if f.harm(out, response) {
		f.answer(in, response)
	}
}

// roundTrip notes when the upstream was asked and what it answered. A mock answers in its place, and is not timed.
func (x *exchange) roundTrip(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	x.Wanted.Forward(r.Header)
	x.limitRequest(r)
	x.Faults.Request(r.Context(), &x.Exchange, r)
	if x.mock != nil {
		x.sent = time.Now()
		return x.mock.respond(r, x)
	}
	x.sent = x.Forwarding()
	if x.way.notes.Own == nil { // else it has the span already
		r = x.span.Forward(r)
	}
	response, err := next.RoundTrip(r)
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
		if ok && len(x.Faults) == 0 && len(x.gateway.options.Plugins) == 0 { // A plugin may be answering meanwhile.
			x.ready = body.Ready()
		}
		if response.Body != nil && response.Body != http.NoBody && response.StatusCode != http.StatusSwitchingProtocols {
			x.received.ReadCloser = response.Body
			response.Body = &x.received
		}
	}
	return response, err
}

// answerNames are the known names that the header of the answer has at most.
func (f *forwarding) answerNames() field.Names {
	if f.notes.Into != nil {
		return f.notes.Into.Names // It was read into it.
	}
	return field.AllNames
}

// harm does to an answer whose headers are there what faults want, once those that wait for it have. It reports whether there is still
// an answer to be given.
func (f *forwarding) harm(out *http.Request, response *http.Response) bool {
	x := f.exchange
	if f.notes.Into == nil && !f.blank() {
		oneOrigin(f.writer.Header(), response.Header)
	}
	x.limitResponse(response)
	if err := x.harm(out.Context(), response); err != nil {
		_ = response.Body.Close()
		f.takeBack()
		fail(f.writer, out, err)
		return false
	}
	bare(response)
	keepReason(f.writer, response)
	return true
}

// blank reports whether no header of the answer was set yet; false where that is not known.
func (f *forwarding) blank() bool {
	w, ok := f.writer.(*responseWriter)
	return ok && isBlank(w.ResponseWriter)
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

// Inform passes an informational answer on, with its own headers only.
func (f *forwarding) Inform(status int, header http.Header, fields string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answered {
		return nil
	}
	h := f.writer.Header()
	others := maps.Clone(h)
	clear(h)
	maps.Copy(h, header)
	http1.SetForm(f.writer, fields)
	f.writer.WriteHeader(status)
	http1.SetForm(f.writer, "")
	clear(h)
	maps.Copy(h, others)
	return nil
}

// answer answers with response: its head, its body as it comes, its trailers.
func (f *forwarding) answer(in *http.Request, response *http.Response) {
	w := f.writer
	http1.SetForm(w, f.notes.Fields)
	f.setHeader(response.Header)
	announced := len(response.Trailer)
	if announced > 0 {
		w.Header().Add("Trailer", strings.Join(slices.Sorted(maps.Keys(response.Trailer)), ", "))
	}
	w.WriteHeader(response.StatusCode)
	if err := copyAnswer(w, response); err != nil {
		_ = response.Body.Close()
		if in.Context().Value(http.ServerContextKey) == nil {
			return // No server would recover the panic.
		}
		panic(http.ErrAbortHandler)
	}
	_ = response.Body.Close() // Trailers are there then.
	if len(response.Trailer) == 0 {
		return
	}
	// In chunks, behind which trailers come: net/http would say the length of a short body instead.
	_ = http.NewResponseController(w).Flush()
	prefix := ""
	if len(response.Trailer) != announced {
		prefix = http.TrailerPrefix
	}
	for name, values := range response.Trailer {
		for _, value := range values {
			w.Header().Add(prefix+name, value)
		}
	}
}

// setHeader has the answer take what header has, where it was not read into that of the answer.
func (f *forwarding) setHeader(header http.Header) {
	if f.notes.Into != nil && len(f.notes.Into.Header) > 0 {
		return
	}
	h := f.writer.Header()
	for name, values := range header {
		for _, value := range values {
			h.Add(name, value)
		}
	}
}
