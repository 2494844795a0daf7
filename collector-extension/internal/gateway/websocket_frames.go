package gateway

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"net/http"
	"strings"
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

var frameKinds = map[byte]string{opText: "text", opBinary: "binary", opClose: "close", opPing: "ping", opPong: "pong"}

// deflateWindow is how much of what came before compressed messages may refer to (RFC 7692 section 7.2.2).
const deflateWindow = 32 << 10

// frames tells the frames and messages of one direction of a WebSocket apart. What is no WebSocket passes unrecorded.
type frames struct {
	transcript *transcript
	direction  string
	inflate    *inflater
	// limit is how large an unpacked message may be.
	limit int
	// closed is called with the code of a close frame.
	closed func(code int)

	header [14]byte
	have   int
	// left is what is missing of the payload, at how much of it was read.
	left, at int64
	opcode   byte
	fin      bool
	key      [4]byte
	masked   bool
	broken   bool

	// message is that of the data frames, which may be interrupted by control frames, current that of the frame.
	message, current *message
	packed           bool
	code             [2]byte
}

// boundary is whether the next byte begins a frame, so that one may be put in between.
func (f *frames) boundary() bool { return f.have == 0 && f.left == 0 && !f.broken }

// feed takes the next bytes of the direction, up to the end of a frame at most, and returns how many it took.
func (f *frames) feed(p []byte) int {
	if f.broken {
		return len(p)
	}
	taken := 0
	for f.left == 0 && taken < len(p) {
		f.header[f.have] = p[taken]
		f.have++
		taken++
		if need, ok := f.need(); !ok {
			f.broken = true
			return len(p)
		} else if f.have < need {
			continue
		}
		f.begin()
		if f.left == 0 {
			f.end()
			return taken
		}
	}
	n := int(min(f.left, int64(len(p)-taken)))
	if n == 0 {
		return taken
	}
	f.payload(p[taken : taken+n])
	taken += n
	if f.left -= int64(n); f.left == 0 {
		f.end()
	}
	return taken
}

// need is how long the header is, as far as it is known.
func (f *frames) need() (length int, ok bool) {
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
	return length, true
}

func (f *frames) begin() {
	f.fin, f.opcode = f.header[0]&0x80 != 0, f.header[0]&0x0f
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
	if f.masked {
		copy(f.key[:], rest)
	}
	f.have, f.at = 0, 0
	switch kind, known := frameKinds[f.opcode]; {
	case f.opcode == opContinuation:
		f.current = f.message
	case !known:
		f.current = nil
	case f.opcode >= opClose:
		f.current = f.transcript.open(f.direction, kind, -1)
	default:
		f.packed = f.header[0]&0x40 != 0
		f.current = f.transcript.open(f.direction, kind, -1)
		f.message = f.current
	}
}

func (f *frames) payload(p []byte) {
	if f.opcode == opClose {
		for i := 0; i < len(p) && f.at+int64(i) < 2; i++ {
			f.code[f.at+int64(i)] = p[i] ^ f.mask(f.at+int64(i))
		}
	}
	if f.current != nil {
		plain := p
		if f.masked {
			plain = make([]byte, len(p))
			for i := range p {
				plain[i] = p[i] ^ f.mask(f.at+int64(i))
			}
		}
		f.transcript.write(f.current, plain)
	}
	f.at += int64(len(p))
}

func (f *frames) mask(at int64) byte {
	if !f.masked {
		return 0
	}
	return f.key[at%4]
}

func (f *frames) end() {
	switch {
	case f.opcode == opClose && f.closed != nil:
		code := noStatus
		if f.at >= 2 {
			code = int(binary.BigEndian.Uint16(f.code[:]))
		}
		f.closed(code)
	case f.opcode < opClose && f.fin:
		if f.packed {
			f.unpack()
		}
		f.message, f.packed = nil, false
	}
	f.current = nil
}

// unpack decompresses the message that has ended, while what came before it is still known.
func (f *frames) unpack() {
	f.transcript.change(f.message, func(m *message) {
		whole := int64(len(m.Body.Content)) == m.Body.Size
		content, ok := []byte(nil), false
		if whole {
			content, ok = f.inflate.message(m.Body.Content, f.limit)
		} else {
			f.inflate.lose()
		}
		m.unpack = func([]byte, int) ([]byte, error) { return content, nil }
		if !ok {
			m.unpack = func([]byte, int) ([]byte, error) { return nil, errUnknownEncoding }
		}
	})
	if f.message == nil {
		f.inflate.lose()
	}
}

// inflater decompresses the messages of one direction (RFC 7692, permessage-deflate). A nil one cannot.
type inflater struct {
	// alone is whether each message stands by itself; else it refers to those before it, the end of which is window.
	alone  bool
	window []byte
	lost   bool
}

// newInflater is for a direction ("client" or "server") of a connection whose handshake was answered with h.
func newInflater(h http.Header, from string) *inflater {
	for _, extension := range strings.Split(strings.Join(h.Values("Sec-Websocket-Extensions"), ","), ",") {
		name, parameters, _ := strings.Cut(extension, ";")
		if strings.EqualFold(strings.TrimSpace(name), "permessage-deflate") {
			return &inflater{alone: strings.Contains(strings.ToLower(parameters), from+"_no_context_takeover")}
		}
	}
	return nil
}

// lose is called for a message that was not kept whole: those that refer to it cannot be decompressed.
func (i *inflater) lose() {
	if i != nil && !i.alone {
		i.lost = true
	}
}

func (i *inflater) message(packed []byte, limit int) (content []byte, ok bool) {
	if i == nil || i.lost {
		return nil, false
	}
	// Senders leave out the end of the last block; an empty final block lets the reader end.
	input := append(bytes.Clone(packed), 0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff)
	content, err := readAtMost(flate.NewReaderDict(bytes.NewReader(input), i.window), limit)
	if err != nil {
		i.lose()
		return nil, false
	}
	if !i.alone {
		i.window = append(i.window, content...)
		i.window = bytes.Clone(i.window[max(0, len(i.window)-deflateWindow):])
	}
	if content == nil {
		content = []byte{}
	}
	return content, true
}
