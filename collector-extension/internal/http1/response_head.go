package http1

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// start begins the answer with its final status: what its headers are now is what is sent.
func (w *response) start(status int) {
	c := w.conn
	w.status, w.declared = status, -1
	c.answering.Store(true)
	w.close = w.close || c.closes()
	switch {
	case status == http.StatusSwitchingProtocols:
		w.framing, w.close = bodiless, true // Nobody knows what would come behind it.
	case !allowsBody(status), status == http.StatusResetContent, w.request.Method == http.MethodHead:
		w.framing = bodiless
	}
	w.declare()
	w.announce()
	c.head = w.appendStatusLine(c.head[:0], status)
	c.head = w.appendFields(c.head)
	if w.framing == bodiless && status == http.StatusResetContent {
		w.begin([]byte("Content-Length: 0"))
	} else if w.framing != undecided {
		w.begin(nil)
	}
}

// declare takes the length that the handler has set.
func (w *response) declare() {
	lengths := w.header["Content-Length"]
	if len(lengths) == 0 {
		if field.HasToken(w.header["Transfer-Encoding"], "identity") && w.framing == undecided {
			w.framing, w.close = untilClose, true
		}
		return
	}
	length, err := strconv.ParseUint(lengths[0], 10, 63)
	if err != nil || len(lengths) > 1 {
		w.conn.server.logf("http1: the handler has set the Content-Length %q, which is left out", lengths)
		return
	}
	w.declared = int64(length)
	if w.framing == undecided {
		w.framing = sized
	}
}

// announce takes the trailers that the handler has announced.
func (w *response) announce() {
	w.trailers = nil
	for _, list := range w.header["Trailer"] {
		for name := range field.Elements(list) {
			if name = textproto.CanonicalMIMEHeaderKey(name); !isFraming(name) {
				w.trailers = append(w.trailers, name)
			}
		}
	}
}

func (w *response) appendStatusLine(head []byte, status int) []byte {
	if w.request.ProtoMinor == 0 {
		head = append(head, "HTTP/1.0 "...)
	} else {
		head = append(head, "HTTP/1.1 "...)
	}
	head = strconv.AppendInt(head, int64(status), 10)
	head = append(head, ' ')
	if w.reasonOf == status && field.IsValue(w.reason) {
		head = append(head, w.reason...)
	} else {
		head = append(head, http.StatusText(status)...)
	}
	return append(head, "\r\n"...)
}

// appendFields appends what the handler has set, in the form that it has set, but for what frames the answer, which is this package's
// to say.
func (w *response) appendFields(head []byte) []byte {
	c := w.conn
	own := append(c.own[:0], field.Own{Name: field.TransferEncoding, Omit: true})
	if w.declared < 0 || w.status == http.StatusNoContent || w.status == http.StatusResetContent || w.status < 200 {
		own = append(own, field.Own{Name: field.ContentLength, Omit: true})
	}
	if connection := w.header["Connection"]; len(connection) > 0 && field.HasToken(connection, "close") {
		own = append(own, field.Own{Name: field.Connection, Omit: true})
		w.close = true
	}
	_, w.dated = w.header["Date"]
	c.own = own
	c.order.Each(w.header, own, w.form, func(p *field.Placed) {
		if len(w.trailers) > 0 && slices.Contains(w.trailers, p.Key) || p.Behind && strings.HasPrefix(p.Name, http.TrailerPrefix) {
			return
		}
		head = w.appendPlaced(head, p)
	})
	return head
}

func (w *response) appendPlaced(head []byte, p *field.Placed) []byte {
	if p.Line != "" {
		return append(head, p.Line...) // is valid, since it was read
	}
	return w.appendField(head, p.Name, p.Value, p.Behind)
}

func (w *response) appendFieldsOf(head []byte, name string, values []string) []byte {
	for _, value := range values {
		head = w.appendField(head, name, value, true)
	}
	return head
}

// appendField appends a field; check says whether its name is not known to be valid.
func (w *response) appendField(head []byte, name, value string, check bool) []byte {
	if check && !httpguts.ValidHeaderFieldName(name) {
		w.conn.server.logf("http1: the handler has set the header %q, which is left out", name)
		return head
	}
	head = append(head, name...)
	head = append(head, ": "...)
	at := len(head)
	head = append(head, field.Trim(value)...)
	for i, b := range head[at:] {
		if b == '\r' || b == '\n' || b == 0 {
			head[at+i] = ' ' // Else it would be another header.
		}
	}
	return append(head, "\r\n"...)
}

// stream begins an answer whose length is not known.
func (w *response) stream() {
	c := w.conn
	if w.request.ProtoMinor == 0 {
		w.framing, w.close = untilClose, true
		w.begin(nil)
	} else {
		w.framing = chunked
		w.begin([]byte("Transfer-Encoding: chunked"))
	}
	if len(c.pending) > 0 {
		_, _ = w.send(c.pending)
		c.pending = c.pending[:0]
	}
}

// begin gathers the head, with the field that frames the answer, where one does.
func (w *response) begin(field []byte) {
	c := w.conn
	head := c.head
	if field != nil {
		head = append(append(head, field...), "\r\n"...)
	}
	if c.body != nil && !w.close {
		w.close = c.body.leaves()
	}
	switch {
	case w.status == http.StatusSwitchingProtocols:
	case w.close:
		head = append(head, "Connection: close\r\n"...)
	case w.request.ProtoMinor == 0:
		head = append(head, "Connection: keep-alive\r\n"...)
	}
	if !w.dated {
		head = append(head, "Date: "...)
		head = append(head, c.server.date()...)
		head = append(head, "\r\n"...)
	}
	head = append(head, "\r\n"...)
	c.head = head
	c.out.append(head)
	w.begun = true
}

// ofFinalAnswers are fields that informational answers do not have.
var ofFinalAnswers = []field.Own{
	{Name: field.ContentLength, Omit: true}, {Name: field.TransferEncoding, Omit: true}, {Name: field.Connection, Omit: true},
}

// inform sends an informational answer, with the headers as they are, at once.
func (w *response) inform(status int) {
	c := w.conn
	if w.request.ProtoMinor == 0 {
		return // A client of HTTP/1.0 does not know them (RFC 9110 section 15.2).
	}
	if status == http.StatusContinue && c.answering.Swap(true) {
		return // The client was told when its body was read, and is not told again.
	}
	head := w.appendStatusLine(c.head[:0], status)
	c.order.Each(w.header, ofFinalAnswers, w.form, func(p *field.Placed) {
		if !p.Behind || !strings.HasPrefix(p.Name, http.TrailerPrefix) {
			head = w.appendPlaced(head, p)
		}
	})
	c.head = append(head, "\r\n"...)
	c.out.append(c.head)
	_ = c.out.flush()
	_ = w.failed()
}

// hasPrefixed reports whether there are trailers that were not announced.
func (w *response) hasPrefixed() bool {
	for name := range w.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// writeTrailers gathers the trailers of an answer in chunks.
func (w *response) writeTrailers() {
	out := &w.conn.out
	for _, name := range w.trailers {
		out.buf = w.appendFieldsOf(out.buf, name, w.header[name])
	}
	prefixed := w.conn.names[:0]
	for name := range w.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			prefixed = append(prefixed, name)
		}
	}
	slices.Sort(prefixed)
	w.conn.names = prefixed
	for _, name := range prefixed {
		trailer := name[len(http.TrailerPrefix):]
		if !isFraming(textproto.CanonicalMIMEHeaderKey(trailer)) {
			out.buf = w.appendFieldsOf(out.buf, trailer, w.header[name])
		}
	}
}
