package scenario

import (
	"reflect"
	"sync"
	"sync/atomic"
	"time"
)

// Live holds the engine that is in force, and falls back to healthy when its scenario expires.
type Live struct {
	now     func() time.Time
	current atomic.Pointer[inForce]
	storing sync.Mutex
}

// inForce has both engines ready, so that an expiry costs nothing when it happens.
type inForce struct {
	engine, healthy *Engine
	// expires is the zero time where the scenario never does; expiry then ends what was decided before.
	expires time.Time
	expiry  *time.Timer
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

// Store compiles s and puts it in force. What was in force stays where s is invalid, and also where s is the same: what
// it counts goes on, and what it has decided.
func (l *Live) Store(s Scenario) error {
	l.storing.Lock()
	defer l.storing.Unlock()
	last := l.current.Load()
	if last != nil && reflect.DeepEqual(last.engine.scenario, s) {
		return nil
	}
	engine, err := CompileAt(s, l.now)
	if err != nil {
		return err
	}
	engine.done = newDone()
	next := &inForce{engine: engine}
	if s.ExpiresAt != nil {
		next.expires = *s.ExpiresAt
		if next.healthy, err = CompileAt(s.expired(), l.now); err != nil {
			return err
		}
		next.healthy.done = newDone()
	}
	l.current.Store(next)
	if last != nil {
		last.end()
	}
	if next.healthy != nil {
		next.expiry = time.AfterFunc(next.expires.Sub(l.now()), func() { l.expire(next) })
	}
	return nil
}

// expire ends what the scenario has decided, once its clock says so, too.
func (l *Live) expire(f *inForce) {
	l.storing.Lock()
	defer l.storing.Unlock()
	if l.current.Load() != f {
		return
	}
	if left := f.expires.Sub(l.now()); left > 0 {
		f.expiry.Reset(left)
		return
	}
	f.engine.done.end()
}

func (f *inForce) end() {
	if f.expiry != nil {
		f.expiry.Stop()
		f.healthy.done.end()
	}
	f.engine.done.end()
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
