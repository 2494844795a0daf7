package recording

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// outgoing is the request of a recording as another client can send it.
type outgoing struct {
	method string
	// origin is scheme and host; target is path and query as a URL has them, exact as they were sent.
	origin, target, exact string
	headers               []HeaderLine
	body                  Body
	// notes say what was left out, each on one line of ASCII, so that it can stand in a comment.
	notes []string
}

// notSent are headers between two neighbours (RFC 9110, section 7.6.1), headers that clients set themselves, and those
// that would join a trace that is over.
var notSent = []string{
	"connection", "keep-alive", "proxy-authenticate", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings",
	"host", "content-length", "expect", "traceparent", "tracestate", "x-mockforge-replay",
}

// outgoingOf returns the request of r, or the reason why HTTP clients cannot send it.
func outgoingOf(r *Recording) (outgoing, string) {
	switch {
	case r.Protocol == GRPC:
		return outgoing{}, "gRPC calls are left out"
	case r.Protocol == WebSocket:
		return outgoing{}, "WebSocket connections are left out"
	case !httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect:
		return outgoing{}, "the method cannot be sent"
	case !strings.HasPrefix(string(r.Sent()), "/") && (r.Target != "*" || r.Method != http.MethodOptions):
		return outgoing{}, "the path cannot be sent"
	}
	out := outgoing{method: r.Method, body: r.Body}
	scheme := "http"
	if r.Scheme == "https" {
		scheme = "https"
	}
	out.origin = (&url.URL{Scheme: scheme, Host: cmp.Or(r.Host, "localhost")}).String()
	target, masked := r.WithoutRedacted()
	for i := range masked {
		masked[i] = strconv.QuoteToASCII(masked[i])
	}
	out.note("query parameters that were redacted", masked)
	switch {
	case IsRedacted(target.Path()) && (r.TargetRedacted || r.Target == ""):
		out.notes = append(out.notes, "the path has redacted parts")
	case r.TargetRedacted && masked == nil:
		out.notes = append(out.notes, "parts of the target were left out when it was recorded")
	}
	var changed bool
	if out.target, changed = target.URL(); changed {
		out.notes = append(out.notes, "bytes of the target that cannot be in a URL are percent-encoded")
	}
	out.exact = string(target)
	masked = nil
	for _, line := range r.HeaderLines() {
		name := strings.ToLower(line.Name)
		switch {
		case slices.Contains(notSent, name), name == "content-encoding" && r.Body.Decoded,
			!httpguts.ValidHeaderFieldName(line.Name), !httpguts.ValidHeaderFieldValue(line.Value):
		case IsRedacted(line.Value):
			masked = append(masked, line.Name)
		default:
			out.headers = append(out.headers, line)
		}
	}
	out.note("headers that were redacted", masked)
	if r.Body.Truncated {
		out.notes = append(out.notes, fmt.Sprintf("the body was cut: %d bytes of it are here, %d were sent", len(r.Body.Content), r.Body.Size))
	}
	if r.Body.Redacted {
		out.notes = append(out.notes, "the body has redacted parts")
	}
	return out, ""
}

func (o *outgoing) note(what string, names []string) {
	if len(names) > 0 {
		slices.Sort(names)
		o.notes = append(o.notes, "left out, "+what+": "+strings.Join(slices.Compact(names), ", "))
	}
}

// has reports whether a header of that name is sent.
func (o *outgoing) has(name string) bool {
	return slices.ContainsFunc(o.headers, func(l HeaderLine) bool { return strings.EqualFold(l.Name, name) })
}
