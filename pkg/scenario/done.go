package scenario

import "sync"

// done says when an engine is no longer in force.
type done struct {
	channel chan struct{}
	once    sync.Once
}

func newDone() *done { return &done{channel: make(chan struct{})} }

func (d *done) end() { d.once.Do(func() { close(d.channel) }) }

// Done is closed when the engine is no longer in force: Live got another scenario, or this one has expired. What it has
// decided and still waits ends then. It is nil, which is never, for an engine that is not in a Live.
func (e *Engine) Done() <-chan struct{} {
	if e.done == nil {
		return nil
	}
	return e.done.channel
}
