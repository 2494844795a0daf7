package upstream

import (
	"bufio"
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
	// head is what heads of requests are made in, in the order of order, both kept for the next one.
	head  []byte
	order field.Order
	raw   syscall.RawConn
	// probe is the peek of alive, kept so that it is made once.
	probe func(fd uintptr) bool
	dead  bool
	// reused is whether an exchange was over this connection before, idleSince when the last one ended.
	reused    bool
	idleSince time.Time
}

func newConn(c net.Conn, readBuffer, writeBuffer int) *conn {
	made := &conn{Conn: c, reader: bufio.NewReaderSize(c, readBuffer), writer: bufio.NewWriterSize(c, writeBuffer)}
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			made.raw = raw
			made.probe = made.look
		}
	}
	return made
}

// alive is whether an idle connection can carry a request: the upstream has not closed it, and has not sent what nobody asked
// for, which no answer may be taken for (RFC 9112 section 9.2).
func (c *conn) alive() bool {
	if c.reader.Buffered() > 0 {
		return false
	}
	if c.raw == nil || c.probe == nil {
		return true
	}
	c.dead = false
	return c.raw.Read(c.probe) == nil && !c.dead
}
