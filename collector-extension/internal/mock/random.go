package mock

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

// random draws for delays and templates.
type random struct {
	mu     sync.Mutex
	source rand.Source
}

// between returns a number of least to most, both included; most must not be less.
func (r *random) between(least, most int64) int64 {
	if r.source == nil {
		return least + int64(rand.Uint64N(uint64(most-least)+1))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return least + int64(rand.New(r.source).Uint64N(uint64(most-least)+1))
}

// Read fills p, for UUIDs. It never fails.
func (r *random) Read(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		var eight [8]byte
		binary.LittleEndian.PutUint64(eight[:], uint64(r.between(0, 1<<62))<<1^uint64(r.between(0, 1<<62)))
		rest = rest[copy(rest, eight[:]):]
	}
	return len(p), nil
}
