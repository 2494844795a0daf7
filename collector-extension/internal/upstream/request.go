package upstream

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"slices"
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// target returns what the request line asks for: RequestURI where it is set, byte for byte, else what the URL comes to.
// http.Transport knows the URL only, of which some targets cannot be made.
func target(r *http.Request) string {
	if r.RequestURI != "" {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// outgoing is how a request is sent.
type outgoing struct {
	// length is the length of the body, -1 where it goes in chunks; hasBody is false where the request ends with its head.
	length  int64
	hasBody bool
	// expects reports whether the body waits for 100 (RFC 9110 section 10.1.1).
	expects bool
	close   bool
}

func outgoingOf(r *http.Request) outgoing {
	o := outgoing{length: r.ContentLength, hasBody: r.Body != nil && r.Body != http.NoBody, close: r.Close}
	if o.length == 0 && o.hasBody {
		o.length = -1 // as http.Request has it: the length of a body that is there is not known
	}
	if slices.Equal(r.TransferEncoding, []string{"chunked"}) && o.hasBody {
		o.length = -1
	}
	o.expects = o.hasBody && field.HasToken(r.Header["Expect"], "100-continue")
	return o
}

// ownFields are the fields of a request that are made here or given by notes, mostly.
const ownFields = 9

// appendHead appends the head of a request to b, its fields with those of notes and in their form. What says of headers how the body ends
// is made here, and no other is.
func (c *conn) appendHead(b []byte, r *http.Request, o outgoing, notes *Notes) ([]byte, error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	requested := target(r)
	if !field.IsToken(method) || !field.IsTarget(requested) || !field.IsValue(host) {
		return b, &InvalidRequestError{What: "its request line or host"}
	}
	b = append(append(b, method...), ' ')
	b = append(append(b, requested...), " HTTP/1.1\r\n"...)
	var room [ownFields]field.Own
	own := append(room[:0], field.Own{Name: field.Host, Value: host})
	own = appendFraming(own, r, method, o)
	if o.close {
		value := "close"
		if others := r.Header["Connection"]; len(others) > 0 && !field.HasToken(others, value) {
			value = strings.Join(others, ", ") + ", " + value // An upgrade is asked for by it, too.
		}
		own = append(own, field.Own{Name: field.Connection, Value: value})
	}
	sent := ""
	if notes != nil {
		sent, own = notes.Sent, append(own, notes.Own...)
	}
	invalid := ""
	c.order.Each(r.Header, own, sent, func(p *field.Placed) {
		switch {
		case p.Line != "":
			b = append(b, p.Line...) // is valid, since it was read
			return
		case p.Value == "" && p.Key == "User-Agent" && !sentEmpty(sent, p.Key):
			return // is how clients of net/http say that they want none
		case p.Behind && !field.IsToken(p.Name):
			invalid = "the name of a header"
		case !field.IsValue(p.Value):
			invalid = "the header " + p.Name
		}
		b = appendField(b, p.Name, p.Value)
	})
	if invalid != "" {
		return b, &InvalidRequestError{What: invalid}
	}
	return append(b, "\r\n"...), nil
}

// sentEmpty reports whether field lines have one of a name without a value.
func sentEmpty(sent, key string) bool {
	lines, err := field.Lines(sent, true)
	return err == nil && slices.ContainsFunc(lines, func(l field.Line) bool { return l.Value == "" && strings.EqualFold(l.Name, key) })
}

// appendFraming appends the fields that say where the body ends.
func appendFraming(own []field.Own, r *http.Request, method string, o outgoing) []field.Own {
	length := field.Own{Name: field.ContentLength, Omit: true}
	coding := field.Own{Name: field.TransferEncoding, Omit: true}
	trailer := field.Own{Name: field.Trailer, Omit: true}
	switch {
	case o.hasBody && o.length < 0:
		coding = field.Own{Name: coding.Name, Value: "chunked"}
		if len(r.Trailer) > 0 {
			trailer = field.Own{Name: trailer.Name, Value: strings.Join(slices.Sorted(maps.Keys(r.Trailer)), ", ")}
		}
	case o.hasBody, method != http.MethodGet && method != http.MethodHead && len(r.Header["Content-Length"]) > 0,
		method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch:
		// Methods that mostly have a body say that there is none (RFC 9110 section 8.6).
		length = field.Own{Name: length.Name, Value: strconv.FormatInt(max(o.length, 0), 10)}
	}
	return append(own, length, coding, trailer)
}

func appendField(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), "\r\n"...)
}

// InvalidRequestError says that a request cannot be sent as one of HTTP/1.1.
type InvalidRequestError struct{ What string }

func (e *InvalidRequestError) Error() string {
	return "the request cannot be sent: " + e.What + " is not valid"
}

// writeBody writes the body of a request as it comes, each piece at once. complete is false where the body broke off, which
// an upstream must not take for its end.
func writeBody(w *bufio.Writer, r *http.Request, o outgoing, buffer []byte) (complete bool, err error) {
	if o.length >= 0 {
		return writeLength(w, r.Body, o.length, buffer)
	}
	chunks := httputil.NewChunkedWriter(w)
	for {
		n, err := r.Body.Read(buffer)
		if n > 0 {
			if _, failed := chunks.Write(buffer[:n]); failed != nil {
				return false, &writeError{failed}
			}
			if failed := w.Flush(); failed != nil {
				return false, &writeError{failed}
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return false, err
		}
	}
	if err := chunks.Close(); err != nil {
		return false, &writeError{err}
	}
	var end []byte
	for name, values := range r.Trailer {
		for _, value := range values {
			if field.IsToken(name) && field.IsValue(value) {
				end = appendField(end, name, value)
			}
		}
	}
	if _, err := w.Write(append(end, "\r\n"...)); err != nil {
		return false, &writeError{err}
	}
	if err := w.Flush(); err != nil {
		return false, &writeError{err}
	}
	return true, nil
}

func writeLength(w *bufio.Writer, body io.Reader, length int64, buffer []byte) (bool, error) {
	for rest := length; rest > 0; {
		n, err := body.Read(buffer[:min(int64(len(buffer)), rest)])
		rest -= int64(n)
		if n > 0 {
			if _, failed := w.Write(buffer[:n]); failed != nil {
				return false, &writeError{failed}
			}
			if failed := w.Flush(); failed != nil {
				return false, &writeError{failed}
			}
		}
		switch {
		case err == io.EOF && rest > 0:
			return false, io.ErrUnexpectedEOF
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, err
		}
	}
	if err := expectEnd(body); err != nil {
		return false, err
	}
	return true, nil
}

// expectEnd reads the end of a body of which all was read, so that who counts on that sees it.
func expectEnd(body io.Reader) error {
	var one [1]byte
	if n, err := body.Read(one[:]); n > 0 || err != nil && err != io.EOF {
		return errors.Join(errBodyTooLong, err)
	}
	return nil
}

// maxWhole is how large a body is sent in one piece with its head, in bytes.
const maxWhole = 16 << 10

// ready returns the size of a body that has come whole already, so that it can be sent with its head; 0 of others. A body says so
// by a method Ready.
func ready(r *http.Request, o outgoing) int64 {
	if !o.hasBody || o.expects || o.length <= 0 || o.length > maxWhole {
		return 0
	}
	if body, ok := r.Body.(interface{ Ready() bool }); !ok || !body.Ready() {
		return 0
	}
	return o.length
}

var errBodyGone = errors.New("the body of the request was given to another call")

var errBodyTooLong = errors.New("the body of the request is longer than its length says")

// writeError is what the connection said, as opposed to the body of the request.
type writeError struct{ error }

// Unwrap returns what it said.
func (e *writeError) Unwrap() error { return e.error }
