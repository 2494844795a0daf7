package gateway

import (
	"net/http"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
)

const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
	exposeHeaders    = "Access-Control-Expose-Headers"
)

// isPreflight reports whether a browser asks before a request of another origin (Fetch standard, CORS-preflight request).
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Origin"]) > 0 && len(r.Header["Access-Control-Request-Method"]) > 0
}

// oneOrigin leaves one answer to a browser that asks for another origin: the upstream's, where response has one, else that of the
// server's own cors, which is in header before the upstream's are added.
func oneOrigin(header, response http.Header) {
	if len(header[allowOrigin]) == 0 {
		return
	}
	if len(response[allowOrigin]) == 0 {
		if len(header[allowCredentials]) > 0 {
			delete(response, allowCredentials) // Twice is not at all.
		}
		return
	}
	for _, name := range []string{allowOrigin, allowCredentials, exposeHeaders} {
		delete(header, name)
	}
}

// safelisted are the headers that a page of another origin may always read (Fetch standard, CORS-safelisted response-header name).
var safelisted = []string{"Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma"}

// readable has a page of another origin read an answer that a fault gives in the upstream's place, whatever the upstream would
// have allowed: nothing of the upstream is in it. A server with a cors of its own has said who may.
func (x *exchange) readable(r *http.Request, a fault.Answer) {
	origin := r.Header["Origin"]
	if x.gateway.options.CORS || len(origin) != 1 {
		return
	}
	h := x.writer.Header()
	h[allowOrigin], h[allowCredentials] = origin, []string{"true"}
	h.Add("Vary", "Origin")
	exposed := []string{FaultHeader}
	if !x.gateway.options.FaultHeader {
		exposed = nil
	}
	if a.RetryAfterS != nil {
		exposed = append(exposed, "Retry-After")
	}
	for name := range a.Headers {
		name = http.CanonicalHeaderKey(name)
		if !slices.Contains(safelisted, name) && !strings.HasPrefix(name, "Access-Control-") && !slices.Contains(exposed, name) {
			exposed = append(exposed, name)
		}
	}
	if slices.Sort(exposed); len(exposed) > 0 {
		h[exposeHeaders] = []string{strings.Join(exposed, ", ")}
	}
}
