package gateway

import (
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// maxMessages is how many messages of one exchange a recording has at most; those after it pass unrecorded.
const maxMessages = recording.MaxMessages

// The directions of messages.
const (
	fromClient = "in"
	toClient   = "out"
)

// transcript keeps the first messages of a stream for its recording. Both directions write to it at the same time, and
// go on when it is closed. A nil one keeps nothing.
type transcript struct {
	start time.Time

	mu sync.Mutex
	// room is how many bytes may still be kept.
	room     int
	messages []*message
	closed   bool
}

// message is one that is being kept, under the lock of its transcript.
type message struct {
	recording.Message
	// known is whether the size was told beforehand.
	known bool
	// unpack decompresses the content when the message is recorded; nil where it is as it should be.
	unpack func(content []byte, limit int) ([]byte, error)
}

// open begins a message; nil where there is no room for another. size is -1 where only its end will tell.
func (t *transcript) open(direction, kind string, size int64) *message {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || len(t.messages) >= maxMessages {
		return nil
	}
	m := &message{Message: recording.Message{Direction: direction, Kind: kind, OffsetMS: milliseconds(time.Since(t.start))}}
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
	kept := p[:min(t.room, len(p))]
	m.Body.Content = append(m.Body.Content, kept...)
	t.room -= len(kept)
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

// close ends the transcript, and returns what was kept. Compressed content that is not whole is left out, since nobody
// could tell what is in it.
func (t *transcript) close(limit int) []recording.Message {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	messages := t.messages
	t.messages, t.closed = nil, true
	t.mu.Unlock()
	recorded := make([]recording.Message, 0, len(messages))
	for _, m := range messages {
		body := &m.Body
		if m.unpack != nil && body.Size > 0 {
			content, err := []byte(nil), error(nil)
			if int64(len(body.Content)) == body.Size {
				content, err = m.unpack(body.Content, limit)
			}
			body.Decoded = content != nil && err == nil
			if !body.Decoded {
				content = nil
			}
			body.Truncated, body.Content = !body.Decoded, content
		} else {
			body.Truncated = int64(len(body.Content)) < body.Size
		}
		recorded = append(recorded, m.Message)
	}
	return recorded
}
