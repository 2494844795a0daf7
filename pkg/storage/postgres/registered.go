package postgres

import (
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// rewriteInterval is how long what was written of an instance is taken to be there, unless its row is gone or the connection that
// listens was lost, as it is where a database is restored from a backup. unheardRewriteInterval is where none listens, behind a pooler.
const rewriteInterval, unheardRewriteInterval = 10 * time.Minute, time.Minute

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
	// at is when it was written, zero where that is in doubt.
	at time.Time
	// version is the one that the instance served when it was told last.
	version int64
}

// knows reports whether the instance was written like this, within an interval. One that serves another version than before need
// only say so: others wait for that, and the rest follows with the next heartbeat.
func (r *registrations) knows(id string, what registration, version int64, within time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	written, ok := r.all[id]
	return ok && written.registration == what && (version != written.version || time.Since(written.at) < within)
}

// told notes which version an instance has told that it serves.
func (r *registrations) told(id string, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if written, ok := r.all[id]; ok {
		written.version = version
		r.all[id] = written
	}
}

// doubt has everything written again.
func (r *registrations) doubt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, written := range r.all {
		written.at = time.Time{}
		r.all[id] = written
	}
}

func (r *registrations) note(id string, what registration, version int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]writtenRegistration{}
	}
	r.all[id] = writtenRegistration{what, time.Now(), version}
}

func (r *registrations) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, id)
}
