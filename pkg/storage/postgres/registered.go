package postgres

import (
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// rewriteInterval is how long what was written of an instance is taken to be there, unless its row is gone: a database that was
// restored from a backup has what is said now within that time.
const rewriteInterval = time.Minute

// registration is what of an instance seldom changes, as it was written.
type registration struct {
	name, build, gateways, limits string
	started                       int64
	retention                     scenario.Retention
}

// registrations are those that this store has written: heartbeats are many, and write only what is new.
type registrations struct {
	mu  sync.Mutex
	all map[string]writtenRegistration
}

type writtenRegistration struct {
	registration
	at time.Time
}

// knows reports whether the instance was written like this lately.
func (r *registrations) knows(id string, what registration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	written, ok := r.all[id]
	return ok && written.registration == what && time.Since(written.at) < rewriteInterval
}

func (r *registrations) note(id string, what registration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]writtenRegistration{}
	}
	r.all[id] = writtenRegistration{what, time.Now()}
}

func (r *registrations) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, id)
}
