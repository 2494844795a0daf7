package fault

import (
	"io"
	"net/http"
)

// hasBody reports whether a body follows the headers of response: not that of a connection that was upgraded, which is none.
func hasBody(response *http.Response) bool {
	switch {
	case response.Body == nil || response.Body == http.NoBody || response.ContentLength == 0:
		return false
	case response.StatusCode < 200 || response.StatusCode == http.StatusNoContent || response.StatusCode == http.StatusNotModified:
		return false
	case response.Request != nil && response.Request.Method == http.MethodHead:
		return false
	}
	return true
}

// carriesBody reports whether r has a body.
func carriesBody(r *http.Request) bool {
	return r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0
}

// through is a body that is read through reader.
type through struct {
	io.Reader
	io.Closer
}

// pass makes the client read the answer's body through what wrap makes of it.
func pass(response *http.Response, wrap func(io.Reader) io.Reader) {
	response.Body = through{wrap(response.Body), response.Body}
}

// passRequest makes the upstream read the request's body through what wrap makes of it.
func passRequest(r *http.Request, wrap func(io.Reader) io.Reader) {
	r.Body = through{wrap(r.Body), r.Body}
}

// setLength announces another length of the body; -1 is none.
func setLength(response *http.Response, length int64) {
	response.ContentLength = length
	response.Header.Del("Content-Length")
	if length >= 0 {
		response.Header.Set("Content-Length", formatInt(length))
	}
}

// describeAnew takes off the headers that describe a body which was changed on purpose, and keeps caches from it: what was
// injected must not outlive its scenario.
func describeAnew(response *http.Response) {
	for _, name := range []string{
		"Etag", "Last-Modified", "Digest", "Content-Digest", "Repr-Digest", "Content-Md5", "Accept-Ranges", "Expires", "Age",
	} {
		response.Header.Del(name)
	}
	response.Header.Set("Cache-Control", "no-store")
}

// askForIdentity asks the upstream for a body that can be read as it is.
func askForIdentity(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") }

// isIdentity reports whether the body can be read as it is.
func isIdentity(h http.Header) bool {
	encoding := h.Get("Content-Encoding")
	return encoding == "" || encoding == "identity"
}
