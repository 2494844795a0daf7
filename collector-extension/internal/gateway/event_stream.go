package gateway

import (
	"bytes"
	"mime"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
)

// isEventStream is whether a response is one of server-sent events that can be read as it is.
func isEventStream(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "text/event-stream" && h.Get("Content-Encoding") == ""
}

// eventStream tells server-sent events apart: an empty line ends each (WHATWG HTML, section 9.2.5).
type eventStream struct {
	transcript *transcript
	current    *message
	// inEvent is whether an event has begun, text whether its present line has anything, and carriage whether a carriage
	// return came last, to whose end of line a line feed belongs.
	inEvent, text, carriage bool
}

// feed takes the next bytes of the response.
func (e *eventStream) feed(p []byte) {
	start := 0
	for i, c := range p {
		if c == '\n' && e.carriage {
			e.carriage = false
			if !e.inEvent && start == i {
				start = i + 1
			}
			continue
		}
		e.carriage = c == '\r'
		if c != '\n' && c != '\r' {
			if !e.inEvent {
				e.inEvent, start = true, i
				e.current = e.transcript.open(capture.ToClient, "event", -1)
			}
			e.text = true
			continue
		}
		if e.text || !e.inEvent {
			// The end of a line of the event, or one more empty line between events.
			e.text = false
			if !e.inEvent {
				start = i + 1
			}
			continue
		}
		e.transcript.write(e.current, p[start:i])
		e.current, e.inEvent, start = nil, false, i+1
	}
	if e.inEvent && start < len(p) {
		e.transcript.write(e.current, p[start:])
	}
}

// eventSplitter tells server-sent events apart so that they can be harmed: what may be changed are the values of fields.
type eventSplitter struct {
	// inEvent, text and carriage are as in eventStream; value is whether the present line has had its colon.
	inEvent, text, carriage, value bool
}

func (e *eventSplitter) next(p []byte) messagePiece {
	c := p[0]
	if c == '\n' && e.carriage {
		// It belongs to the end of line before it.
		e.carriage = false
		return messagePiece{size: 1, inside: e.inEvent}
	}
	if c == '\n' || c == '\r' {
		piece := messagePiece{size: 1, inside: e.inEvent, ends: e.inEvent && !e.text}
		e.carriage = c == '\r'
		e.inEvent = e.inEvent && e.text
		e.text, e.value = false, false
		return piece
	}
	e.carriage = false
	piece := messagePiece{inside: true, begins: !e.inEvent}
	e.inEvent, e.text = true, true
	stops := "\r\n"
	if e.value {
		piece.payload, piece.length = true, -1
	} else {
		stops = ":\r\n"
	}
	at := bytes.IndexAny(p, stops)
	if at < 0 {
		piece.size = len(p)
		return piece
	}
	if p[at] == ':' && !e.value {
		e.value = true
		at++
	}
	piece.size = at
	return piece
}
