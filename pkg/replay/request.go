package replay

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// Header marks a replay; its value is the id of the recording.
	Header = "X-MockForge-Replay"
	// syntheticBaggage (W3C Baggage) tells services further on that the request is not a user's.
	syntheticBaggage = "mockforge.synthetic=true"
	// maxOverrides is how many headers can be overridden.
	maxOverrides = 50
)

// hopByHop are the headers between two neighbours (RFC 9110, section 7.6.1), which end at the gateway.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Http2-Settings",
}

// ours are set by the sender: by the client library, or anew by the replay.
var ours = []string{"Host", "Content-Length", "Expect", "Traceparent", "Tracestate", textproto.CanonicalMIMEHeaderKey(Header), "X-Mockforge-Fault"}

// Dropped is a part of the recorded request that was not sent.
type Dropped struct {
	// Part is header, query, or target where it is not known which part of that is missing; then Name is empty.
	Part string `json:"part"`
	Name string `json:"name"`
	// Reason is for people: "redacted when it was recorded".
	Reason string `json:"reason"`
}

// Overrides change the request before it is sent.
type Overrides struct {
	// Headers replace those of the recording, such as an Authorization that was redacted; an empty value leaves one out.
	Headers map[string]string `json:"headers,omitempty"`
}

// sets reports whether the header with that canonical name is one of the overrides.
func (o Overrides) sets(name string) bool {
	for header := range o.Headers {
		if textproto.CanonicalMIMEHeaderKey(header) == name {
			return true
		}
	}
	return false
}

// Validate returns *validation.Error about headers that cannot be set.
func (o Overrides) Validate() error {
	if len(o.Headers) > maxOverrides {
		return validation.Errorf("headers", "must be at most %d, are %d", maxOverrides, len(o.Headers))
	}
	for name, value := range o.Headers {
		field := fmt.Sprintf("headers[%q]", clip(name))
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return validation.Errorf(field, "must be a header name (RFC 9110)")
		case slices.Contains(hopByHop, canonical) || slices.Contains(ours, canonical):
			return validation.Errorf(field, "cannot be set: replays set it themselves, and go to the gateway's upstream only")
		case len(value) > 8192 || !httpguts.ValidHeaderFieldValue(value):
			return validation.Errorf(field, "must be a header value (RFC 9110) of at most 8192 bytes")
		}
	}
	return nil
}

// Replayable returns a *validation.Error that says why a recording cannot be sent again, nil where it can.
func Replayable(r recording.Recording) error {
	switch r.Protocol {
	case recording.HTTP, recording.GraphQL, recording.GRPC, recording.WebSocket, "":
	default:
		return validation.Errorf("protocol", "must be http, graphql, grpc or websocket, is %q", clip(string(r.Protocol)))
	}
	header := canonical(r.Headers)
	switch {
	case r.Protocol != recording.GRPC && strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "application/grpc") && !strings.HasPrefix(strings.ToLower(header.Get("Content-Type")), "application/grpc-web"):
		return validation.Errorf("protocol", "must be grpc where the content type is that of gRPC")
	case r.Protocol != recording.WebSocket && r.ResponseStatus == http.StatusSwitchingProtocols:
		return validation.Errorf("headers", "must not have Upgrade where the answer was 101: connections that are upgraded to other than WebSocket cannot be replayed")
	case !httpguts.ValidHeaderFieldName(r.Method) || r.Method == http.MethodConnect:
		return validation.Errorf("method", "must be an HTTP method other than CONNECT, is %q", clip(r.Method))
	case r.Target == "*" && r.Method == http.MethodOptions: // has no path
	case !strings.HasPrefix(r.Path, "/") || r.Target != "" && !strings.HasPrefix(string(r.Target), "/"):
		return validation.Errorf("path", "must begin with /, is %q", clip(r.Path))
	case r.Target != "" && !r.TargetRedacted: // What looks like a mask in it was sent so.
	case recording.IsRedacted(r.Path):
		return validation.Errorf("path", "must not have redacted parts, is %q", clip(r.Path))
	case recording.IsRedacted(r.Target.Path()):
		return validation.Errorf("target", "must not have redacted parts in its path, is %q", clip(r.Target.Path()))
	}
	switch {
	case r.Protocol == recording.GRPC:
		return wholeGRPC(r)
	case r.Protocol == recording.WebSocket:
		return wholeWebSocket(r)
	case r.Body.Truncated || !r.Body.Redacted && !r.Body.Decoded && int64(len(r.Body.Content)) < r.Body.Size:
		return validation.Errorf("body", "must be recorded whole to be sent again; %d of %d bytes were", len(r.Body.Content), r.Body.Size)
	}
	return nil
}

// newRequest builds the request of a recording, and says what of it is left out.
func newRequest(ctx context.Context, base *url.URL, r recording.Recording, overrides Overrides) (*http.Request, string, []Dropped, error) {
	var dropped []Dropped
	target, redacted := r.WithoutRedacted()
	if _, query, has := strings.Cut(string(target), "?"); r.Target == "" {
		// A path from before targets were kept may have escapes: recordings that were made elsewhere do.
		if decoded, err := url.PathUnescape(r.Path); err != nil || decoded == r.Path {
			target = recording.Target((&url.URL{Path: r.Path}).EscapedPath())
		} else {
			target = recording.Target(r.Path)
		}
		if has {
			target += recording.Target("?" + query)
		}
	}
	for _, name := range redacted {
		dropped = append(dropped, Dropped{"query", name, "redacted when it was recorded"})
	}
	if r.TargetRedacted && redacted == nil {
		dropped = append(dropped, Dropped{"target", "", "parts were left out when it was recorded"})
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, "http://localhost", bytes.NewReader(r.Body.Content))
	if err != nil {
		return nil, "", nil, validation.Errorf("method", "must be an HTTP method, is %q", clip(r.Method))
	}
	if r.Protocol == recording.WebSocket {
		request.Method, request.Body, request.ContentLength = http.MethodGet, http.NoBody, 0
	}
	request.URL, request.RequestURI = resolve(base, target)
	request.Host = base.Host
	header := headerOf(r.HeaderLines())
	for _, listed := range header["Connection"] {
		for name := range strings.SplitSeq(listed, ",") {
			header.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range slices.Concat(hopByHop, ours) {
		header.Del(name)
	}
	if r.Body.Decoded && header.Get("Content-Encoding") != "" {
		header.Del("Content-Encoding")
		dropped = append(dropped, Dropped{"header", "Content-Encoding", "the body was unpacked when it was recorded"})
	}
	overridden := map[string]bool{}
	for name := range overrides.Headers {
		overridden[textproto.CanonicalMIMEHeaderKey(name)] = true
	}
	for name, values := range header {
		if overridden[name] {
			continue
		}
		for _, v := range values {
			switch {
			case recording.IsRedacted(v):
				dropped = append(dropped, Dropped{"header", name, "redacted when it was recorded"})
			case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v):
				dropped = append(dropped, Dropped{"header", name, "not a valid header"})
			default:
				request.Header.Add(name, v)
			}
		}
	}
	for name, value := range overrides.Headers {
		request.Header.Del(name)
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	if base.User != nil && request.Header.Get("Authorization") == "" {
		password, _ := base.User.Password()
		request.SetBasicAuth(base.User.Username(), password)
	}
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", "") // else the client library adds its own
	}
	request.Header["Baggage"] = append(request.Header["Baggage"], syntheticBaggage)
	traceID := newID(16)
	request.Header.Set("Traceparent", "00-"+traceID+"-"+newID(8)+"-01") // W3C Trace Context: sampled
	request.Header.Set(Header, r.ID.String())
	if r.Protocol == recording.GRPC {
		asGRPC(request, r)
	}
	slices.SortFunc(dropped, func(a, b Dropped) int { return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Name, b.Name)) })
	return request, traceID, slices.Compact(dropped), nil
}

// preserveHost gives the request the host that was recorded, and says where it cannot.
func preserveHost(request *http.Request, r recording.Recording) []Dropped {
	switch {
	case r.Host == "": // of HTTP/1.0
		return nil
	case recording.IsRedacted(r.Host) || strings.Contains(r.Host, recording.Mask):
		return []Dropped{{"header", "Host", "redacted when it was recorded"}}
	case !httpguts.ValidHostHeader(r.Host):
		return []Dropped{{"header", "Host", "not a valid header"}}
	}
	request.Host = r.Host
	return nil
}

func canonical(values recording.Values) http.Header {
	header := http.Header{}
	for name, all := range values {
		for _, v := range all {
			header.Add(name, v)
		}
	}
	return header
}

// newID returns a random id of n bytes that is not all zeros, in hexadecimal.
func newID(n int) string {
	id := make([]byte, n)
	for i := range id {
		id[i] = byte(rand.Uint32())
	}
	id[0] |= 1
	return hex.EncodeToString(id)
}

func clip(s string) string { return validation.Clip(s, 80) }
