package capture

import (
	"errors"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/inflate"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Transcript keeps the first messages of a stream for its recording, recording.MaxMessages at most. Both directions may write to
// it at the same time, and go on when it is closed. A nil one keeps nothing.
type Transcript struct {
	start time.Time
	room  *Room

	mu       sync.Mutex
	messages []*Message
	// missed is how many messages there were beyond those.
	missed int
	closed bool
	// wasted is the processor time that was spent on what was left out.
	wasted inflate.Allowance
}

// NewTranscript returns the transcript of an exchange that began at start, whose contents have room.
func NewTranscript(start time.Time, room *Room) *Transcript {
	return &Transcript{start: start, room: room}
}

// Message is one that is being kept, under the lock of its transcript. Where there is no room for another, it is nil.
type Message struct {
	recording.Message
	// known reports whether the size was told beforehand, cut whether there was no room for all of the content, and unfinished
	// whether the end of the message has not come.
	known, cut, unfinished bool
	// encoding is what the content is compressed with, and to be freed of once the transcript is closed; empty is nothing.
	encoding string
	// packed reports whether the content comes decompressed, besides the size on the wire: see Count.
	packed bool
}

// Open begins a message. size is -1 where only its end will tell.
func (t *Transcript) Open(d Direction, kind string, size int64) *Message {
	return t.open(d, kind, size, "", false)
}

// OpenEncoded begins a message whose content comes compressed in encoding. Where it cannot be decompressed, nothing of it is
// kept, since nobody could tell what is in it.
func (t *Transcript) OpenEncoded(d Direction, kind string, size int64, encoding string) *Message {
	if encoding == "" {
		encoding = "unknown"
	}
	return t.open(d, kind, size, encoding, false)
}

// OpenPacked begins a message that comes compressed, and is decompressed by the caller: its content is what Add is called with,
// its size what Count is. Where Unpacked is not called, nothing of it is kept.
func (t *Transcript) OpenPacked(d Direction, kind string) *Message {
	return t.open(d, kind, -1, "", true)
}

func (t *Transcript) open(d Direction, kind string, size int64, encoding string, packed bool) *Message {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	if len(t.messages) >= recording.MaxMessages {
		t.missed++
		return nil
	}
	m := &Message{
		Message:  recording.Message{Direction: string(d), Kind: kind, OffsetMS: float64(time.Since(t.start)) / float64(time.Millisecond)},
		encoding: encoding, packed: packed,
	}
	if size >= 0 {
		m.Body.Size, m.known = size, true
	}
	t.messages = append(t.messages, m)
	return m
}

// Write adds p to the content of m. plain, where it is not nil, makes of the part that is kept what is to be kept, in place.
func (t *Transcript) Write(m *Message, p []byte, plain func(kept []byte)) {
	t.change(m, func() {
		if !m.known {
			m.Body.Size += int64(len(p))
		}
		t.keep(m, p, plain)
	})
}

// Count adds n bytes to the size of m.
func (t *Transcript) Count(m *Message, n int) {
	t.change(m, func() { m.Body.Size += int64(n) })
}

// Add adds p, which was decompressed, to the content of m, and reports whether more may be kept.
func (t *Transcript) Add(m *Message, p []byte) (more bool) {
	t.change(m, func() {
		t.keep(m, p, nil)
		if m.cut {
			t.leaveOut(m) // Nobody could tell what is in a part of it.
		}
		more = !m.cut
	})
	return more
}

// Unpacked is called when all of m was decompressed.
func (t *Transcript) Unpacked(m *Message) {
	t.change(m, func() {
		m.packed = false
		if !m.cut && m.Body.Size > 0 {
			m.Body.Decoded = true
			if m.Body.Content == nil {
				m.Body.Content = []byte{}
			}
		}
	})
}

// Unfinished reports whether the end of m is still to come. A message of known size needs no telling.
func (t *Transcript) Unfinished(m *Message, unfinished bool) {
	t.change(m, func() { m.unfinished = unfinished })
}

// Cancel forgets m, which was no message after all.
func (t *Transcript) Cancel(m *Message) {
	t.change(m, func() {
		for i := len(t.messages) - 1; i >= 0; i-- {
			if t.messages[i] == m {
				t.leaveOut(m)
				t.messages = append(t.messages[:i], t.messages[i+1:]...)
				return
			}
		}
	})
}

func (t *Transcript) change(m *Message, change func()) {
	if m == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		change()
	}
}

// keep adds to the content of m what there is room for.
func (t *Transcript) keep(m *Message, p []byte, plain func(kept []byte)) {
	if m.cut || len(p) == 0 {
		return
	}
	n := t.room.Take(Direction(m.Direction), len(p))
	before := len(m.Body.Content)
	m.Body.Content = append(m.Body.Content, p[:n]...)
	if plain != nil {
		plain(m.Body.Content[before:])
	}
	if m.cut = n < len(p); m.cut && m.encoding != "" {
		t.leaveOut(m) // Nobody could tell what is in a part of it.
	}
}

// leaveOut gives the room of a message back to others.
func (t *Transcript) leaveOut(m *Message) {
	t.room.Give(len(m.Body.Content))
	m.Body.Content, m.cut = nil, true
}

// decompress puts what the content decompresses to in its place, where there is room for that, and nothing where not.
func (t *Transcript) decompress(m *Message) {
	if m.cut || m.Body.Size == 0 {
		return
	}
	packed := m.Body.Content
	t.leaveOut(m)
	if int64(len(packed)) < m.Body.Size {
		return
	}
	limit := t.room.Available(Direction(m.Direction))
	if !t.wasted.Spend(0) {
		return
	}
	content, err := inflate.Whole(m.encoding, packed, limit)
	if errors.Is(err, inflate.ErrTooLong) {
		t.wasted.Spend(limit)
	}
	if err == nil && content != nil && t.room.TakeAll(Direction(m.Direction), len(content)) {
		m.Body.Content, m.Body.Decoded, m.cut = content, true, false
	}
}

// Close ends the transcript, and returns what was kept, and how many messages were not.
func (t *Transcript) Close() (recorded []recording.Message, missed int) {
	if t == nil {
		return nil, 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	messages := t.messages
	t.messages, t.closed = nil, true
	// Nothing more comes: what one direction has left is for the other.
	t.room.End(FromClient)
	t.room.End(ToClient)
	recorded = make([]recording.Message, 0, len(messages))
	for _, m := range messages {
		switch {
		case m.packed:
			t.leaveOut(m)
		case m.encoding != "":
			t.decompress(m)
		}
		body := &m.Body
		body.Truncated = !body.Decoded && (m.cut || m.unfinished || int64(len(body.Content)) < body.Size)
		recorded = append(recorded, m.Message)
	}
	return recorded, t.missed
}
