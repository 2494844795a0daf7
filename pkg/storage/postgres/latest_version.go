package postgres

import (
	"sync"
	"time"
)

// latestVersion is the version of the scenario that a heartbeat has found in the database last, for those who watch it.
type latestVersion struct {
	mu      sync.Mutex
	version int64
	at      time.Time
	// watching get each version that is found, in place of one that they have not taken yet.
	watching map[chan int64]struct{}
}

// tell says that version is the latest now.
func (l *latestVersion) tell(version int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version, l.at = version, time.Now()
	for c := range l.watching {
		select {
		case <-c:
		default:
		}
		c <- version
	}
}

// is reports whether version was found to be the latest since the last poll.
func (l *latestVersion) is(version int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.version == version && !l.at.IsZero() && time.Since(l.at) < pollInterval
}

// listen returns where versions come that are found from now on, until leave.
func (l *latestVersion) listen() chan int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watching == nil {
		l.watching = map[chan int64]struct{}{}
	}
	c := make(chan int64, 1)
	l.watching[c] = struct{}{}
	return c
}

func (l *latestVersion) leave(c chan int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.watching, c)
}
