package gateway

import (
	"net/http"
	"strconv"
)

// contradicts is whether r says of its length what is not so, or says it twice: net/http lets that pass over HTTP/2, where
// it makes a request malformed (RFC 9113 section 8.1.1).
func contradicts(r *http.Request) bool {
	if r.ProtoMajor < 2 {
		return false
	}
	lengths := r.Header["Content-Length"]
	return len(lengths) > 1 || len(lengths) == 1 && lengths[0] != strconv.FormatInt(r.ContentLength, 10)
}

// unclear is whether r may have said its length in two ways, of which net/http keeps one and shows only that: beside chunks
// it drops a Content-Length, and from HTTP/1.0 it drops Transfer-Encoding. A proxy before the gateway may have gone by
// the other, and may have sent as a part of r what looks like the next request here. The connection is therefore closed
// behind all that could be such requests (RFC 9112 sections 6.1 and 6.3): nothing tells those that are from the others.
func unclear(r *http.Request) bool {
	return r.ProtoMajor == 1 && (len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1))
}

// closeUnclear says on answers to unclear requests that the connection closes, also on those of handlers before the gateway.
func closeUnclear(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if unclear(r) {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
