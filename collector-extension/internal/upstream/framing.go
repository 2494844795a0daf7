package upstream

import (
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// framing is how the end of an answer's body is found (RFC 9112 section 6.3).
type framing struct {
	// length is the length of the body, -1 where it is not known.
	length int64
	// coded reports whether the head says that there are chunks, chunked whether some come.
	coded, chunked bool
	// close reports whether the connection carries nothing behind the answer.
	close bool
}

// framingOf reads the framing of an answer to a request of method, and takes out of its header what is of the connection
// alone. An answer that says it in two ways that differ is refused: who reads behind the gateway may go by the other.
func framingOf(h *head, method string) (framing, error) {
	f := framing{length: -1}
	var connection, codings, lengths []string
	if h.names.Has(field.Connection) {
		connection = h.header["Connection"]
	}
	f.close = field.HasToken(connection, "close") || h.minor == 0 && !field.HasToken(connection, "keep-alive")
	if h.names.Has(field.TransferEncoding) {
		codings = h.header["Transfer-Encoding"]
		delete(h.header, "Transfer-Encoding")
	}
	if h.names.Has(field.ContentLength) {
		lengths = h.header["Content-Length"]
	}
	if len(codings) > 0 {
		if h.minor == 0 {
			return f, malformed("it is of HTTP/1.0 and has a Transfer-Encoding")
		}
		if len(codings) > 1 || !strings.EqualFold(codings[0], "chunked") {
			return f, malformed("its Transfer-Encoding is %q, where only chunked is known", field.Clip(strings.Join(codings, ", ")))
		}
		// The chunks win, and nobody is to see the length any more.
		delete(h.header, "Content-Length")
		f.coded, f.chunked = true, !bodiless(h.status, method)
		f.close = f.close || len(lengths) > 0
	} else if len(lengths) > 0 {
		length, err := field.Length(lengths)
		if err != nil {
			return f, asMalformed(err)
		}
		if len(lengths) > 1 {
			h.header["Content-Length"] = lengths[:1]
		}
		f.length = length
	}
	switch {
	case bodiless(h.status, method):
		if method != http.MethodHead {
			f.length = 0
		}
	case f.length < 0 && !f.chunked:
		f.close = true
	}
	return f, nil
}

// bodiless reports whether an answer ends with its head.
func bodiless(status int, method string) bool {
	return method == http.MethodHead || status < 200 || status == http.StatusNoContent || status == http.StatusNotModified
}
