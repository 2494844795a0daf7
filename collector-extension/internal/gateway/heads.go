package gateway

import (
	"bytes"
	"net/http"
	"sync"
)

// maxTold bounds what is kept of a connection to tell heads apart, in bytes. net/http reads little beyond a head before it
// calls the handler; larger heads than this are told no more.
const maxTold = 128 << 10

// clarity is whether the length of a request was said in one way.
type clarity int

const (
	// lengthUnknown is one of which that is not known.
	lengthUnknown clarity = iota
	// lengthClear was said in one way, lengthFaulty in two.
	lengthClear
	lengthFaulty
)

// heads tells from what a connection of HTTP/1 receives whether requests said their length in two ways, which net/http hides:
// beside chunks it drops a Content-Length, and from HTTP/1.0 it drops Transfer-Encoding. While each request's body has a
// length, the next head is where that ends; that it is has to be confirmed by its request line. Where a chunked body ends is
// not followed. Behind one, a request is clear as long as the name of the other header was not received at all.
type heads struct {
	mu sync.Mutex
	// received, from the beginning of a head on, behind skip bytes of a body that are still to come.
	received []byte
	skip     int64
	// behind is whether a chunked body was begun; matched is how much of the name was received last, and named whether
	// all of it was.
	behind  bool
	matched int
	named   bool
	// lost is whether nothing is told any more.
	lost bool
}

var (
	lengthName   = []byte("content-length")
	encodingName = []byte("transfer-encoding")
	prefaceBegin = []byte("PRI * HTTP/2")
)

// feed is called with all that is received, in order.
func (h *heads) feed(p []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.lost:
	case h.behind:
		h.look(p)
	default:
		skipped := min(h.skip, int64(len(p)))
		h.skip -= skipped
		h.received = append(h.received, p[skipped:]...)
		if len(h.received) > maxTold || bytes.HasPrefix(h.received, prefaceBegin) {
			h.lose()
		}
	}
}

// look looks for the name of the header, in any case, also in parts.
func (h *heads) look(p []byte) {
	for _, b := range p {
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		switch b {
		case lengthName[h.matched]:
			h.matched++
		case lengthName[0]: // The name begins nowhere within itself again but with this byte.
			h.matched = 1
		default:
			h.matched = 0
		}
		if h.matched == len(lengthName) {
			h.named, h.matched = true, 0
		}
	}
}

func (h *heads) lose() { h.lost, h.received = true, nil }

// take is called for each request when its handler is, and says what is known of its length.
func (h *heads) take(r *http.Request) clarity {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.lost:
		return lengthUnknown
	case h.behind && (h.named || !r.ProtoAtLeast(1, 1)):
		return lengthUnknown
	case h.behind:
		return lengthClear
	}
	head, rest, ok := cutHead(h.received)
	if !ok || !bytes.HasPrefix(head, []byte(r.Method+" "+r.RequestURI+" ")) || r.Header.Get("Upgrade") != "" {
		h.lose()
		return lengthUnknown
	}
	known := lengthClear
	chunked := len(r.TransferEncoding) > 0
	if chunked && has(head, lengthName) || !r.ProtoAtLeast(1, 1) && has(head, encodingName) {
		known = lengthFaulty
	}
	if chunked {
		h.behind = true
		h.look(rest)
		h.received = nil
		return known
	}
	body := min(max(0, r.ContentLength), int64(len(rest)))
	h.skip = max(0, r.ContentLength) - body
	h.received = append(h.received[:0], rest[body:]...)
	return known
}

// cutHead cuts the head of a request off, as net/http does: it ends with an empty line, and empty lines before it are none
// of it.
func cutHead(received []byte) (head, rest []byte, ok bool) {
	received = bytes.TrimLeft(received, "\r\n")
	for at := 0; ; {
		end := bytes.IndexByte(received[at:], '\n')
		if end < 0 {
			return nil, nil, false
		}
		at += end + 1
		switch {
		case bytes.HasPrefix(received[at:], []byte("\n")):
			return received[:at], received[at+1:], true
		case bytes.HasPrefix(received[at:], []byte("\r\n")):
			return received[:at], received[at+2:], true
		}
	}
}

// has is whether a head has a header of a name in lower case.
func has(head, name []byte) bool {
	for line := range bytes.Lines(head) {
		if found, _, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(bytes.TrimSpace(found), name) {
			return true
		}
	}
	return false
}
