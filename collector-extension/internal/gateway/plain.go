package gateway

import (
	"io"
	"net/http"
	"sync"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// A plain exchange is one that nothing but the gateway has a hold on: of HTTP/1 on both sides, without faults, plugins and mocks. What
// it is made of is used again for the next one, since nobody can have kept any of it: its recording has copies of what it keeps, and so
// have spans. Texts need no copy, since they are never changed. Whatever else might keep something of an exchange must be asked about
// here.

// isPlain reports whether what is known of the exchange before it is forwarded lets it be a plain one.
func (x *exchange) isPlain(w http.ResponseWriter, in *http.Request) bool {
	o := &x.gateway.options
	return x.attached && in == x.request && w == http.ResponseWriter(x.writer) && x.isSized(in) &&
		len(x.Faults) == 0 && len(o.Plugins) == 0 && x.mock == nil &&
		x.what.protocol == recording.HTTP && x.what.upgrade == "" && o.direct() != nil
}

// isSized reports whether in has no body, or one whose length is known, and that nothing reads yet.
func (x *exchange) isSized(in *http.Request) bool {
	if in.Body == http.NoBody {
		return in.ContentLength == 0 && len(in.TransferEncoding) == 0
	}
	return in.Body == io.ReadCloser(x.body) && in.ContentLength > 0 && x.body.ahead == nil
}

// direct returns what sends plain requests; nil where there is no such.
func (o *Options) direct() http.RoundTripper {
	if t, ok := o.Transport.(*Transport); ok && t.direct != nil {
		return t.direct
	}
	return nil
}

// begin begins to forward in.
func (x *exchange) begin(w http.ResponseWriter, in *http.Request) *forwarding {
	f := &x.way
	if x.plain = x.isPlain(w, in); !x.plain {
		f = &forwarding{} // A plugin may forward more than once.
	}
	f.gateway, f.exchange, f.writer, f.transport = x.gateway, x, w, x.gateway.options.Transport
	f.notes.Informed = f
	if x.plain {
		f.transport = x.gateway.options.direct()
		f.notes.Into = http1.Lend(x.writer.ResponseWriter)
		if x.Captured {
			// Before what is forwarded is made of the header in place.
			x.Update(func(rec *recording.Recording) { rec.Headers = recording.Values(copyHeader(in.Header)) })
		}
	}
	return f
}

// takeBack leaves nothing of an answer that is not given in the header of the one that is given in its place.
func (f *forwarding) takeBack() {
	if f.notes.Into != nil {
		clear(f.notes.Into.Header)
		f.notes.Into = nil
	}
}

// memory is what an exchange is made of, in one piece.
type memory struct {
	exchange
	ownWriter responseWriter
	ownBody   requestBody
	ownSpan   telemetry.Span
}

var memories = sync.Pool{New: func() any { return new(memory) }}

func newExchange() *exchange {
	m := memories.Get().(*memory)
	x := &m.exchange
	x.memory, x.writer, x.body, x.span = m, &m.ownWriter, &m.ownBody, &m.ownSpan
	return x
}

// release is called last. It gives the memory of a plain exchange back, that of the server and of the way to the upstream too. Not where
// a transport may still read the body of the request, nor where the answer was a stream, whose messages more than the exchange tells of.
func (x *exchange) release() {
	if !x.plain || !x.complete || x.transcript != nil {
		return
	}
	if released := x.way.notes.Release(); !released && x.body.source != http.NoBody {
		return
	}
	http1.Release(x.writer.ResponseWriter)
	m, recycled := x.memory, x.Recycled
	*m = memory{}
	m.Recycled = recycled // It is of the memory itself, and need not be made again.
	memories.Put(m)
}
