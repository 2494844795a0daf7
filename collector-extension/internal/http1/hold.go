package http1

import (
	"sync"
	"time"
)

// hold sends what an answer has gathered in time where more does not come. As with watch, its timer is not stopped where the
// answer is sent before.
type hold struct {
	conn  *conn
	mu    sync.Mutex
	timer *time.Timer
	due   bool
}

// within has what was gathered sent within d.
func (h *hold) within(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.due:
	case h.timer == nil:
		h.due, h.timer = true, time.AfterFunc(d, h.run)
	default:
		h.due = true
		h.timer.Reset(d)
	}
}

func (h *hold) run() {
	h.mu.Lock()
	h.due = false
	h.mu.Unlock()
	c := h.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.response; w != nil && w.begun && !w.returned && !w.hijacked {
		_ = c.out.flush()
		_ = w.failed()
	}
}

func (h *hold) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
}
