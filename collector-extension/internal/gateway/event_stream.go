package gateway

import (
	"mime"
	"net/http"
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
				e.current = e.transcript.open(toClient, "event", -1)
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
