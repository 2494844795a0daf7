// Package websocket relays WebSockets (RFC 6455, RFC 7692) between a client and an upstream, message by message: what passes, passes
// as it was sent, and what is to be done to messages is asked for.
package websocket

import "encoding/binary"

// Opcode is what a frame is (RFC 6455 section 5.2).
type Opcode byte

// The opcodes.
const (
	Continuation Opcode = 0x0
	Text         Opcode = 0x1
	Binary       Opcode = 0x2
	Close        Opcode = 0x8
	Ping         Opcode = 0x9
	Pong         Opcode = 0xa
)

// String returns the name of a kind of frames, empty where there is none.
func (o Opcode) String() string {
	switch o {
	case Text:
		return "text"
	case Binary:
		return "binary"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	}
	return ""
}

// The bits of the first byte of a frame. Extensions give the reserved ones a meaning; that of the first is that a message is
// compressed (RFC 7692 section 6).
const (
	bitFin      = 0x80
	bitPacked   = 0x40
	bitsUnknown = 0x30
)

// header is the header of a frame.
type header struct {
	first  byte
	masked bool
	key    [4]byte
	length int64
	// short reports whether the length has its shortest form.
	short bool
}

func (h *header) fin() bool      { return h.first&bitFin != 0 }
func (h *header) packed() bool   { return h.first&bitPacked != 0 }
func (h *header) opcode() Opcode { return Opcode(h.first & 0x0f) }

// data reports whether the frame is of a message; else it is a control frame, or unknown.
func (h *header) data() bool { return h.opcode() <= Binary }

// begins reports whether a message begins with the frame.
func (h *header) begins() bool { return h.opcode() == Text || h.opcode() == Binary }

// control reports whether it is a control frame, whose payload is short: it is read as a whole.
func (h *header) control() bool { return h.opcode() >= Close && h.length <= maxControl }

// maxControl is how long the payload of a control frame may be (RFC 6455 section 5.5), maxHeader how long a header is at most.
const (
	maxControl = 125
	maxHeader  = 14
)

// parseHeader reads the header that b begins with, which has size bytes: 0 where there are more to come. It is not ok where the
// length is beyond 63 bits.
func parseHeader(b []byte) (h header, size int, ok bool) {
	if len(b) < 2 {
		return h, 0, true
	}
	h.first, h.masked, h.short = b[0], b[1]&0x80 != 0, true
	h.length, size = int64(b[1]&0x7f), 2
	switch {
	case h.length == 126:
		if size = 4; len(b) < size {
			return h, 0, true
		}
		h.length = int64(binary.BigEndian.Uint16(b[2:]))
		h.short = h.length >= 126
	case h.length == 127:
		if len(b) > 2 && b[2]&0x80 != 0 {
			return h, 0, false
		}
		if size = 10; len(b) < size {
			return h, 0, true
		}
		h.length = int64(binary.BigEndian.Uint64(b[2:]))
		h.short = h.length >= 1<<16
	}
	if h.masked {
		if size += 4; len(b) < size {
			return h, 0, true
		}
		copy(h.key[:], b[size-4:])
	}
	return h, size, true
}

// appendFrame adds a frame to b, masked with key unless that is nil.
func appendFrame(b []byte, first byte, payload []byte, key *[4]byte) []byte {
	var mask byte
	if key != nil {
		mask = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, first, mask|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, first, mask|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, first, mask|127), uint64(n))
	}
	if key == nil {
		return append(b, payload...)
	}
	b = append(b, key[:]...)
	start := len(b)
	b = append(b, payload...)
	Mask{Key: *key}.Apply(b[start:])
	return b
}
