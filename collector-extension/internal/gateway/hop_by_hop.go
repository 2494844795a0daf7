package gateway

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// hopByHop are the fields that are for the next neighbour only, whether or not Connection names them (RFC 9110 section 7.6.1).
// Proxy-Connection is no standard, and sent by some clients all the same.
var hopByHop = [...]string{
	"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// removeHopByHop takes out of header what is for the next neighbour only. What says where a request comes from is not, whatever
// Connection says: a client could hide from the upstream behind the gateway that way.
func removeHopByHop(header http.Header) {
	for _, list := range header["Connection"] {
		if list == "keep-alive" || list == "close" {
			continue // as mostly; Keep-Alive is below
		}
		for name := range field.Elements(list) {
			if name = http.CanonicalHeaderKey(name); !isForwarded(name) {
				delete(header, name)
			}
		}
	}
	for _, name := range hopByHop {
		if header[name] != nil { // To look costs less than to delete.
			delete(header, name)
		}
	}
}
