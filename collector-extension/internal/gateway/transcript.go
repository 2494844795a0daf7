package gateway

import (
	"errors"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/capture"
	core "github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxMessages is how many messages of one exchange a recording has at most; those after it pass unrecorded.
const maxMessages = recording.MaxMessages

// transcript keeps the first messages of a stream for its recording. Both directions write to it at the same time, and
// go on when it is closed. A nil one keeps nothing.
type transcript struct {
	start time.Time
	// room is that of the exchange.
	room *capture.Room

	mu       sync.Mutex
	messages []*message
	// missed is how many messages there were beyond those.
	missed int
	closed bool
	// wasted is the processor time that was spent on what was left out.
	wasted allowance
}

// message is one that is being kept, under the lock of its transcript.
type message struct {
	recording.Message
	// known is whether the size was told beforehand, cut whether there was no room for all of the content.
	known, cut bool
	// unpack decompresses the content when the message is recorded; nil where it is as it should be.
	unpack unpack
}

// unpack decompresses content to at most limit bytes; more are an error.
type unpack func(content []byte, limit int) ([]byte, error)

// unreadable is for compressed content that cannot be decompressed, or not yet.
func unreadable([]byte, int) ([]byte, error) { return nil, errUnknownEncoding }

// open begins a message; nil where there is no room for another. size is -1 where only its end will tell.
func (t *transcript) open(direction capture.Direction, kind string, size int64) *message {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	if len(t.messages) >= maxMessages {
		t.missed++
		return nil
	}
	m := &message{Message: recording.Message{Direction: string(direction), Kind: kind, OffsetMS: core.Milliseconds(time.Since(t.start))}}
	if size >= 0 {
		m.Body.Size, m.known = size, true
	}
	t.messages = append(t.messages, m)
	return m
}

// write adds to the content of m, which may be nil.
func (t *transcript) write(m *message, p []byte) {
	if m == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if !m.known {
		m.Body.Size += int64(len(p))
	}
	if m.cut {
		return
	}
	kept := p[:t.room.Take(capture.Direction(m.Direction), len(p))]
	m.Body.Content = append(m.Body.Content, kept...)
	if m.cut = len(kept) < len(p); m.cut && m.unpack != nil {
		// Nobody could tell what is in a part of it.
		t.leaveOut(m)
	}
}

// leaveOut gives the room of a message back to others.
func (t *transcript) leaveOut(m *message) {
	t.room.Give(len(m.Body.Content))
	m.Body.Content, m.cut = nil, true
}

// change changes m, which may be nil.
func (t *transcript) change(m *message, change func(*message)) {
	if m == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		change(m)
	}
}

// decompress puts what unpack makes of the content in its place, where there is room for that, and nothing where not.
func (t *transcript) decompress(m *message, unpack unpack) {
	m.unpack = nil
	if m.cut || m.Body.Size == 0 {
		return
	}
	packed := m.Body.Content
	t.leaveOut(m)
	if int64(len(packed)) < m.Body.Size {
		return
	}
	limit := t.room.Available(capture.Direction(m.Direction))
	if !t.wasted.spend(0) {
		return
	}
	content, err := unpack(packed, limit)
	if errors.Is(err, errTooLong) {
		t.wasted.spend(limit)
	}
	if err == nil && content != nil && t.room.TakeAll(capture.Direction(m.Direction), len(content)) {
		m.Body.Content, m.Body.Decoded, m.cut = content, true, false
	}
}

// close ends the transcript, and returns what was kept, and how many messages were not. Compressed content that is not whole is left out, since nobody
// could tell what is in it.
func (t *transcript) close() (recorded []recording.Message, missed int) {
	if t == nil {
		return nil, 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	messages := t.messages
	t.messages, t.closed = nil, true
	// Nothing more comes: what one direction has left is for the other.
	t.room.End(capture.FromClient)
	t.room.End(capture.ToClient)
	recorded = make([]recording.Message, 0, len(messages))
	for _, m := range messages {
		if m.unpack != nil {
			t.decompress(m, m.unpack)
		}
		body := &m.Body
		body.Truncated = !body.Decoded && (m.cut || int64(len(body.Content)) < body.Size)
		recorded = append(recorded, m.Message)
	}
	return recorded, t.missed
}
