package gateway

import (
	"net/http"
	"strings"
)

// maxControl is how long the payload of a control frame may be (RFC 6455 section 5.5).
const maxControl = 125

// frameRules are what the frames of one direction must keep to (RFC 6455 section 5, RFC 7692 section 6) so that both sides see
// the same messages. What is in messages is for the receiver to judge: whether a text is UTF-8 only who reads all of it can
// tell.
type frameRules struct {
	// masked is whether frames must be masked, as those of clients are; else they must not be.
	masked bool
	// packed is whether messages may be compressed, extended whether another extension was agreed on, which may use what is
	// reserved.
	packed, extended bool
}

// rulesOf are those of a connection whose handshake was answered with h; nil where it is not one of RFC 6455.
func rulesOf(h http.Header, masked bool) *frameRules {
	if h.Get("Sec-Websocket-Accept") == "" {
		return nil
	}
	r := &frameRules{masked: masked}
	for _, extension := range extensionsOf(h) {
		name, _, _ := strings.Cut(extension, ";")
		if strings.EqualFold(strings.TrimSpace(name), "permessage-deflate") {
			r.packed = true
		} else {
			r.extended = true
		}
	}
	return r
}

// violation is what is wrong with the frame whose header was read, empty for nothing. inMessage is whether it came before the
// end of a message.
func (r *frameRules) violation(f *frameReader, inMessage bool) string {
	control, begins := f.opcode >= opClose, f.opcode == opText || f.opcode == opBinary
	switch {
	case f.masked && !r.masked:
		return "a masked frame"
	case !f.masked && r.masked:
		return "a frame without a mask"
	case !r.extended && r.reserved(f.header[0], begins):
		return "a reserved bit"
	case !r.extended && frameKinds[f.opcode] == "" && f.opcode != opContinuation:
		return "an unknown opcode"
	case control && !f.fin:
		return "a control frame in parts"
	case control && f.length > maxControl:
		return "a control frame that is too long"
	case f.header[1]&0x7f == 126 && f.length < 126, f.header[1]&0x7f == 127 && f.length < 1<<16:
		return "a length that is not in its shortest form"
	case begins && inMessage:
		return "a message before the end of another"
	case f.opcode == opContinuation && !inMessage:
		return "a continuation of no message"
	case f.opcode == opClose && f.length == 1, f.opcode == opClose && f.length > 1 && !validClose(f.closeCode()):
		return "a close code that there is not"
	}
	return ""
}

// reserved is whether a first byte has reserved bits that mean nothing: the first of them says of the beginning of a message
// that it is compressed.
func (r *frameRules) reserved(first byte, begins bool) bool {
	return first&bitsUnknown != 0 || first&bitPacked != 0 && (!r.packed || !begins)
}

// validClose is whether code may be in a close frame (RFC 6455 section 7.4, and IANA's registry).
func validClose(code int) bool {
	switch {
	case code == 1004 || code == noStatus || code == abnormal:
		return false
	case code >= 1000 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}
