package http1

import (
	"net"
	"strconv"
)

// outputSize is how much of an answer is gathered before it is sent, in bytes.
const outputSize = 4 << 10

// output gathers what is written to a connection, and sends it with what does not fit in one go.
type output struct {
	conn net.Conn
	buf  []byte
	err  error
	// joins has all of a go sent in one Write: with TLS, each is a record of its own.
	joins bool
	// vector is what is sent in one go, kept so that it is made once.
	vector  net.Buffers
	entries [3][]byte
}

// append gathers p, and sends where there is no more room.
func (o *output) append(p []byte) {
	if len(o.buf)+len(p) > outputSize {
		o.send(p, nil)
		return
	}
	o.buf = append(o.buf, p...)
}

// chunk is append for a chunk that has p.
func (o *output) chunk(p []byte) {
	o.buf = strconv.AppendUint(o.buf, uint64(len(p)), 16)
	o.buf = append(o.buf, "\r\n"...)
	if len(o.buf)+len(p)+2 > outputSize {
		o.send(p, emptyLine[:2])
		return
	}
	o.buf = append(o.buf, p...)
	o.buf = append(o.buf, "\r\n"...)
}

// flush sends what was gathered.
func (o *output) flush() error {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.conn.Write(o.buf)
	}
	o.buf = o.buf[:0]
	return o.err
}

// send sends what was gathered, p, and end.
func (o *output) send(p, end []byte) {
	switch {
	case o.err != nil:
		o.buf = o.buf[:0]
		return
	case len(o.buf) == 0 && end == nil:
		_, o.err = o.conn.Write(p)
		return
	case o.joins:
		o.buf = append(append(o.buf, p...), end...)
		_ = o.flush()
		return
	}
	o.vector = o.entries[:0]
	for _, part := range [...][]byte{o.buf, p, end} {
		if len(part) > 0 {
			o.vector = append(o.vector, part)
		}
	}
	_, o.err = o.vector.WriteTo(o.conn)
	o.entries = [3][]byte{}
	o.buf = o.buf[:0]
}
