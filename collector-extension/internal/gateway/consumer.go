package gateway

import (
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/http1"
)

// caller is who has sent the last request of a connection, and what it was made of: mostly the next one is of the same.
type caller struct{ agent, address, consumer string }

// maxCaller bounds what is kept of a user agent, in bytes.
const maxCaller = 256

// consumerOf is who has sent a request.
func (g *Gateway) consumerOf(r *http.Request) string {
	memo := http1.MemoOf(r.Context())
	if named := g.terms.ConsumerHeader; memo == nil || named != "" && r.Header.Get(named) != "" {
		return g.terms.Consumer(r.Header, r.RemoteAddr)
	}
	agent := firstOf(r.Header["User-Agent"])
	if known, ok := (*memo).(*caller); ok && known.agent == agent && known.address == r.RemoteAddr {
		return known.consumer
	}
	consumer := g.terms.Consumer(r.Header, r.RemoteAddr)
	if len(agent) <= maxCaller {
		// Copied, since what was read of a head is one piece.
		*memo = &caller{strings.Clone(agent), r.RemoteAddr, strings.Clone(consumer)}
	}
	return consumer
}
