package jobs

import "sync"

// Bell makes News within a process. The zero value is ready.
type Bell struct {
	mu  sync.Mutex
	all map[*heard]bool
}

// heard is one who listens.
type heard struct {
	of      *Bell
	changed chan struct{}
}

// Listen returns what tells of each Ring from now on.
func (b *Bell) Listen() News {
	h := &heard{of: b, changed: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[*heard]bool{}
	}
	b.all[h] = true
	return h
}

// Ring tells all who listen. It does not block.
func (b *Bell) Ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for h := range b.all {
		select {
		case h.changed <- struct{}{}:
		default: // it has yet to look at what was before
		}
	}
}

func (h *heard) Changed() <-chan struct{} { return h.changed }

func (h *heard) Check() {}

func (h *heard) Sure() bool { return true }

func (h *heard) Close() {
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	delete(h.of.all, h)
}
