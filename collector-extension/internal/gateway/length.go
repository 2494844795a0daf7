package gateway

import (
	"net/http"
	"strconv"
)

// contradicts reports whether r says of its length what is not so, or says it twice: net/http lets that pass over HTTP/2,
// where it makes a request malformed (RFC 9113 section 8.1.1).
func contradicts(r *http.Request) bool {
	if r.ProtoMajor < 2 {
		return false
	}
	lengths := r.Header["Content-Length"]
	return len(lengths) > 1 || len(lengths) == 1 && lengths[0] != strconv.FormatInt(r.ContentLength, 10)
}
