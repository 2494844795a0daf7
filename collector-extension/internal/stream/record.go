package stream

import (
	"sync/atomic"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Record keeps the messages of one direction as they pass.
type Record struct {
	transcript *capture.Transcript
	direction  capture.Direction
	// kind is the kind of messages in recordings, encoding what compressed ones are compressed with.
	kind, encoding string
	// flags are the flags of all messages.
	flags atomic.Uint32

	current *capture.Message
	sure    bool
}

// RecordGRPC returns what keeps the messages of a gRPC call, of which those that are compressed are in encoding (grpc-encoding).
func RecordGRPC(t *capture.Transcript, d capture.Direction, encoding string) *Record {
	return &Record{transcript: t, direction: d, kind: "grpc", encoding: encoding}
}

// RecordEvents returns what keeps server-sent events.
func RecordEvents(t *capture.Transcript) *Record {
	return &Record{transcript: t, direction: capture.ToClient, kind: "event"}
}

// Piece keeps what is of a message.
func (r *Record) Piece(p Piece, content []byte, next Next) error {
	if p.Begins {
		r.begin(p)
	}
	r.sure = r.sure || p.Sure
	if p.Inside && !p.Form {
		r.transcript.Write(r.current, content, nil)
	}
	if p.Ends {
		r.end()
	}
	next(p, content)
	return nil
}

func (r *Record) begin(p Piece) {
	r.flags.Or(uint32(p.Flags))
	r.sure = false
	if p.Compressed {
		r.current = r.transcript.OpenEncoded(r.direction, r.kind, p.Length, r.encoding)
	} else {
		r.current = r.transcript.Open(r.direction, r.kind, p.Length)
	}
	if p.Length < 0 {
		r.transcript.Unfinished(r.current, true)
	}
}

func (r *Record) end() {
	if r.sure {
		r.transcript.Unfinished(r.current, false)
	} else {
		r.transcript.Cancel(r.current)
	}
	r.current = nil
}

// Framed returns the direction as it was on the wire, of size bytes: made of its messages, where these were kept whole and room
// has place for it beside them; else it is nil. Nothing of a compressed one is: nobody could tell what is in it, and the
// messages are recorded decompressed.
func (r *Record) Framed(messages []recording.Message, size int64, room *capture.Room) []byte {
	if r == nil || r.flags.Load() != 0 || size == 0 {
		return nil
	}
	whole := int64(0)
	for i := range messages {
		if m := &messages[i]; m.Direction == string(r.direction) {
			whole += recording.GRPCPrefix + int64(len(m.Body.Content))
		}
	}
	if whole != size || !room.TakeAll(r.direction, int(size)) {
		return nil
	}
	return recording.GRPCFrames(messages, string(r.direction))
}
