package gateway

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const webSocketProtocol = "websocket"

// upgradeOf returns the protocol that a request is upgraded to if the upstream will, as the request has it: the first in its list
// that is WebSocket, or one of others by its name, in any version, or by name and version. Empty is none: what else is asked for
// is ignored (RFC 9110 section 7.8), since nothing of what it brings could be harmed, recorded or replayed. HTTP/1.0 and
// HTTP/2 know no upgrades.
func upgradeOf(r *http.Request, others []string) string {
	lists := r.Header["Upgrade"]
	if len(lists) == 0 || r.ProtoMajor != 1 || r.ProtoMinor == 0 || !httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade") {
		return ""
	}
	for _, list := range lists {
		for protocol := range field.Elements(list) {
			name, _, _ := strings.Cut(protocol, "/")
			if strings.EqualFold(protocol, webSocketProtocol) || slices.ContainsFunc(others, func(other string) bool {
				return strings.EqualFold(other, protocol) || strings.EqualFold(other, name)
			}) {
				return protocol
			}
		}
	}
	return ""
}

// withUpgrade leaves in r the upgrade to protocol, or none where it is empty. What it changes is a copy.
func withUpgrade(r *http.Request, protocol string) *http.Request {
	asks := len(r.Header["Upgrade"]) > 0
	if !asks && len(r.Header["Http2-Settings"]) == 0 {
		return r
	}
	r = r.WithContext(r.Context())
	r.Header = r.Header.Clone()
	delete(r.Header, "Http2-Settings") // goes with Upgrade: h2c, and between neighbours only (RFC 7540 section 3.2.1)
	delete(r.Header, "Upgrade")
	if asks && protocol != "" {
		r.Header["Upgrade"] = []string{protocol}
	}
	return r
}

var (
	errUnaskedUpgrade = errors.New("upstream switched to a protocol that it was not asked for")
	unaskedUpgrade    = core.Failure{By: recording.ByUpstream, Kind: recording.FailureMalformed, Text: errUnaskedUpgrade.Error()}
)

// checkUpgrade refuses an answer that switches to another protocol than the request r asks for.
func checkUpgrade(r *http.Request, response *http.Response) error {
	if response.StatusCode != http.StatusSwitchingProtocols {
		return nil
	}
	if protocol := r.Header.Get("Upgrade"); protocol != "" && strings.EqualFold(protocol, response.Header.Get("Upgrade")) {
		return nil
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	return errUnaskedUpgrade
}
