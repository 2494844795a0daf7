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
	"slices"
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
	// notes are those of the request, nil where it has none.
	notes *Notes
	out   outgoing
	// began is whether anything of the answer has come, unsent whether nothing of the request was sent.
	began, unsent bool
	// touched is taken once, by who reads the body of the request or by who gives it to another call.
	touched atomic.Bool
	// content is the body of the request, where all of it was read before anything was sent; nil where it was not.
	content []byte
	// proceed tells a body that waits for 100 whether it may go; nil where none waits.
	proceed chan bool
	// ended is whether the answer was told to be over, settled whether the connection was let go.
	ended, settled atomic.Bool

	mu sync.Mutex
	// stop ends the watch for the end of the request's context, false where it has ended; nil where there is none yet.
	stop func() bool
	// by is until when the head of the answer is to be there, zero where that is not bounded.
	by time.Time
	// sending is whether the body is still being sent, whole whether all of it was.
	sending, whole bool
	// headed is whether the final head has come.
	headed bool
	// over and reusable are whether the answer has ended, and whether the connection can be used behind it.
	over, reusable bool
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

// past is a deadline that is over.
var past = time.Unix(1, 0)

// maxUnwatched is how large what is sent in one piece may be, in bytes, for its context not to be watched: the system takes it at once.
const maxUnwatched = 8 << 10

func (c *call) exchange() (*http.Response, error) {
	if err := c.request.Context().Err(); err != nil {
		c.unsent = true
		return nil, context.Cause(c.request.Context())
	}
	head, err := c.conn.appendHead(c.conn.head[:0], c.request, c.out, c.sentForm())
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
	if _, err := c.conn.Write(head); err != nil {
		// Nobody answers a head that was not sent whole.
		c.unsent = true
		return nil, err
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

// sentForm are the field lines in whose form the request is sent, empty where it has none.
func (c *call) sentForm() string {
	if c.notes == nil {
		return ""
	}
	return c.notes.Sent
}

// takeContent reads a body of size bytes that are there already behind head, and lets go of it. It gives head with the body.
func (c *call) takeContent(head []byte, size int64) ([]byte, error) {
	if c.touched.Swap(true) {
		return nil, errBodyGone // Not possible: who gives it to another call has ended this one.
	}
	at := len(head)
	whole := slices.Grow(head, int(size))[:at+int(size)]
	_, err := io.ReadFull(c.request.Body, whole[at:])
	if err == nil {
		err = ended(c.request.Body)
	}
	closeBody(c.request)
	if err != nil {
		c.bodyErr, c.unsent = err, true
		return nil, err
	}
	c.content = whole[at:]
	return whole, nil
}

// exchangeWhole sends the head and all of the body in one piece.
func (c *call) exchangeWhole(whole []byte) (*http.Response, error) {
	if len(whole) > maxUnwatched {
		c.watch()
	}
	n, err := c.conn.Write(whole)
	switch {
	case err == nil:
		c.whole = true
		c.expectAnswer()
	case n < len(whole)-len(c.content):
		c.unsent = true
		return nil, err
	default:
		// It takes no more, but may have said why.
		c.within(lastWords)
	}
	return c.receive()
}

// expectAnswer sets until when the head of the answer is to be there, once the request was sent.
func (c *call) expectAnswer() {
	if d := c.transport.HeaderTimeout; d > 0 {
		c.within(d)
	}
}

// within bounds how long the head of the answer is waited for.
func (c *call) within(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.headed {
		return
	}
	c.by = time.Now().Add(d)
	if c.stop != nil || c.by.Before(c.conn.due) {
		c.bound()
	}
}

// watch has the end of the request's context end reading and writing.
func (c *call) watch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound()
}

// bound watches, and sets the deadline for reading, with the lock held.
func (c *call) bound() {
	if c.stop == nil {
		conn := c.conn.Conn
		c.conn.due = time.Time{}
		c.stop = context.AfterFunc(c.request.Context(), func() { _ = conn.SetDeadline(past) })
	}
	_ = c.conn.SetReadDeadline(c.by)
	if c.request.Context().Err() != nil {
		_ = c.conn.SetReadDeadline(past) // It was set already.
	}
}

// becomesImpatient reports whether a read that ended with err is to be tried again, with the end of the context watched for.
func (c *call) becomesImpatient(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		return false
	}
	c.bound()
	return true
}

// unwatch ends the watch, and reports whether the context has not ended.
func (c *call) unwatch() bool {
	c.mu.Lock()
	stop := c.stop
	c.mu.Unlock()
	return stop == nil || stop()
}

// watched reports whether the end of the context was ever watched for.
func (c *call) watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop != nil
}

// arrived ends the wait for the head of the answer.
func (c *call) arrived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headed = true
	if c.by.IsZero() {
		return
	}
	if c.by = (time.Time{}); c.stop != nil {
		c.bound()
	}
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
				c.notes.Fields, c.notes.answered = h.fields, c
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
	if c.notes != nil && c.notes.Inform != nil {
		if err := c.notes.Inform(h.status, h.header, h.fields); err != nil {
			return err
		}
	}
	if trace != nil && trace.Got1xxResponse != nil {
		return trace.Got1xxResponse(h.status, textproto.MIMEHeader(h.header))
	}
	return nil
}

// allow says whether a body may go that waits for 100. Only what is said first counts.
func (c *call) allow(may bool) {
	if c.proceed == nil {
		return
	}
	select {
	case c.proceed <- may:
	default:
	}
}

// mayProceed waits until the body may be sent.
func (c *call) mayProceed() bool {
	if c.proceed == nil {
		return true
	}
	timer := time.NewTimer(continueTimeout)
	defer timer.Stop()
	select {
	case may := <-c.proceed:
		return may
	case <-timer.C:
		return true
	case <-c.request.Context().Done():
		return false
	}
}

func (c *call) respond(h *head) (*http.Response, error) {
	c.arrived()
	c.allow(false)
	response := &c.response
	*response = http.Response{
		Status: h.reason, StatusCode: h.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: h.minor,
		Header: h.header, Request: c.request,
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
		c.answered(!f.close)
		return response, nil
	}
	c.body.begin(c, response, f)
	response.Body = &c.body
	return response, nil
}

// send sends the body of the request, and lets go of it.
func (c *call) send() {
	may := c.mayProceed()
	if c.touched.Swap(true) {
		return // Another call has the body now.
	}
	whole, err := false, error(nil)
	if may {
		whole, err = c.sendThroughBuffer()
	}
	closeBody(c.request)
	var failedWrite *writeError
	broken := err != nil && !errors.As(err, &failedWrite)
	c.mu.Lock()
	c.sending, c.whole = false, whole
	if broken {
		c.bodyErr = err
	}
	over := c.over
	c.mu.Unlock()
	switch {
	case over:
		c.settle()
	case whole:
		c.expectAnswer()
	case broken:
		// An upstream must not wait for the rest, nor take what it has for the whole.
		_ = c.conn.Close()
	case err != nil:
		// It takes no more, but may have said why.
		c.within(lastWords)
	}
}

func (c *call) sendThroughBuffer() (whole bool, err error) {
	if c.out.length >= largeBody {
		buffer := largeBuffers.Get().(*[largeBufferSize]byte)
		defer largeBuffers.Put(buffer)
		return writeBody(c.conn.writer, c.request, c.out, buffer[:])
	}
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	return writeBody(c.conn.writer, c.request, c.out, buffer[:])
}

const (
	bufferSize = 32 << 10
	// largeBody is from what size on a body is sent through more, in bytes: that takes fewer calls of the system.
	largeBody       = 1 << 20
	largeBufferSize = 128 << 10
)

var (
	buffers      = sync.Pool{New: func() any { return new([bufferSize]byte) }}
	largeBuffers = sync.Pool{New: func() any { return new([largeBufferSize]byte) }}
)

// answered is called when nothing more is to be read of the answer; reusable is whether the connection can be used again.
func (c *call) answered(reusable bool) {
	if c.ended.Swap(true) {
		return
	}
	c.mu.Lock()
	c.over, c.reusable = true, reusable
	sending := c.sending
	c.mu.Unlock()
	switch {
	case !sending:
		c.settle()
	case reusable:
		time.AfterFunc(grace, c.halt)
	default:
		c.halt()
	}
}

// halt gives up on a request that is still being sent while its answer is over. Who sends it notices with the next piece; to
// close a body that somebody reads would wait for the client.
func (c *call) halt() {
	c.mu.Lock()
	sending := c.sending
	c.mu.Unlock()
	if sending {
		c.settle()
	}
}

// settle keeps the connection or closes it, and gives its place back.
func (c *call) settle() {
	if c.settled.Swap(true) {
		return
	}
	live := c.unwatch()
	c.mu.Lock()
	keep := c.reusable && c.whole && live && !c.out.close
	c.mu.Unlock()
	if keep {
		c.pool.put(c.conn)
	} else {
		_ = c.conn.Close()
	}
	c.pool.leave()
}

// cause is why the connection failed, where that was the end of the context.
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
