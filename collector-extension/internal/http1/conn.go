package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// The phases of a connection. Shutdown ends idle ones.
const (
	idle int32 = iota
	active
	ended
)

const (
	inputSize = 4 << 10
	// lingering is how long a connection that is closed stays open for what its client still sends, to which the system would
	// answer with a reset, which may cost the client the answer; lingerBytes is how much is read of that.
	lingering   = 500 * time.Millisecond
	lingerBytes = 256 << 10
	preface     = "PRI * HTTP/2.0\r\n"
)

// conn is a connection of a client. One goroutine serves it.
type conn struct {
	net.Conn
	server  *Server
	input   input
	base    context.Context
	context context.Context
	// values are the values of context, without its end.
	values context.Context
	reader *bufio.Reader
	// tls is what was agreed on in the handshake; nil without TLS.
	tls *tls.ConnectionState
	// remote is the address of the client.
	remote string
	phase  atomic.Int32
	watch  watch
	hold   hold
	// current is the context of the request that is answered; nil where none is.
	current atomic.Pointer[requestContext]
	// answering reports whether an answer was begun, which a body that is asked for 100 need not be told.
	answering atomic.Bool
	body      *body
	// spare is what the next request is read into; nil where it is to be made.
	spare *exchange
	// memo belongs to the handler: see MemoOf.
	memo any
	// unread reports whether there is more to come of the last body.
	unread bool
	// began is when the first byte of the request came, where there is a limit for the whole of it.
	began time.Time
	// writes reports whether there is a deadline for writing.
	writes bool
	// idleUntil is when the deadline for an idle connection is over.
	idleUntil time.Time

	// mu guards what is written, and response, which is what a handler answers with.
	mu       sync.Mutex
	out      output
	response *response
	// head, pending, names, own, order and scratch are what answers are made in, kept for the next one.
	head, pending []byte
	names         []string
	own           []field.Own
	order         field.Order
	scratch       [40]byte
}

func newConn(base context.Context, s *Server, accepted net.Conn) *conn {
	c := &conn{Conn: accepted, server: s, base: base}
	c.out.conn = accepted
	c.input.conn, c.input.room = accepted, &s.aheadRoom
	c.watch.conn, c.hold.conn = c, c
	if address := accepted.RemoteAddr(); address != nil {
		c.remote = address.String()
	}
	c.watch.changed.L = &c.watch.mu
	return c
}

// serve serves requests until the connection ends.
func (c *conn) serve() {
	defer c.server.remove(c)
	if !c.secure() {
		return
	}
	c.reader = bufio.NewReaderSize(&c.input, inputSize)
	defer c.input.release()
	defer c.hold.stop()
	defer c.watch.stop()
	stop := func() bool { return false }
	defer func() { stop() }()
	for first := true; ; first = false {
		if !c.await(first) {
			c.end(false)
			return
		}
		head, err := c.readHead()
		if err != nil {
			c.refuse(err)
			return
		}
		if first && c.tls == nil && strings.HasPrefix(head, preface) {
			c.handOver(head)
			return
		}
		if first {
			stop = c.setContext()
		}
		x := c.nextExchange()
		p, err := parse(head, x)
		if err != nil {
			c.refuse(err)
			return
		}
		switch c.answer(head, p, x) {
		case keeps:
			if c.phase.CompareAndSwap(active, idle) && !c.server.stopping.Load() {
				c.server.state(c, http.StateIdle)
				continue
			}
			c.end(false)
		case closes:
			c.end(!p.close || c.unread || c.reader.Buffered() > 0)
		case breaks:
			if c.tls != nil {
				c.cut()
			}
			c.end(false)
		case gone:
		}
		return
	}
}

// setContext makes the context of the connection, and gives what lets go of it.
func (c *conn) setContext() (stop func() bool) {
	c.context = context.WithValue(c.base, http.LocalAddrContextKey, c.LocalAddr())
	c.context = context.WithValue(c.context, http.ServerContextKey, c.server.HTTP)
	if c.server.HTTP.ConnContext != nil {
		c.context = c.server.HTTP.ConnContext(c.context, c.Conn)
	}
	c.values = context.WithoutCancel(c.context)
	return context.AfterFunc(c.context, c.left)
}

// await waits for the first byte of a request, and reports whether it came in time.
func (c *conn) await(first bool) bool {
	if c.reader.Buffered() == 0 {
		within := c.server.idleTimeout()
		if head := c.server.headTimeout(); first && head > 0 {
			within = head
		}
		c.expectIdle(within)
		if !first {
			// Others first that have something to do: right behind an answer there is mostly nothing to be read yet, and to try in vain is a
			// call of the system.
			runtime.Gosched()
		}
		if _, err := c.reader.Peek(1); err != nil {
			return false
		}
	}
	if !c.phase.CompareAndSwap(idle, active) {
		return false
	}
	c.server.state(c, http.StateActive)
	if c.server.HTTP.ReadTimeout > 0 {
		c.began = time.Now()
	}
	return true
}

// expectIdle sets the deadline for the next request, but where the one of the last request is nearly as good: setting one costs
// more than asking for the time.
func (c *conn) expectIdle(within time.Duration) {
	if within <= 0 {
		if !c.watch.deadline.IsZero() {
			c.expectWithin(0)
		}
		return
	}
	if left := time.Until(c.idleUntil); left <= within && left > within-within/16 && c.watch.deadline.Equal(c.idleUntil) {
		return
	}
	c.idleUntil = time.Now().Add(within)
	_ = c.watch.setDeadline(c.idleUntil)
}

// expectWithin sets the deadline for reading; 0 is none.
func (c *conn) expectWithin(d time.Duration) {
	until := time.Time{}
	if d > 0 {
		until = time.Now().Add(d)
	}
	_ = c.watch.setDeadline(until)
}

// readHead reads the head of a request. One empty line before it is ignored (RFC 9112 section 2.2).
func (c *conn) readHead() (string, error) {
	wait := func() { c.expectWithin(c.server.headTimeout()) }
	for range 2 {
		head, err := readBlock(c.reader, c.server.maxHeaderBytes(), wait)
		if head != "" || err != nil {
			return head, err
		}
	}
	return "", malformed("it begins with empty lines")
}

// handOver has net/http serve the connection, which speaks HTTP/2, with what was read of it.
func (c *conn) handOver(head string) {
	read := io.MultiReader(strings.NewReader(head+"\r\n"), io.LimitReader(c.reader, int64(c.reader.Buffered())))
	size := len(head) + 2 + c.reader.Buffered()
	first := bufio.NewReaderSize(read, max(size, 16))
	_, _ = first.Peek(size)
	c.giveToHTTP(&handedConn{c.Conn, first})
}

// giveToHTTP has net/http serve the connection, which is what given reads from.
func (c *conn) giveToHTTP(given net.Conn) {
	c.expectWithin(0)
	c.phase.Store(ended) // It is no more this server's to close.
	c.server.handOver(c, given)
}

// closes reports whether the server wants the connection closed behind the answer.
func (c *conn) closes() bool { return c.server.stopping.Load() }

// left is called when the client has left, or is not to be waited for.
func (c *conn) left() {
	if current := c.current.Load(); current != nil {
		current.end()
	}
}

// proceed tells a client that waits for it to send the body.
func (c *conn) proceed() {
	if c.answering.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answering.Swap(true) {
		return
	}
	c.out.append([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	if c.out.flush() != nil {
		c.left()
	}
}

// refuse answers what is no request, and closes.
func (c *conn) refuse(err error) {
	var wrong *MalformedError
	switch {
	case errors.As(err, &wrong):
	case isTimeout(err):
		wrong = refusedWith(http.StatusRequestTimeout, "its head has not come in time")
	default:
		c.end(false)
		return
	}
	if c.server.Refused != nil {
		c.server.Refused(wrong.Status)
	}
	text := fmt.Sprintf("%d %s: %s", wrong.Status, http.StatusText(wrong.Status), wrong.What)
	_ = c.Conn.SetWriteDeadline(time.Now().Add(lingering))
	_, _ = fmt.Fprintf(c.Conn, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %d\r\nContent-Type: text/plain; charset=utf-8\r\nDate: %s\r\n\r\n%s",
		wrong.Status, http.StatusText(wrong.Status), len(text), c.server.date(), text)
	c.end(true)
}

// end closes the connection; linger says whether the client may still be sending.
func (c *conn) end(linger bool) {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if linger && ok && half.CloseWrite() == nil {
		c.phase.CompareAndSwap(active, idle) // Shutdown need not wait for it.
		if !c.server.stopping.Load() {
			_ = c.Conn.SetReadDeadline(time.Now().Add(lingering))
			_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
		}
	}
	c.phase.Store(ended)
	_ = c.Conn.Close()
	c.server.state(c, http.StateClosed)
}
