package recorder

import (
	"slices"
	"sync"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// wakeEvery is how many recordings wait before somebody who makes a batch is woken: to be woken for each costs an exchange
// more than to be recorded.
const wakeEvery = 64

// queue is a bounded queue that tells when there is something, and when there is much.
type queue struct {
	// some has a value when there may be a recording where there was none, much when there may be enough to be at it.
	some, much chan struct{}

	mu    sync.Mutex
	limit int
	items []queued
	bytes int64
}

// queued is a recording and its size when it was put, of which the queue must take away what it has added.
type queued struct {
	*recording.Recording
	size int64
}

func newQueue(limit int) *queue {
	return &queue{limit: limit, some: make(chan struct{}, 1), much: make(chan struct{}, 1)}
}

// put reports whether there was room.
func (q *queue) put(rec *recording.Recording) bool {
	size := rec.Size()
	q.mu.Lock()
	if len(q.items) >= q.limit || q.bytes+size > maxQueuedBytes {
		q.mu.Unlock()
		return false
	}
	q.items = append(q.items, queued{rec, size})
	q.bytes += size
	length, bytes := len(q.items), q.bytes
	q.mu.Unlock()
	if length == 1 {
		tell(q.some)
	}
	if length >= wakeEvery || bytes >= batchBytes {
		tell(q.much)
	}
	return true
}

// take returns the oldest recordings, at most so many, and so many bytes but for what the last has more.
func (q *queue) take(most int, bytes int64) []queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for ; n < min(most, len(q.items)) && bytes > 0; n++ {
		bytes -= q.items[n].size
		q.bytes -= q.items[n].size
	}
	taken := slices.Clone(q.items[:n])
	clear(q.items[:n]) // What is over must not be held by its old place.
	q.items = q.items[n:]
	if len(q.items) == 0 {
		q.items = nil
	} else {
		tell(q.some)
		if len(q.items) >= wakeEvery || q.bytes >= batchBytes {
			tell(q.much)
		}
	}
	return taken
}

// putBack puts what was taken and is not wanted yet in front of all others, where there is room for it in any case.
func (q *queue) putBack(taken []queued) {
	if len(taken) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(slices.Clone(taken), q.items...)
	for i := range taken {
		q.bytes += taken[i].size
	}
	tell(q.some)
}

// crowded reports whether more than half of the places are taken.
func (q *queue) crowded() bool { return q.length() > q.limit/2 }

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)
}

func tell(someone chan<- struct{}) {
	select {
	case someone <- struct{}{}:
	default:
	}
}
