package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// call is one exchange over one connection.
type call struct {
	transport *Transport
	pool      *pool
	conn      *conn
	request   *http.Request
	// begun is when the connection was taken for the request.
	begun time.Time
	// notes are the notes of the request, nil where it has none.
	notes *Notes
	out   outgoing
	// began reports whether anything of the answer has come, unsent whether nothing of the request was sent.
	began, unsent bool
	// touched is set by who is first to use the body of the request: to send it, or to give it to another call. Nobody else may
	// then.
	touched atomic.Bool
	// content is the body of the request, where all of it was read before anything was sent; nil where it was not.
	content []byte
	// proceed tells a body that waits for 100 whether it may go; nil where none waits.
	proceed chan bool
	// finished reports whether endAnswer was called, settled whether the connection was let go.
	finished, settled atomic.Bool

	mu sync.Mutex
	// stop ends the watch for the end of the request's context, false where it has ended; nil where there is none yet.
	stop func() bool
	// by is the time by which the head of the answer must have come, zero where that is not bounded.
	by time.Time
	// sending reports whether the body is still being sent, whole whether all of it was.
	sending, whole bool
	// headed reports whether the final head has come.
	headed bool
	// answerEnded reports whether nothing more is to be read of the answer, reusable whether the connection can be used behind it.
	answerEnded, reusable bool
	// bodyErr is why the body of the request broke off.
	bodyErr error

	// head, response and body are those of the answer, made in one piece with the call.
	head     head
	response http.Response
	body     body
}

// grace is how long an answer that is over waits for the end of its request, which mostly is just being sent.
const grace = 50 * time.Millisecond

// run sends the request and reads the head of its answer. After an error the connection is closed, and nobody reads the body of
// the request any more.
func (c *call) run() (*http.Response, error) {
	c.out = outgoingOf(c.request)
	c.out.close = c.out.close || c.transport.MaxIdle < 0
	c.conn.call = c
	response, err := c.exchange()
	if err == nil {
		return response, nil
	}
	err = c.cause(err)
	c.unwatch()
	_ = c.conn.Close()
	c.allow(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bodyErr != nil && !c.began {
		err = c.bodyErr // The connection was closed since the body broke off.
	}
	return nil, err
}

func (c *call) exchange() (*http.Response, error) {
	if err := c.request.Context().Err(); err != nil {
		c.unsent = true
		return nil, context.Cause(c.request.Context())
	}
	head, err := c.conn.appendHead(c.conn.head[:0], c.request, c.out, c.notes)
	if err != nil {
		c.unsent = true
		return nil, err
	}
	if c.conn.head = head; cap(head) > maxKeptHead {
		c.conn.head = nil
	}
	c.conn.patient(c.begun)
	if c.content != nil {
		return c.exchangeWhole(append(head, c.content...))
	}
	if size := ready(c.request, c.out); size > 0 {
		whole, err := c.takeContent(head, size)
		if err != nil {
			return nil, err
		}
		return c.exchangeWhole(whole)
	}
	if c.out.hasBody || len(head) > maxUnwatched {
		c.watch()
	}
	write := c.conn.Write
	if !c.out.hasBody && len(head) <= maxUnwatched {
		write = c.conn.sendAndWait
	}
	if _, err := write(head); err != nil {
		// Nobody answers a head that was not sent whole.
		c.unsent = true
		return nil, c.refusal(err)
	}
	if c.out.hasBody {
		c.sending = true
		if c.out.expects {
			c.proceed = make(chan bool, 1)
		}
		go c.send()
	} else {
		c.whole = true
		c.expectAnswer()
	}
	return c.receive()
}

// maxKeptHead is how large what heads are made in is kept for the next one, in bytes.
const maxKeptHead = 16 << 10

// exchangeWhole sends the head and all of the body in one piece.
func (c *call) exchangeWhole(whole []byte) (*http.Response, error) {
	if len(whole) > maxUnwatched {
		c.watch()
	}
	n, err := c.conn.sendAndWait(whole)
	switch {
	case err == nil:
		c.whole = true
		c.expectAnswer()
	case n < len(whole)-len(c.content):
		c.unsent = true
		return nil, c.refusal(err)
	default:
		// It takes no more, but may have said why.
		c.within(lastWords)
	}
	return c.receive()
}

// receive reads heads until the final one.
func (c *call) receive() (*http.Response, error) {
	h := &c.head
	var into *field.Filled
	if c.notes != nil {
		into = c.notes.Into
	}
	for informational := 0; ; informational++ {
		if _, err := c.conn.reader.Peek(1); err != nil {
			return nil, err
		}
		c.began = true
		if err := h.read(c.conn.reader, c.transport.MaxHeaderBytes, into); err != nil {
			return nil, unexpected(err)
		}
		if h.status >= 200 || h.status == http.StatusSwitchingProtocols {
			if c.notes != nil {
				c.notes.Fields, c.notes.call = h.fields, c
			}
			return c.respond(h)
		}
		if informational == maxInformational {
			return nil, malformed("it has more than %d informational ones before it", maxInformational)
		}
		if err := c.inform(h); err != nil {
			return nil, err
		}
	}
}

// inform tells of an informational answer who wants to know.
func (c *call) inform(h *head) error {
	trace := httptrace.ContextClientTrace(c.request.Context())
	if h.status == http.StatusContinue {
		c.allow(true)
		if trace != nil && trace.Got100Continue != nil {
			trace.Got100Continue()
		}
	}
	if c.notes != nil && c.notes.Informed != nil {
		if err := c.notes.Informed.Inform(h.status, h.header, h.fields); err != nil {
			return err
		}
	}
	if trace != nil && trace.Got1xxResponse != nil {
		return trace.Got1xxResponse(h.status, textproto.MIMEHeader(h.header))
	}
	return nil
}

func (c *call) respond(h *head) (*http.Response, error) {
	c.arrived()
	c.allow(false)
	response := &c.response
	*response = http.Response{
		Status: h.reason, StatusCode: h.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: h.minor,
		Header: h.header, Request: c.request, TLS: c.conn.state,
	}
	if h.minor == 0 {
		response.Proto = "HTTP/1.0"
	}
	if h.status == http.StatusSwitchingProtocols {
		if len(c.request.Header["Upgrade"]) == 0 {
			return nil, malformed("it switches to a protocol that nobody asked for")
		}
		c.watch() // Either direction may wait for long.
		response.Body = upgraded{c}
		return response, nil
	}
	f, err := framingOf(h, c.request.Method)
	if err != nil {
		return nil, err
	}
	response.ContentLength = f.length
	response.Close = f.close
	if f.coded {
		response.TransferEncoding = []string{"chunked"}
		if response.Trailer, err = announced(h.header); err != nil {
			return nil, err
		}
	}
	if bodiless(h.status, c.request.Method) || f.length == 0 {
		response.Body = http.NoBody
		c.endAnswer(!f.close)
		return response, nil
	}
	c.body.begin(c, response, f)
	response.Body = &c.body
	return response, nil
}

// cause returns why the connection failed, where that was the end of the context.
func (c *call) cause(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	if ctx := c.request.Context(); ctx.Err() != nil && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)) {
		return context.Cause(ctx)
	}
	return err
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
