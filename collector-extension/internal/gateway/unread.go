package gateway

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// unread reports a request that was answered with status before there was an exchange. It is counted, but not recorded: nothing of it
// can be trusted.
func (g *Gateway) unread(status int) {
	if g.options.Unread == nil {
		return
	}
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		g.options.Unread(recording.ByLimit, recording.FailureTooLarge)
	case http.StatusRequestTimeout:
		g.options.Unread(recording.ByClient, recording.FailureTimeout)
	case http.StatusExpectationFailed, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		g.options.Unread(recording.ByClient, recording.FailureUnsupported)
	default:
		g.options.Unread(recording.ByClient, recording.FailureMalformed)
	}
}
