package punctual

import (
	"container/heap"
	"sync"
	"time"
)

// running is the alarm of the process: what it wakes is the runtime's scheduler, of which there is one.
var running alarm

// alarm wakes the scheduler when timers are due; whatever has woken it, it then looks at its timers. While no clock runs
// it does nothing, and timers fire as Go's do.
type alarm struct {
	mu      sync.Mutex
	holders int
	clock   *clock
	wakes   wakes
}

// Start has the timers of the process fire punctually until stop is called, as often as Start was. An error is the
// operating system's; timers then fire as Go's do.
func Start() (stop func(), err error) { return running.start() }

func (a *alarm) start() (stop func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.holders == 0 {
		if a.clock, err = newClock(); err != nil {
			return func() {}, err
		}
		if a.clock != nil {
			go a.run(a.clock)
		}
	}
	a.holders++
	return sync.OnceFunc(a.release), nil
}

func (a *alarm) release() {
	a.mu.Lock()
	a.holders--
	clock := a.clock
	if a.holders > 0 || clock == nil {
		a.mu.Unlock()
		return
	}
	for _, w := range a.wakes {
		w.place = removed
	}
	a.clock, a.wakes = nil, nil
	a.mu.Unlock()
	clock.close()
}

// run is awake when the first wake is due, which is all that it takes.
func (a *alarm) run(c *clock) {
	for c.wait() {
		a.rung(c)
	}
	c.ended()
}

// rung is through with the wakes that are due, and sets c to the next, unless it is no longer the alarm's clock.
func (a *alarm) rung(c *clock) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clock != c {
		return
	}
	for len(a.wakes) > 0 && !a.wakes[0].at.After(time.Now()) {
		heap.Pop(&a.wakes)
	}
	if len(a.wakes) > 0 {
		c.set(time.Until(a.wakes[0].at))
	}
}

// add has the scheduler woken after d. Nil is that it will not be.
func (a *alarm) add(d time.Duration) *wake {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clock == nil {
		return nil
	}
	w := &wake{at: time.Now().Add(d)}
	heap.Push(&a.wakes, w)
	if w.place == 0 {
		a.clock.set(d)
	}
	return w
}

// remove takes w back; it may be nil or over. The clock may still be set to it, which wakes the scheduler in vain.
func (a *alarm) remove(w *wake) {
	if w == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.place != removed {
		heap.Remove(&a.wakes, w.place)
	}
}
