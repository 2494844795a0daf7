package upstream

import (
	"context"
	"errors"
	"os"
	"time"
)

// past is a deadline that is over.
var past = time.Unix(1, 0)

// maxUnwatched is how large what is sent in one piece may be, in bytes, for its context not to be watched: the system takes it at once.
const maxUnwatched = 8 << 10

// expectAnswer sets until when the head of the answer is to be there, once the request was sent.
func (c *call) expectAnswer() {
	if d := c.transport.HeaderTimeout; d > 0 {
		c.within(d)
	}
}

// within bounds how long the head of the answer is waited for.
func (c *call) within(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.headed {
		return
	}
	c.by = time.Now().Add(d)
	if c.stop != nil || c.by.Before(c.conn.due) {
		c.bound()
	}
}

// watch has the end of the request's context end reading and writing.
func (c *call) watch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound()
}

// bound watches, and sets the deadline for reading, with the lock held.
func (c *call) bound() {
	if c.stop == nil {
		conn := c.conn.Conn
		c.conn.due = time.Time{}
		c.stop = context.AfterFunc(c.request.Context(), func() { _ = conn.SetDeadline(past) })
	}
	_ = c.conn.SetReadDeadline(c.by)
	if c.request.Context().Err() != nil {
		_ = c.conn.SetReadDeadline(past) // It was set already.
	}
}

// becomesImpatient reports whether a read that ended with err is to be tried again, with the end of the context watched for.
func (c *call) becomesImpatient(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		return false
	}
	c.bound()
	return true
}

// unwatch ends the watch, and reports whether the context has not ended.
func (c *call) unwatch() bool {
	c.mu.Lock()
	stop := c.stop
	c.mu.Unlock()
	return stop == nil || stop()
}

// watched reports whether the end of the context was ever watched for.
func (c *call) watched() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop != nil
}

// arrived ends the wait for the head of the answer.
func (c *call) arrived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headed = true
	if c.by.IsZero() {
		return
	}
	if c.by = (time.Time{}); c.stop != nil {
		c.bound()
	}
}
