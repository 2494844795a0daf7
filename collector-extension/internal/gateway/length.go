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

// mayBeUnclear is whether r may have said its length in two ways, of which net/http keeps one and shows only that: beside
// chunks it drops a Content-Length, and from HTTP/1.0 it drops Transfer-Encoding.
func mayBeUnclear(r *http.Request) bool {
	return r.ProtoMajor == 1 && (len(r.TransferEncoding) > 0 || !r.ProtoAtLeast(1, 1))
}

// closesUnclear is before what net/http serves of HTTP/1, which is that over TLS: package http1 refuses requests that have said
// their length in two ways (RFC 9112 sections 6.1 and 6.3), net/http does not. A proxy before the gateway may have gone by the
// other, and may have sent as a part of one what looks like the next request here. So the connection is closed behind the answer,
// also that of handlers before the gateway.
type closesUnclear struct{ next http.Handler }

func (u closesUnclear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if mayBeUnclear(r) {
		w.Header().Set("Connection", "close")
	}
	u.next.ServeHTTP(w, r)
}
