package upstream

import (
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
)

// ForNetHTTP has transports of net/http send the target of r as it was sent, as far as they can: of one that begins with two slashes
// they would make an absolute URL. Whom the notes of r name is told of informational answers.
func ForNetHTTP(r *http.Request) *http.Request {
	r = informing(r)
	path, query, hasQuery := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || path == r.URL.EscapedPath() {
		return r
	}
	at := *r.URL
	at.Opaque, at.RawQuery, at.ForceQuery = path, query, hasQuery && query == ""
	sent := r.WithContext(r.Context())
	sent.URL = &at
	return sent
}

// informing has net/http tell of informational answers who wants to know by Notes.
func informing(r *http.Request) *http.Request {
	notes := NotesOf(r.Context())
	if notes == nil || notes.Informed == nil {
		return r
	}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, header textproto.MIMEHeader) error {
			return notes.Informed.Inform(status, http.Header(header), "")
		},
	}))
}
