package http1

import (
	"sync"
	"syscall"
	"time"
)

// watchAfter is how long a handler must have waited for something until its client is watched. Shorter exchanges, as most are,
// cost no goroutine.
const watchAfter = 10 * time.Millisecond

// watch sees a client leave while a handler waits. It never runs while something reads from the connection, which sees that by
// itself; and what it does to the deadline for reading it undoes.
type watch struct {
	conn *conn

	mu      sync.Mutex
	changed sync.Cond
	// armed reports whether the running handler wants to be told when its client leaves. seq counts the handlers of
	// this connection, and its reads, which see by themselves that a client has left.
	armed bool
	seq   uint64
	// timer begins to watch; due reports whether it will, and dueFor the seq when it was set. It is not stopped when a
	// handler returns: for the next one it is only set again when it fires.
	timer  *time.Timer
	due    bool
	dueFor uint64
	// reading reports whether the handler reads the body, running whether the watch reads to notice the end, closed whether
	// neither may read any more, taken whether a handler has taken the connection over.
	reading, closed, running, taken bool
	// deadline is the one for reading that holds while nothing is watched.
	deadline time.Time
}

// arm has the client watched for the handler that is running.
func (w *watch) arm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.taken {
		return
	}
	w.armed = true
	w.schedule()
}

// schedule sets the timer, with the lock held.
func (w *watch) schedule() {
	if w.due || w.running || w.reading {
		return
	}
	w.due, w.dueFor = true, w.seq
	if w.timer == nil {
		w.timer = time.AfterFunc(watchAfter, w.run)
		return
	}
	w.timer.Reset(watchAfter)
}

// run is called by the timer.
func (w *watch) run() {
	w.mu.Lock()
	w.due = false
	switch {
	case !w.armed || w.reading || w.running:
		w.mu.Unlock()
		return
	case w.dueFor != w.seq:
		w.schedule() // For a handler that has begun since, or a read that has ended: else a body would be read ahead between two reads.
		w.mu.Unlock()
		return
	}
	w.running = true
	_ = w.conn.Conn.SetReadDeadline(time.Time{})
	w.mu.Unlock()

	left := w.conn.departed()

	w.mu.Lock()
	w.running = false
	_ = w.conn.Conn.SetReadDeadline(w.deadline)
	w.changed.Broadcast()
	w.mu.Unlock()
	if left {
		w.conn.left()
	}
}

// pause ends the watch, with the lock held, and waits until it has ended.
func (w *watch) pause() {
	for w.running {
		_ = w.conn.Conn.SetReadDeadline(past)
		w.changed.Wait()
	}
}

// past is a deadline that is over.
var past = time.Unix(1, 0)

// beginRead is called before the body is read, and reports whether it may be.
func (w *watch) beginRead() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pause()
	if w.closed {
		return false
	}
	w.reading = true
	return true
}

func (w *watch) endRead() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = false
	w.seq++
	if w.armed {
		w.schedule()
	}
	w.changed.Broadcast()
}

// begin is called before a handler is.
func (w *watch) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq++
	w.closed = false
}

// end is called when a handler has returned, or has taken the connection over: the watch is over, and a read that is still going
// on is broken off.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	w.pause()
	w.closed = true
	broken := w.reading
	for w.reading {
		_ = w.conn.Conn.SetReadDeadline(past)
		w.changed.Wait()
	}
	if broken {
		_ = w.conn.Conn.SetReadDeadline(w.deadline)
	}
}

// leave ends the watch for a handler that takes the connection over.
func (w *watch) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed, w.taken = false, true
	w.pause()
}

// setDeadline sets the one for reading.
func (w *watch) setDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadline = t
	if w.running {
		return nil
	}
	return w.conn.Conn.SetReadDeadline(t)
}

// stop ends what the timer has begun, when the connection is over.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.armed = false
	if w.timer != nil {
		w.timer.Stop()
	}
	w.pause()
}

// departed waits until the client has left, or until a deadline ends the wait, and reports whether it has left. A client that
// leaves says so behind all that it has sent, so that has to be taken out of its way, as far as there is room for it.
func (c *conn) departed() bool {
	left, full := c.input.readAhead()
	if !full {
		return left
	}
	if s, ok := c.socket().(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			return hungUp(raw)
		}
	}
	return false
}
