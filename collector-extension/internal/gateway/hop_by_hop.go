package gateway

import (
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// hopByHop are the fields that are for the next neighbour only, whether or not Connection names them (RFC 9110 section 7.6.1).
// Proxy-Connection is no standard, and sent by some clients all the same.
var hopByHop = [...]field.Name{
	field.Connection, field.ProxyConnection, field.KeepAlive, field.ProxyAuthenticate, field.ProxyAuthorization, field.TE, field.Trailer,
	field.TransferEncoding, field.Upgrade,
}

var hopByHopNames = field.Of(hopByHop[:]...)

// removeHopByHop takes out of header, of which the names among the known ones are at most those given, what is for the next neighbour
// only. What says where a request comes from is not, whatever
// Connection says: a client could hide from the upstream behind the gateway that way.
func removeHopByHop(header http.Header, names field.Names) {
	if !names.HasAny(hopByHopNames) {
		return
	}
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
		if key := name.String(); names.Has(name) && header[key] != nil { // To look costs less than to delete.
			delete(header, key)
		}
	}
}
