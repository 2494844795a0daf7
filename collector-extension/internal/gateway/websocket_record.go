package gateway

import (
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/websocket"
)

// messageRecorder keeps the messages of one direction of a WebSocket in a transcript.
type messageRecorder struct {
	transcript *capture.Transcript
	direction  capture.Direction
	current    *capture.Message
	packed     bool
	// mask is the mask of what is being kept, and unmask takes it off.
	mask   websocket.Mask
	unmask func([]byte)
}

func newMessageRecorder(t *capture.Transcript, d capture.Direction) *messageRecorder {
	r := &messageRecorder{transcript: t, direction: d}
	r.unmask = func(kept []byte) { r.mask.Apply(kept) }
	return r
}

func (r *messageRecorder) Begin(kind websocket.Opcode, packed bool) {
	if r.packed = packed; packed {
		r.current = r.transcript.OpenPacked(r.direction, kind.String())
	} else {
		r.current = r.transcript.Open(r.direction, kind.String(), -1)
	}
}

func (r *messageRecorder) Payload(p []byte, mask websocket.Mask) {
	switch {
	case r.current == nil:
	case r.packed:
		r.transcript.Count(r.current, len(p))
	default:
		r.mask = mask
		r.transcript.Write(r.current, p, r.unmask)
	}
}

func (r *messageRecorder) Plain(p []byte) (more bool) { return r.transcript.Add(r.current, p) }

func (r *messageRecorder) End(whole bool) {
	if whole && r.packed {
		r.transcript.Unpacked(r.current)
	}
	r.current = nil
}

func (r *messageRecorder) Frame(kind websocket.Opcode, payload []byte) {
	r.transcript.Write(r.transcript.Open(r.direction, kind.String(), -1), payload, nil)
}

func (r *messageRecorder) Wants() bool { return r.current != nil }
