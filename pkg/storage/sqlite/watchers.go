package sqlite

import "sync"

// watchers are told that there is something to read.
type watchers struct {
	mu  sync.Mutex
	all map[chan struct{}]struct{}
}

func (w *watchers) join() (due <-chan struct{}, leave func()) {
	mine := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[chan struct{}]struct{}{}
	}
	w.all[mine] = struct{}{}
	return mine, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, mine)
	}
}

func (w *watchers) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for each := range w.all {
		select {
		case each <- struct{}{}:
		default: // It has yet to read what was before.
		}
	}
}
