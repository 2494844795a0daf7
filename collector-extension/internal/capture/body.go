package capture

import (
	"slices"
	"sync"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Body keeps the first bytes of a body, as far as its room has place for them. It may be used by several goroutines: a transport may
// still read a request when its exchange is over. Begin comes first.
type Body struct {
	direction Direction

	room *Room

	mu   sync.Mutex
	kept []byte
	size int64
	// expected is how much is to come, 0 where that is not known.
	expected int64
	// full reports whether nothing more is kept.
	full bool
}

// Begin has the body keep what room has place for; nil is nothing.
func (b *Body) Begin(d Direction, room *Room) { b.direction, b.room, b.full = d, room, room == nil }

// Expect says that size bytes are to come, by who is believed: room is made for them with the first, in one piece.
func (b *Body) Expect(size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = size
}

// Add notes a part of the body.
func (b *Body) Add(p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size += int64(len(p))
	if b.full {
		return
	}
	if b.kept == nil && b.expected > int64(len(p)) {
		b.kept = make([]byte, 0, min(b.expected, int64(b.room.Available(b.direction))))
	}
	kept := b.room.Take(b.direction, len(p))
	b.kept = append(b.kept, p[:kept]...)
	b.full = kept < len(p) // What comes behind a gap is not kept.
}

// Count notes that n bytes of the body have passed of which nothing is kept.
func (b *Body) Count(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.size += n
}

// Skip has nothing more of the body kept, since something else keeps it; it is still counted.
func (b *Body) Skip() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.full = true
}

// Keeps reports whether more of the body would be kept.
func (b *Body) Keeps() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.full
}

// Size returns how many bytes of the body have passed.
func (b *Body) Size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size
}

// End is called when the body has ended: what is left for it is for what comes the other way.
func (b *Body) End() { b.room.End(b.direction) }

// Recorded returns the body as recordings have it. Nothing is kept any more.
func (b *Body) Recorded() recording.Body {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.kept) < cap(b.kept)/2 {
		b.kept = slices.Clone(b.kept) // Less has come than was expected.
	}
	kept := recording.Body{Content: b.kept, Size: b.size, Truncated: int64(len(b.kept)) < b.size}
	b.kept, b.full = nil, true
	return kept
}
