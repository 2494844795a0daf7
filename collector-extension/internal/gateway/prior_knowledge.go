package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/upstream"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// schemeHTTP2 is that of upstreams which speak HTTP/2 without TLS, and nothing else (RFC 9113 section 3.3): they are asked with prior
// knowledge of that.
const schemeHTTP2 = "h2c"

// UpstreamURL returns where the requests of the endpoint of an upstream go: to an http URL also where its scheme is h2c, which
// NewTransport reads.
func UpstreamURL(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	if u.Scheme == schemeHTTP2 {
		u.Scheme = "http"
	}
	return u, nil
}

// noUpgrade is a WebSocket that an upstream cannot be asked for.
var noUpgrade = core.Failure{
	By: recording.ByUpstream, Kind: recording.FailureUnsupported, Text: "upstream speaks HTTP/2 without TLS: no upgrades",
}

var errNoUpgrade = fmt.Errorf("%w: an upstream of h2c is not asked for upgrades", errors.ErrUnsupported)

// priorKnowledge sends all requests over HTTP/2 without TLS.
type priorKnowledge struct{ clear http.RoundTripper }

// RoundTrip refuses upgrades, which HTTP/2 does not know. What stands in for them there (RFC 8441) few upstreams offer.
func (p priorKnowledge) RoundTrip(r *http.Request) (*http.Response, error) {
	if len(r.Header["Upgrade"]) > 0 {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, errNoUpgrade
	}
	return p.clear.RoundTrip(upstream.ForNetHTTP(r))
}
