package gateway

import (
	"encoding/binary"
	"slices"
)

// The opcodes of WebSocket frames (RFC 6455 section 5.2).
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

// The bits of the first byte of a frame. Extensions give the reserved ones a meaning; that of the first is that a message
// is compressed (RFC 7692 section 6).
const (
	bitFin      = 0x80
	bitPacked   = 0x40
	bitsUnknown = 0x30
)

// frameReader tells the frames of one direction of a WebSocket apart, and knows where messages end. What is no WebSocket
// breaks it, and passes as a payload without an end.
type frameReader struct {
	// Of a close frame, its code is taken for a part of the header.
	header [16]byte
	// have is how much of the header was read, size how long it was when it was whole.
	have, size int
	// left is what is missing of the payload, at how much of it was read, length how long it is.
	left, at, length int64
	opcode           byte
	fin, masked      bool
	key              [4]byte
	broken           bool
	// rules are what frames must keep to, nil for anything; wrong is what the present one does not, or empty.
	rules *frameRules
	wrong string
	// inMessage is whether a message has begun whose last frame has not ended.
	inMessage bool
}

// The pieces that next tells apart.
const (
	partOfHeader = iota
	wholeHeader
	partOfPayload
)

// boundary is whether the next byte begins a frame, so that one may be put in between.
func (f *frameReader) boundary() bool { return f.have == 0 && f.left == 0 && !f.broken }

// between is whether the next byte begins a message.
func (f *frameReader) between() bool { return f.boundary() && !f.inMessage }

// data is whether the present frame is of a message; else it is a control frame, or unknown.
func (f *frameReader) data() bool { return f.opcode <= opBinary }

// next takes the next piece of p, either of a header or of a payload, and returns how long it is. Where boundary holds
// after it, the piece was the end of a frame.
func (f *frameReader) next(p []byte) (taken, piece int) {
	if f.broken {
		return len(p), partOfPayload
	}
	if f.left > 0 {
		n := int(min(f.left, int64(len(p))))
		f.left -= int64(n)
		f.at += int64(n)
		f.endIfDue()
		return n, partOfPayload
	}
	for taken < len(p) {
		f.header[f.have] = p[taken]
		f.have++
		taken++
		need, ok := f.need()
		if !ok {
			f.broken = true
			if f.rules != nil {
				f.wrong = "a length beyond 63 bits"
			}
			return taken, partOfHeader
		}
		if f.have == need {
			f.begin()
			f.endIfDue()
			return taken, wholeHeader
		}
	}
	return taken, partOfHeader
}

// need is how long the header is, as far as it is known.
func (f *frameReader) need() (length int, ok bool) {
	if f.have < 2 {
		return 2, true
	}
	length = 2
	switch f.header[1] & 0x7f {
	case 126:
		length += 2
	case 127:
		length += 8
		if f.have >= 3 && f.header[2]&0x80 != 0 {
			return 0, false
		}
	}
	if f.header[1]&0x80 != 0 {
		length += 4
	}
	return length + f.lead(), true
}

// lead is how much of the payload is taken for a part of the header: the code of a close frame.
func (f *frameReader) lead() int {
	if length := f.header[1] & 0x7f; f.header[0]&0x0f == opClose && length >= closeCodeSize && length <= maxControl {
		return closeCodeSize
	}
	return 0
}

// closeCodeSize is the length of the code in a close frame.
const closeCodeSize = 2

// closeCode is that of the present close frame, or noStatus.
func (f *frameReader) closeCode() int {
	if f.lead() == 0 {
		return noStatus
	}
	return int(binary.BigEndian.Uint16(f.plainLead()))
}

// plainLead is what lead says, unmasked.
func (f *frameReader) plainLead() []byte {
	lead := slices.Clone(f.header[f.size-f.lead() : f.size])
	for i := range lead {
		lead[i] ^= f.key[i]
	}
	return lead
}

func (f *frameReader) begin() {
	f.fin, f.opcode = f.header[0]&bitFin != 0, f.header[0]&0x0f
	f.masked = f.header[1]&0x80 != 0
	rest := f.header[2:f.have]
	switch length := f.header[1] & 0x7f; length {
	case 126:
		f.left, rest = int64(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		f.left, rest = int64(binary.BigEndian.Uint64(rest)), rest[8:]
	default:
		f.left = int64(length)
	}
	f.key = [4]byte{}
	if f.masked {
		copy(f.key[:], rest)
	}
	f.size, f.length, f.have, f.at = f.have, f.left, 0, int64(f.lead())
	f.left -= f.at
	if f.rules != nil {
		f.wrong = f.rules.violation(f, f.inMessage)
	}
	if f.opcode == opText || f.opcode == opBinary {
		f.inMessage = true
	}
}

func (f *frameReader) endIfDue() {
	if f.left == 0 && f.fin && f.data() {
		f.inMessage = false
	}
}

// plain is p unmasked, which is the end of what was read of the payload; p itself where nothing is masked.
func (f *frameReader) plain(p []byte) []byte {
	if !f.masked {
		return p
	}
	plain := make([]byte, len(p))
	start := f.at - int64(len(p))
	for i := range p {
		plain[i] = p[i] ^ f.key[(start+int64(i))%4]
	}
	return plain
}

// appendFrame adds a frame to b: masked with key where it is for an upstream, which refuses others.
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
	for i, c := range payload {
		b = append(b, c^key[i%4])
	}
	return b
}
