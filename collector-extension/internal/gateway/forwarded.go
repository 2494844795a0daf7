package gateway

import (
	"net"
	"net/http"
	"strings"
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
	if client, _, err := net.SplitHostPort(in.RemoteAddr); err == nil {
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
		values[2] = "http"
		if in.TLS != nil {
			values[2] = "https"
		}
		header[forwardedProto] = values[2:3:3]
	}
}
