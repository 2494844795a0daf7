package websocket

import "sync"

// event is something that happens once.
type event struct {
	channel chan struct{}
	once    *sync.Once
}

func newEvent() event { return event{make(chan struct{}), new(sync.Once)} }

func (e event) set() { e.once.Do(func() { close(e.channel) }) }

func (e event) isSet() bool {
	select {
	case <-e.channel:
		return true
	default:
		return false
	}
}
