package upstream

import (
	"time"
)

// endAnswer is called when nothing more is to be read of the answer; reusable says whether the connection can be used again.
func (c *call) endAnswer(reusable bool) {
	if c.finished.Swap(true) {
		return
	}
	c.mu.Lock()
	c.answerEnded, c.reusable = true, reusable
	sending := c.sending
	c.mu.Unlock()
	switch {
	case !sending:
		c.settle()
	case reusable:
		time.AfterFunc(grace, c.halt)
	default:
		c.halt()
	}
}

// halt gives up on a request that is still being sent while its answer is over. Who sends it notices with the next piece; to
// close a body that somebody reads would wait for the client.
func (c *call) halt() {
	c.mu.Lock()
	sending := c.sending
	c.mu.Unlock()
	if sending {
		c.settle()
	}
}

// settle keeps the connection or closes it, and gives its place back.
func (c *call) settle() {
	if c.settled.Swap(true) {
		return
	}
	live := c.unwatch()
	c.mu.Lock()
	keep := c.reusable && c.whole && live && !c.out.close
	c.mu.Unlock()
	if keep {
		c.pool.put(c.conn)
	} else {
		_ = c.conn.Close()
	}
	c.pool.leave()
}
