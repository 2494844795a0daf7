package http1

import (
	"context"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// Attach has v asked first for values of ctx, which must be the context of a request of this package as the handler got it: unlike a
// context with a value this needs no other request. It reports whether that is so. There is one for each request.
func Attach(ctx context.Context, v interface{ Value(key any) any }) bool {
	c, ok := ctx.(*requestContext)
	if ok {
		c.attached = v
	}
	return ok
}

// MemoOf returns room for what the handler wants to know of a connection for its next request; nil where ctx is not the context of a
// request of this package as the handler got it. It is for the goroutine of the handler.
func MemoOf(ctx context.Context) *any {
	if c, ok := ctx.(*requestContext); ok {
		return &c.conn.memo
	}
	return nil
}

// Lend returns what the header of the answer on w is kept in, so that it can be filled with one that is read from elsewhere, in
// place of a copy; nil where w is not of this package, or some of the header was set already.
func Lend(w http.ResponseWriter) *field.Filled {
	to, ok := w.(*response)
	if !ok || len(to.header) > 0 {
		return nil
	}
	to.Header()
	return to.kept
}

// Release says that when the handler has returned nothing uses the request any more, nor its body, nor its context, nor the header of the
// answer, so that the next request of the connection is made in the same memory.
func Release(w http.ResponseWriter) {
	if to, ok := w.(*response); ok {
		to.released = true
	}
}

// nextExchange returns what the next request is read into.
func (c *conn) nextExchange() *exchange {
	x := c.spare
	c.spare = nil
	if x == nil {
		x = &exchange{}
		x.context.conn, x.fields.HostApart = c, true
		x.blank = blank.WithContext(&x.context)
		x.request = blank.WithContext(&x.context)
	}
	return x
}

// spareExchange keeps x for the next request, where its handler has released it.
func (c *conn) spareExchange(x *exchange) {
	if !x.response.released || x.response.hijacked || len(x.context.head.text) > maxKept {
		return
	}
	x.context.reset()
	x.response, x.body = response{}, body{}
	*x.request = *x.blank
	x.answer.Empty()
	c.spare = x
}
