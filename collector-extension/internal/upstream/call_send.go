package upstream

import (
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

// takeContent reads a body of size bytes that are there already behind head, and lets go of it. It gives head with the body.
func (c *call) takeContent(head []byte, size int64) ([]byte, error) {
	if c.touched.Swap(true) {
		return nil, errBodyGone // Not possible: who gives it to another call has ended this one.
	}
	at := len(head)
	whole := slices.Grow(head, int(size))[:at+int(size)]
	_, err := io.ReadFull(c.request.Body, whole[at:])
	if err == nil {
		err = expectEnd(c.request.Body)
	}
	closeBody(c.request)
	if err != nil {
		c.bodyErr, c.unsent = err, true
		return nil, err
	}
	c.content = whole[at:]
	return whole, nil
}

// allow says whether a body may go that waits for 100. Only what is said first counts.
func (c *call) allow(may bool) {
	if c.proceed == nil {
		return
	}
	select {
	case c.proceed <- may:
	default:
	}
}

// mayProceed waits until the body may be sent, and reports whether it may.
func (c *call) mayProceed() bool {
	if c.proceed == nil {
		return true
	}
	timer := time.NewTimer(continueTimeout)
	defer timer.Stop()
	select {
	case may := <-c.proceed:
		return may
	case <-timer.C:
		return true
	case <-c.request.Context().Done():
		return false
	}
}

// send sends the body of the request, and lets go of it.
func (c *call) send() {
	may := c.mayProceed()
	if c.touched.Swap(true) {
		return // Another call has the body now.
	}
	whole, err := false, error(nil)
	if may {
		whole, err = c.sendThroughBuffer()
	}
	closeBody(c.request)
	var failedWrite *writeError
	broken := err != nil && !errors.As(err, &failedWrite)
	c.mu.Lock()
	c.sending, c.whole = false, whole
	if broken {
		c.bodyErr = err
	}
	answerEnded := c.answerEnded
	c.mu.Unlock()
	switch {
	case answerEnded:
		c.settle()
	case whole:
		c.expectAnswer()
	case broken:
		// An upstream must not wait for the rest, nor take what it has for the whole.
		_ = c.conn.Close()
	case err != nil:
		// It takes no more, but may have said why.
		c.within(lastWords)
	}
}

func (c *call) sendThroughBuffer() (whole bool, err error) {
	if c.out.length >= largeBody {
		buffer := largeBuffers.Get().(*[largeBufferSize]byte)
		defer largeBuffers.Put(buffer)
		return writeBody(c.conn.writer, c.request, c.out, buffer[:])
	}
	buffer := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buffer)
	return writeBody(c.conn.writer, c.request, c.out, buffer[:])
}

const (
	bufferSize = 32 << 10
	// largeBody is the size, in bytes, from which on a body is sent through a larger buffer, which takes fewer calls of the system.
	largeBody       = 1 << 20
	largeBufferSize = 128 << 10
)

var (
	buffers      = sync.Pool{New: func() any { return new([bufferSize]byte) }}
	largeBuffers = sync.Pool{New: func() any { return new([largeBufferSize]byte) }}
)
