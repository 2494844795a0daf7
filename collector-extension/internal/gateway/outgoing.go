package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// outgoing returns the request that is sent for in, which is changed no more than forwarding must. in is left as it is but for its
// header, where the exchange does not need that any more. The upstream sees its own host unless PreserveHost is set.
func (f *forwarding) outgoing(in *http.Request) *http.Request {
	o := &f.gateway.options
	names := field.AllNames
	if head, ok := http1.HeadOf(in.Context()); ok {
		f.notes.Sent = head.Block()
		if f.exchange.plain && f.gateway.first {
			names = head.Names() // Nobody can have changed the header.
		}
	}
	out := &f.out
	if f.exchange.plain {
		*out = *in // with its context, in which the notes are: see exchange.Value
	} else {
		out = in.WithContext(upstream.WithNotes(in.Context(), &f.notes))
	}
	out.Close = false
	out.Header = f.headerOf(in, names)
	f.setBody(out)
	if o.Upstream == nil {
		return out // Only mocks answer.
	}
	f.url = urlBehind(o.Upstream, in.URL)
	out.URL, out.RequestURI = &f.url, targetBehind(o.Upstream, in)
	if !o.PreserveHost {
		out.Host = ""
	}
	if f.exchange.plain && f.exchange.span.Silent() && len(o.Headers) == 0 && !names.HasAny(ownNames) {
		f.notes.Own = append(f.own[:0], field.Own{Name: field.Traceparent, Value: f.exchange.span.Traceparent(), Behind: true})
		f.notes.Own = appendForwarded(f.notes.Own, in)
		return out
	}
	setForwarded(out.Header, in, &f.forwarded)
	for name, values := range o.Headers {
		if name == "Host" {
			out.Host = values[0]
			continue
		}
		out.Header[name] = values
	}
	return out
}

// ownNames are the fields that are sent beside the header of a plain request that has none of them, and so need not be put there.
var ownNames = field.Of(field.Traceparent, field.XForwardedFor, field.XForwardedHost, field.XForwardedProto)

// headerOf returns the header of the outgoing request: that of in, or a copy where somebody still looks at that. names are the known
// names that the header of in has at most.
func (f *forwarding) headerOf(in *http.Request, names field.Names) http.Header {
	header := in.Header
	if f.exchange.keepsRequest() {
		header = header.Clone()
	}
	upgrade := ""
	if names.Has(field.Upgrade) {
		upgrade = upgradeType(header)
	}
	trailers := names.Has(field.TE) && field.HasToken(header["Te"], "trailers")
	removeHopByHop(header, names)
	if trailers {
		header["Te"] = []string{"trailers"}
	}
	if upgrade != "" {
		header["Connection"], header["Upgrade"] = []string{"Upgrade"}, []string{upgrade}
	}
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = noUserAgent // Else net/http sends one of its own.
	}
	return header
}

// noUserAgent is how net/http is told to send none.
var noUserAgent = []string{""}

// upgradeType returns the protocol that a message is about to switch to, empty where it is none.
func upgradeType(header http.Header) string {
	if upgrade := header["Upgrade"]; len(upgrade) > 0 && field.HasToken(header["Connection"], "upgrade") {
		return upgrade[0]
	}
	return ""
}

// keepsRequest reports whether the header of the request is needed as the client sent it once it is forwarded: by the recording, by a
// span, by a mock, by faults, by plugins, which may send it again, or by what decides about each message of a stream.
func (x *exchange) keepsRequest() bool {
	return x.Captured && !x.plain || x.what.protocol != recording.HTTP || len(x.Faults) > 0 || x.mock != nil || len(x.gateway.options.Plugins) > 0 || x.span.Recording()
}

// setBody has the outgoing request read the client's body, but not close it, nor read it when the exchange is over.
func (f *forwarding) setBody(out *http.Request) {
	if out.ContentLength == 0 || out.Body == nil || out.Body == http.NoBody {
		out.Body = nil
		return
	}
	f.body.source = out.Body
	out.Body = &f.body
}

// bodyInUse is a body that is read for as long as it is in use. Closing it does not close its source, which is the server's to close:
// a transport that fails to connect must not end what the client is still sending.
type bodyInUse struct {
	source io.Reader
	over   atomic.Bool
}

var errOver = errors.New("the exchange is over")

func (b *bodyInUse) Read(p []byte) (int, error) {
	if b.over.Load() {
		return 0, errOver
	}
	return b.source.Read(p)
}

// Ready reports whether all of the body has come already.
func (b *bodyInUse) Ready() bool {
	ready, ok := b.source.(interface{ Ready() bool })
	return ok && ready.Ready()
}

// Close has later reads fail.
func (b *bodyInUse) Close() error {
	b.over.Store(true)
	return nil
}

// urlBehind returns the URL of a request behind that of an upstream.
func urlBehind(upstream, requested *url.URL) url.URL {
	u := *requested
	u.Scheme, u.Host = upstream.Scheme, upstream.Host
	if u.RawPath != "" || upstream.RawPath != "" {
		u.RawPath = pathBehind(upstream.EscapedPath(), requested.EscapedPath())
	}
	u.Path = pathBehind(upstream.Path, requested.Path)
	if upstream.RawQuery != "" {
		u.RawQuery = strings.TrimSuffix(upstream.RawQuery+"&"+requested.RawQuery, "&")
	}
	return u
}

func pathBehind(base, path string) string {
	base = strings.TrimSuffix(base, "/")
	if strings.HasPrefix(path, "/") {
		return base + path // which is path where there is no base
	}
	return base + "/" + path
}
