package scenario

import (
	"sync/atomic"
	"time"
)

// Live holds the engine that is in force, and falls back to healthy when its scenario expires.
type Live struct {
	now     func() time.Time
	current atomic.Pointer[inForce]
}

// inForce has both engines ready, so that an expiry costs nothing when it happens.
type inForce struct {
	engine, healthy *Engine
	// expires is the zero time where the scenario never does.
	expires time.Time
}

// NewLive starts with the engine of s. now is the clock; nil is time.Now.
func NewLive(s Scenario, now func() time.Time) (*Live, error) {
	if now == nil {
		now = time.Now
	}
	l := &Live{now: now}
	if err := l.Store(s); err != nil {
		return nil, err
	}
	return l, nil
}

// Store compiles s and puts it in force. What was in force stays where s is invalid.
func (l *Live) Store(s Scenario) error {
	engine, err := Compile(s)
	if err != nil {
		return err
	}
	next := &inForce{engine: engine}
	if s.ExpiresAt != nil {
		next.expires = *s.ExpiresAt
		if next.healthy, err = Compile(s.expired()); err != nil {
			return err
		}
	}
	l.current.Store(next)
	return nil
}

// Load returns the engine in force: a healthy one of the same version where the scenario has expired. The clock is read
// only where there is an expiry.
func (l *Live) Load() *Engine {
	current := l.current.Load()
	if current.healthy != nil && !l.now().Before(current.expires) {
		return current.healthy
	}
	return current.engine
}
