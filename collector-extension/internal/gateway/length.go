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

// refusesUnclear refuses requests that have said their length in two ways (RFC 9112 sections 6.1 and 6.3). A proxy before the
// gateway may have gone by the other, and may have sent as a part of one what looks like the next request here. Where it is
// not known whether they have, the connection is closed behind the answer, also that of handlers before the gateway.
type refusesUnclear struct{ next http.Handler }

func (u refusesUnclear) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		switch known := clarityOf(r); {
		case known == lengthFaulty:
			w.Header().Set("Connection", "close")
			http.Error(w, "the request has both a content-length and a transfer-encoding", http.StatusBadRequest)
			return
		case known == lengthUnknown && mayBeUnclear(r):
			w.Header().Set("Connection", "close")
		}
	}
	u.next.ServeHTTP(w, r)
}
