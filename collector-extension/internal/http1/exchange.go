package http1

import (
	"errors"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// outcome is what becomes of a connection behind an answer.
type outcome int

const (
	keeps outcome = iota
	// closes is in good order, breaks is not.
	closes
	breaks
	// gone is the handler's.
	gone
)

// maxKept is how large what answers are made in is kept for the next one, in bytes.
const maxKept = 2 * outputSize

// exchange is what there is of a request and its answer, made in one piece, and again for the next request where it was released.
type exchange struct {
	context  requestContext
	response response
	request  *http.Request
	// blank is a request with the context, and with nothing else.
	blank *http.Request
	url   url.URL
	body  body
	// fields is the header of the request, answer that of the answer.
	fields, answer field.Filled
}

// blank is what requests are made from: only so a request gets a context without a copy.
var blank http.Request

// answer has the handler answer a request.
func (c *conn) answer(head string, p parsed, x *exchange) outcome {
	x.context.head = Head{head, p.fields, p.names}
	r := x.request
	r.Method, r.URL, r.Header, r.Host, r.RequestURI = p.method, p.url, p.header, p.host, p.target
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, p.minor
	if p.minor == 0 {
		r.Proto = "HTTP/1.0"
	}
	r.ContentLength, r.Close, r.RemoteAddr, r.Body = p.length, p.close, c.remote, http.NoBody
	r.TLS = c.tls
	x.response = response{conn: c, request: r, kept: &x.answer, close: p.close || c.server.NoKeepAlive}
	c.body = nil
	if p.length != 0 {
		x.body = body{conn: c, rest: p.length, expects: p.expects}
		c.body = &x.body
		if p.length < 0 {
			r.TransferEncoding, r.Trailer = []string{"chunked"}, p.trailer
			c.body.rest, c.body.trailer, c.body.chunks = 0, p.trailer, &chunks{source: c.reader}
		}
		r.Body = c.body
	}
	c.timeRest()
	c.answering.Store(false)
	c.pending = c.pending[:0]
	if cap(c.head) > maxKept {
		c.head = nil
	}
	if cap(c.out.buf) > maxKept {
		c.out.buf = nil
	}
	c.watch.begin()
	c.current.Store(&x.context)
	c.mu.Lock()
	c.response = &x.response
	c.mu.Unlock()
	if c.context.Err() != nil {
		c.left()
	}
	result := c.run(x)
	c.current.Store(nil)
	x.context.end()
	if result == keeps {
		c.spareExchange(x)
	}
	c.body = nil
	return result
}

// timeRest sets the deadlines for the rest of a request and its answer, where there are such.
func (c *conn) timeRest() {
	settings := c.server.HTTP
	switch {
	case settings.WriteTimeout > 0:
		_ = c.Conn.SetWriteDeadline(time.Now().Add(settings.WriteTimeout))
	case c.writes:
		_ = c.Conn.SetWriteDeadline(time.Time{})
	}
	c.writes = false
	switch {
	case c.body == nil:
	case settings.ReadTimeout > 0:
		_ = c.watch.setDeadline(c.began.Add(settings.ReadTimeout))
	case !c.watch.deadline.IsZero():
		c.expectWithin(0)
	}
}

// run calls the handler, and ends what it has left.
func (c *conn) run(x *exchange) (result outcome) {
	w := &x.response
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if err, ok := cause.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			c.server.logf("http1: panic serving %v: %v\n%s", c.RemoteAddr(), cause, debug.Stack())
		}
		result = c.abort(w)
	}()
	c.server.handler().ServeHTTP(w, w.request)
	w.finish()
	if w.hijacked {
		return gone
	}
	c.watch.end()
	c.unread = c.body != nil && !c.body.finish()
	c.mu.Lock()
	c.response = nil
	c.mu.Unlock()
	if w.close || c.unread || c.out.err != nil {
		return closes
	}
	return keeps
}

// abort returns what becomes of a connection whose handler has given up: the answer must not look whole.
func (c *conn) abort(w *response) outcome {
	c.mu.Lock()
	w.returned = true
	hijacked := w.hijacked
	c.response = nil
	c.mu.Unlock()
	if hijacked {
		return gone
	}
	c.watch.end()
	return breaks
}
