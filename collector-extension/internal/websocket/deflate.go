package websocket

import (
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/inflate"
)

// deflateWindow is how much of what came before compressed messages may refer to (RFC 7692 section 7.2.2).
const deflateWindow = 32 << 10

// deflateTail is what senders leave out at the end of a compressed message, and an empty final block, which lets the reader end.
const deflateTail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// history is the end of what came before in one direction, to which compressed messages may refer.
type history []byte

// add remembers content.
func (h *history) add(content []byte) {
	if len(content) >= deflateWindow {
		*h = append((*h)[:0], content[len(content)-deflateWindow:]...)
		return
	}
	if excess := len(*h) + len(content) - deflateWindow; excess > 0 {
		*h = append((*h)[:0], (*h)[excess:]...)
	}
	*h = append(*h, content...)
}

// deflated is the compression of one direction (RFC 7692, permessage-deflate). Where others may refer to them, and messages may have
// to be looked into, each one that passes is decompressed, up to the allowance. A nil one is for none.
type deflated struct {
	// alone reports whether each message stands by itself; else it refers to those before it, the end of which is history.
	alone   bool
	history history
	// known reports whether history is: all messages from the first one on were seen.
	known bool
	// desynced reports whether the receiver has missed a message that later ones refer to. From then on they are passed on
	// decompressed, which is allowed for each message (RFC 7692 section 6).
	desynced bool
	spent    inflate.Allowance
	// wasted is what was decompressed of messages that stand by themselves, to be recorded, and was not.
	wasted inflate.Allowance
}

// deflatedOf returns the compression of a direction ("client" or "server") of a connection whose handshake was answered with h.
// known reports whether messages are looked into from the start.
func deflatedOf(h http.Header, from string, known bool) *deflated {
	for _, extension := range extensionsOf(h) {
		if isDeflate(extension) {
			_, parameters, _ := strings.Cut(extension, ";")
			return &deflated{alone: strings.Contains(strings.ToLower(parameters), from+"_no_context_takeover"), known: known}
		}
	}
	return nil
}

// readable reports whether the next compressed message can be decompressed.
func (d *deflated) readable() bool { return d != nil && (d.alone || d.known) }

// note remembers content for the messages after it.
func (d *deflated) note(content []byte) {
	if !d.alone {
		d.history.add(content)
	}
}

// forget is called where messages are not followed any more: those to come pass as they are.
func (d *deflated) forget() {
	if d != nil {
		d.known, d.history = false, nil
	}
}
