package gateway

import "github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"

var frameKinds = map[byte]string{opText: "text", opBinary: "binary", opClose: "close", opPing: "ping", opPong: "pong"}

// frames keeps the messages of one direction of a WebSocket. What is no WebSocket passes unrecorded.
type frames struct {
	frameReader
	transcript *transcript
	direction  capture.Direction
	inflate    *inflater
	// closed is called with the code of a close frame.
	closed func(code int)

	// message is that of the data frames, which may be interrupted by control frames, current that of the frame.
	message, current *message
	packed           bool
}

// feed takes the next bytes of the direction, up to the end of a frame at most, and returns how many it took.
func (f *frames) feed(p []byte) (taken int) {
	for taken < len(p) {
		n, piece := f.next(p[taken:])
		content := p[taken : taken+n]
		taken += n
		switch {
		case f.wrong != "":
			// What comes behind it cannot be told apart.
			f.broken = true
			return len(p)
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
		if f.lead() > 0 {
			f.transcript.write(f.current, f.plainLead())
		}
	default:
		f.packed = f.header[0]&bitPacked != 0
		f.current = f.transcript.open(f.direction, kind, -1)
		f.message = f.current
		if f.packed {
			// Until it has ended.
			f.transcript.change(f.message, func(m *message) { m.unpack = unreadable })
		}
	}
}

func (f *frames) payload(p []byte) {
	if f.current != nil {
		f.transcript.write(f.current, f.plain(p))
	}
}

func (f *frames) end() {
	switch {
	case f.opcode == opClose && f.closed != nil:
		f.closed(f.closeCode())
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
	read := false
	f.transcript.change(f.message, func(m *message) {
		f.transcript.decompress(m, func(packed []byte, limit int) ([]byte, error) {
			read = true
			return f.inflate.message(packed, limit)
		})
	})
	if !read {
		f.inflate.lose()
	}
}
