package websocket

import (
	"encoding/binary"
	"net/http"
	"strings"
)

// rules are what the frames of one direction must keep to (RFC 6455 section 5, RFC 7692 section 6) so that both sides see the same
// messages. What is in messages is for the receiver to judge: whether a text is UTF-8 only who reads all of it can tell.
type rules struct {
	// masked reports whether frames must be masked, as those of clients are; else they must not be.
	masked bool
	// packed reports whether messages may be compressed, extended whether another extension was agreed on, which may use what
	// is reserved.
	packed, extended bool
}

// rulesOf returns the rules of a connection whose handshake was answered with h; nil where it is not one of RFC 6455.
func rulesOf(h http.Header, masked bool) *rules {
	if h.Get("Sec-Websocket-Accept") == "" {
		return nil
	}
	r := &rules{masked: masked}
	for _, extension := range extensionsOf(h) {
		if isDeflate(extension) {
			r.packed = true
		} else {
			r.extended = true
		}
	}
	return r
}

// extensionsOf returns the extensions that a handshake was answered with (RFC 6455 section 9.1).
func extensionsOf(h http.Header) (extensions []string) {
	for extension := range strings.SplitSeq(strings.Join(h.Values("Sec-Websocket-Extensions"), ","), ",") {
		if strings.TrimSpace(extension) != "" {
			extensions = append(extensions, extension)
		}
	}
	return extensions
}

func isDeflate(extension string) bool {
	name, _, _ := strings.Cut(extension, ";")
	return strings.EqualFold(strings.TrimSpace(name), "permessage-deflate")
}

// violation returns what is wrong with a frame, empty for nothing. inMessage says whether it came before the end of a message.
func (r *rules) violation(h *header, inMessage bool) string {
	control := h.opcode() >= Close
	switch {
	case h.masked && !r.masked:
		return "a masked frame"
	case !h.masked && r.masked:
		return "a frame without a mask"
	case !r.extended && r.reserved(h):
		return "a reserved bit"
	case !r.extended && h.opcode().String() == "" && h.opcode() != Continuation:
		return "an unknown opcode"
	case control && !h.fin():
		return "a control frame in parts"
	case control && h.length > maxControl:
		return "a control frame that is too long"
	case !h.short:
		return "a length that is not in its shortest form"
	case h.begins() && inMessage:
		return "a message before the end of another"
	case h.opcode() == Continuation && !inMessage:
		return "a continuation of no message"
	case h.opcode() == Close && h.length == 1:
		return noSuchCode
	}
	return ""
}

const (
	noSuchCode = "a close code that there is not"
	tooLong    = "a length beyond 63 bits"
)

// reserved reports whether reserved bits mean nothing: the first of them says of the beginning of a message that it is compressed.
func (r *rules) reserved(h *header) bool {
	return h.first&bitsUnknown != 0 || h.packed() && (!r.packed || !h.begins())
}

// The close codes that are sent or noted here (RFC 6455 section 7.4, and IANA's registry).
const (
	CloseGoingAway = 1001
	closeProtocol  = 1002
	// CloseNoStatus stands for a close frame without a code, CloseAbnormal for a connection that ended without one.
	CloseNoStatus = 1005
	CloseAbnormal = 1006
	closeInvalid  = 1007
	ClosePolicy   = 1008
	closeTooBig   = 1009
	CloseInternal = 1011
	CloseTryAgain = 1013
)

// validCode reports whether code may be in a close frame (RFC 6455 section 7.4, and IANA's registry).
func validCode(code int) bool {
	switch {
	case code == 1004 || code == CloseNoStatus || code == CloseAbnormal:
		return false
	case code >= 1000 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}

// closeCode returns the close code of a close frame with payload, not masked.
func closeCode(payload []byte) int {
	if len(payload) < 2 {
		return CloseNoStatus
	}
	return int(binary.BigEndian.Uint16(payload))
}
