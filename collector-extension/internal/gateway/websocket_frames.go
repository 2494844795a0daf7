package gateway

import "encoding/binary"

var frameKinds = map[byte]string{opText: "text", opBinary: "binary", opClose: "close", opPing: "ping", opPong: "pong"}

// frames keeps the messages of one direction of a WebSocket. What is no WebSocket passes unrecorded.
type frames struct {
	frameReader
	transcript *transcript
	direction  string
	inflate    *inflater
	// limit is how large an unpacked message may be.
	limit int
	// closed is called with the code of a close frame.
	closed func(code int)

	// message is that of the data frames, which may be interrupted by control frames, current that of the frame.
	message, current *message
	packed           bool
	code             [2]byte
}

// feed takes the next bytes of the direction, up to the end of a frame at most, and returns how many it took.
func (f *frames) feed(p []byte) (taken int) {
	for taken < len(p) {
		n, piece := f.next(p[taken:])
		content := p[taken : taken+n]
		taken += n
		switch {
		case f.broken:
			return len(p)
		case piece == wholeHeader:
			f.open()
		case piece == partOfPayload:
			f.payload(content)
		}
		if f.boundary() {
			f.end()
			return taken
		}
	}
	return taken
}

// open begins a frame.
func (f *frames) open() {
	switch kind, known := frameKinds[f.opcode]; {
	case f.opcode == opContinuation:
		f.current = f.message
	case !known:
		f.current = nil
	case f.opcode >= opClose:
		f.current = f.transcript.open(f.direction, kind, -1)
	default:
		f.packed = f.header[0]&bitPacked != 0
		f.current = f.transcript.open(f.direction, kind, -1)
		f.message = f.current
	}
}

func (f *frames) payload(p []byte) {
	if f.opcode != opClose && f.current == nil {
		return
	}
	plain := f.plain(p)
	if f.opcode == opClose {
		if start := f.at - int64(len(p)); start < 2 {
			copy(f.code[start:], plain)
		}
	}
	f.transcript.write(f.current, plain)
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
