// Package punctual has timers that fire within a fraction of a millisecond of when they are due. Go's runtime has Linux
// wake it in whole milliseconds (epoll_wait(2)), so that a timer of a process with nothing else to do is up to one
// late; injected latency is to be more accurate than that.
package punctual

import "time"

// Timer is like time.Timer, which it has inside: that it fires, and on which clock, is up to that one alone.
type Timer struct {
	// C receives the time when the timer fires.
	C <-chan time.Time

	timer *time.Timer
	wake  *wake
}

// NewTimer makes a timer that fires after d.
func NewTimer(d time.Duration) *Timer {
	timer := time.NewTimer(d)
	return &Timer{C: timer.C, timer: timer, wake: running.add(d)}
}

// Stop releases what the timer holds. It may have fired.
func (t *Timer) Stop() {
	t.timer.Stop()
	running.remove(t.wake)
}
