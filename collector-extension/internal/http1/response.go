package http1

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// gathering is how much of an answer of unknown length is gathered to see whether that is all, in bytes.
const gathering = 2 << 10

var errOver = errors.New("http1: the handler has returned")

// framing is how the client finds the end of an answer's body.
type framing int

const (
	// undecided is the framing of an answer whose length may still be known when it has ended.
	undecided framing = iota
	// bodiless answers end with their head.
	bodiless
	sized
	chunked
	// untilClose is the framing of an answer of unknown length to a client of HTTP/1.0.
	untilClose
)

// response is the answer to a request. It is an http.ResponseWriter with all that http.ResponseController can ask of one. Its
// locks are the locks of the connection, since a body of a request that is read elsewhere asks for 100.
type response struct {
	conn    *conn
	request *http.Request
	// kept is the memory that header is made in, once it is asked for. form are field lines whose order and names the header is
	// sent with.
	kept   *field.Filled
	header http.Header
	form   string
	status int
	// reason is the reason of the status reasonOf.
	reason   string
	reasonOf int
	framing  framing
	// declared is the Content-Length of the answer, written how much was written of its body.
	declared, written int64
	// trailers are the names of those that were announced.
	trailers []string
	// released reports whether nothing uses the exchange once the handler has returned.
	released bool
	// begun reports whether the head was gathered, returned whether the handler has returned, hijacked whether it has taken the
	// connection.
	begun, returned, hijacked bool
	// close reports whether the connection is closed behind the answer; closeSaid reports whether the handler has said so, or what
	// else the Connection header has.
	close bool
	// dated reports whether the handler has set the Date, or wants none.
	dated bool
}

// SetReason sets the reason phrase that goes with a status, where w leads to a connection of HTTP/1 of this package. It does not
// hold for other statuses.
func SetReason(w http.ResponseWriter, status int, reason string) {
	if to := responseOf(w); to != nil {
		to.reasonOf, to.reason = status, reason
	}
}

// SetForm has the headers of the answer sent in the form of field lines, of which field.Order tells: in their order, and under names in
// their case, as far as the answer has them when it begins. It holds for informational answers and for the final one, until it is set
// anew. w must lead to a connection of HTTP/1 of this package; else it does nothing.
func SetForm(w http.ResponseWriter, lines string) {
	if to := responseOf(w); to != nil {
		to.form = lines
	}
}

func responseOf(w http.ResponseWriter) *response {
	for {
		switch to := w.(type) {
		case *response:
			return to
		case interface{ Unwrap() http.ResponseWriter }:
			w = to.Unwrap()
		default:
			return nil
		}
	}
}

// Header returns what the answer will have.
func (w *response) Header() http.Header {
	if w.header == nil {
		w.header = w.kept.Empty()
	}
	return w.header
}

// Blank reports whether no header was set.
func (w *response) Blank() bool { return len(w.header) == 0 }

// WriteHeader sends 1xx at once, and begins the answer with others.
func (w *response) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("http1: the status %d is none", status))
	}
	c := w.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case w.hijacked, w.returned:
		c.server.logf("http1: WriteHeader after the connection was taken over, or the handler had returned")
	case w.status != 0:
		c.server.logf("http1: superfluous WriteHeader(%d)", status)
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.inform(status)
	default:
		w.start(status)
	}
}

// Write writes to the body. What is more than the Content-Length says is refused, and so is a body where there can be none. What
// comes of one with HEAD, or with 205 (RFC 9110 section 15.3.6), is not sent.
func (w *response) Write(p []byte) (int, error) {
	c := w.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := w.mayWrite(int64(len(p))); err != nil {
		return 0, err
	}
	w.written += int64(len(p))
	if len(p) == 0 {
		return 0, nil
	}
	switch w.framing {
	case undecided:
		if len(c.pending)+len(p) <= gathering {
			c.pending = append(c.pending, p...)
			return len(p), nil
		}
		w.stream()
		return w.send(p)
	case bodiless:
		return len(p), nil
	}
	return w.send(p)
}

// send writes p in the framing of the answer.
func (w *response) send(p []byte) (int, error) {
	c := w.conn
	if w.framing == chunked {
		c.out.chunk(p)
	} else {
		c.out.append(p)
	}
	return len(p), w.failed()
}

// mayAnswer begins the answer with 200 where it has not begun; the error says why nothing may be answered any more.
func (w *response) mayAnswer() error {
	switch {
	case w.hijacked:
		return http.ErrHijacked
	case w.returned:
		return errOver
	case w.status == 0:
		w.start(http.StatusOK)
	}
	return nil
}

// mayWrite begins the answer where it has not begun; the error says why n bytes of its body may not come.
func (w *response) mayWrite(n int64) error {
	if err := w.mayAnswer(); err != nil {
		return err
	}
	switch {
	case w.framing == bodiless && !w.eats():
		return http.ErrBodyNotAllowed
	case w.declared >= 0 && w.written+n > w.declared && w.status != http.StatusResetContent:
		return http.ErrContentLength
	}
	return nil
}

// eats reports whether a body may be written that is not sent.
func (w *response) eats() bool {
	return w.status == http.StatusResetContent || w.request.Method == http.MethodHead && allowsBody(w.status)
}

func allowsBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// failed returns why the connection takes no more; its client has left then.
func (w *response) failed() error {
	err := w.conn.out.err
	if err != nil {
		w.close = true
		w.conn.left()
	}
	return err
}

// ReadFrom has the system send files and connections without copying them, where the length is known.
func (w *response) ReadFrom(source io.Reader) (int64, error) {
	if n, err, ok := w.splice(source); ok {
		return n, err
	}
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	return io.CopyBuffer(struct{ io.Writer }{w}, source, buffer[:])
}

func (w *response) splice(source io.Reader) (n int64, err error, ok bool) {
	to, takes := w.conn.Conn.(io.ReaderFrom)
	if !takes || !copiesItself(source) {
		return 0, nil, false
	}
	c := w.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := w.mayWrite(0); err != nil {
		return 0, err, true
	}
	if w.framing != sized {
		return 0, nil, false
	}
	if err := c.out.flush(); err != nil {
		return 0, w.failed(), true
	}
	n, err = to.ReadFrom(io.LimitReader(source, w.declared-w.written))
	w.written += n
	return n, err, true
}

// copiesItself reports whether the system may copy what source has.
func copiesItself(source io.Reader) bool {
	switch s := source.(type) {
	case *io.LimitedReader:
		return copiesItself(s.R)
	case *net.TCPConn, *net.UnixConn, *os.File:
		return true
	}
	return false
}

// Flush sends what there is.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is Flush for http.ResponseController.
func (w *response) FlushError() error {
	c := w.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := w.mayAnswer(); err != nil {
		return err
	}
	if w.framing == undecided {
		w.stream()
	}
	_ = c.out.flush()
	return w.failed()
}

// Hold has what was written sent within d, without a timer for each answer.
func (w *response) Hold(d time.Duration) { w.conn.hold.within(d) }

// Hijack hands the connection over, with what was read of it.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c := w.conn
	c.watch.leave()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case w.hijacked:
		return nil, nil, http.ErrHijacked
	case w.returned:
		return nil, nil, errOver
	}
	if w.status != 0 {
		if w.framing == undecided {
			w.stream()
		}
		_ = c.out.flush()
	}
	w.hijacked = true
	c.pending = nil
	_ = c.Conn.SetDeadline(time.Time{})
	c.server.remove(c)
	c.server.state(c, http.StateHijacked)
	return c.Conn, bufio.NewReadWriter(c.input.takeOver(c.reader), bufio.NewWriter(c.Conn)), nil
}

// SetReadDeadline is for http.ResponseController.
func (w *response) SetReadDeadline(t time.Time) error { return w.conn.watch.setDeadline(t) }

// SetWriteDeadline is for http.ResponseController.
func (w *response) SetWriteDeadline(t time.Time) error {
	w.conn.writes = true
	return w.conn.Conn.SetWriteDeadline(t)
}

// EnableFullDuplex is for http.ResponseController. A body can always be read while the answer is written.
func (w *response) EnableFullDuplex() error { return nil }

// finish ends the answer when the handler has returned.
func (w *response) finish() {
	c := w.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.hijacked {
		return
	}
	if w.status == 0 {
		w.start(http.StatusOK)
	}
	switch {
	case w.framing == undecided && len(w.trailers) == 0 && !w.hasPrefixed():
		w.framing, w.declared = sized, w.written
		w.begin(strconv.AppendInt(append(c.scratch[:0], "Content-Length: "...), w.written, 10))
		if len(c.pending) > 0 {
			c.out.append(c.pending)
		}
	case w.framing == undecided:
		w.stream()
	}
	switch w.framing {
	case chunked:
		c.out.buf = append(c.out.buf, "0\r\n"...)
		w.writeTrailers()
		c.out.buf = append(c.out.buf, "\r\n"...)
	case sized:
		// What is missing cannot be made up for: the client sees that from the connection's end.
		w.close = w.close || w.written < w.declared
	}
	_ = c.out.flush()
	_ = w.failed()
	w.returned = true
}
