package gateway

import (
	"net"
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

const (
	forwarded      = "Forwarded"
	forwardedFor   = "X-Forwarded-For"
	forwardedHost  = "X-Forwarded-Host"
	forwardedProto = "X-Forwarded-Proto"
)

// isForwarded reports whether a field says on whose behalf a request is sent.
func isForwarded(name string) bool {
	switch name {
	case forwarded, forwardedFor, forwardedHost, forwardedProto:
		return true
	}
	return false
}

// forwardedValues has room for the values of the fields that setForwarded sets.
type forwardedValues [3]string

// setForwarded adds to the header of a request that is forwarded on whose behalf it is. What proxies before this one have said
// stays: the address of the client is added to theirs, and host and scheme are those that the first of them has met.
func setForwarded(header http.Header, in *http.Request, values *forwardedValues) {
	if client, ok := clientOf(in); ok {
		if prior := header[forwardedFor]; len(prior) > 0 {
			client = strings.Join(prior, ", ") + ", " + client
		}
		values[0] = client
		header[forwardedFor] = values[0:1:1]
	} else {
		delete(header, forwardedFor)
	}
	if _, ok := header[forwardedHost]; !ok {
		values[1] = in.Host
		header[forwardedHost] = values[1:2:2]
	}
	if _, ok := header[forwardedProto]; !ok {
		values[2] = schemeOf(in)
		header[forwardedProto] = values[2:3:3]
	}
}

// appendForwarded appends what setForwarded sets in the header of a request that has none of it.
func appendForwarded(own []field.Own, in *http.Request) []field.Own {
	if client, ok := clientOf(in); ok {
		own = append(own, field.Own{Name: field.XForwardedFor, Value: client, Behind: true})
	}
	return append(own,
		field.Own{Name: field.XForwardedHost, Value: in.Host, Behind: true}, field.Own{Name: field.XForwardedProto, Value: schemeOf(in), Behind: true})
}

// clientOf returns the address of the client without its port; false where it is not known.
func clientOf(in *http.Request) (address string, known bool) {
	address, _, err := net.SplitHostPort(in.RemoteAddr)
	return address, err == nil
}

func schemeOf(in *http.Request) string {
	if in.TLS != nil {
		return "https"
	}
	return "http"
}
