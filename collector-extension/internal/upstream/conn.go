package upstream

import (
	"bufio"
	"crypto/tls"
	"net"
	"syscall"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

// conn is a connection to an upstream. One exchange has it at a time.
type conn struct {
	net.Conn
	reader *bufio.Reader
	writer *bufio.Writer
	// head is the memory that heads of requests are made in, order arranges their fields. Both are kept for the next request.
	head  []byte
	order field.Order
	raw   syscall.RawConn
	// below is the connection below TLS, and state what was agreed on; nil without TLS.
	below *wire
	state *tls.ConnectionState
	// probe is the peek of alive, kept so that it is made once.
	probe func(fd uintptr) bool
	dead  bool
	// sent is the write of sendAndWait, kept so that it is made once, sending what it has to write, and written how much it has.
	sent    func(fd uintptr) bool
	sending []byte
	written int
	// due is the deadline for reading that patient has set, zero where none is. call is the exchange that reads.
	due  time.Time
	call *call
	// reused reports whether an exchange was over this connection before, idleSince when the last one ended.
	reused    bool
	idleSince time.Time
}

func newConn(c net.Conn, readBuffer, writeBuffer int) *conn {
	made := &conn{Conn: c, writer: bufio.NewWriterSize(c, writeBuffer)}
	made.reader = bufio.NewReaderSize(made, readBuffer)
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			made.raw = raw
			made.probe, made.sent = made.look, made.writeOnce
		}
	}
	return made
}

// Close closes it.
func (c *conn) Close() error {
	if c.below != nil {
		c.below.leaving.Store(true)
	}
	return c.Conn.Close()
}

// sendAndWait writes all of p, and waits until something is to be read, where that takes one call of the system less than to try to read
// first: nothing comes before the request has gone out, so that a first try mostly finds nothing. It returns early where the connection
// loses patience, and where the upstream has closed it before that: what is next to read tells.
func (c *conn) sendAndWait(p []byte) (int, error) {
	if c.raw == nil || c.below != nil {
		return c.Conn.Write(p)
	}
	c.sending, c.written = p, 0
	_ = c.raw.Read(c.sent) // What has failed here fails again when it is read.
	c.sending = nil
	if c.written == len(p) {
		return len(p), nil
	}
	n, err := c.Conn.Write(p[c.written:])
	return c.written + n, err
}

// Read reads for the call that has the connection.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err == nil || n > 0 || c.call == nil || !c.call.becomesImpatient(err) {
			return n, err
		}
	}
}

// patience is how long a call waits for something to be read until the end of its context is watched for. Most calls are over before
// that, which need not watch then.
const patience = 10 * time.Millisecond

// patient has reads end within patience, where the deadline that is set already is not nearly as good: to set one costs more than to
// look.
func (c *conn) patient(now time.Time) {
	if remaining := c.due.Sub(now); remaining < patience/2 || remaining > patience {
		c.due = now.Add(patience)
		_ = c.Conn.SetReadDeadline(c.due)
	}
}

// alive reports whether an idle connection can carry a request: the upstream has not closed it, and has not sent what nobody
// asked for, which no answer may be taken for (RFC 9112 section 9.2).
func (c *conn) alive(now time.Time) bool {
	if c.reader.Buffered() > 0 {
		return false
	}
	if c.below != nil {
		return c.aliveOverTLS(now)
	}
	if c.raw == nil || c.probe == nil {
		return true
	}
	c.patient(now) // Nothing is looked at behind a deadline.
	c.dead = false
	return c.raw.Read(c.probe) == nil && !c.dead
}
