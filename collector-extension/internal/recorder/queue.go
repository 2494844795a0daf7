package recorder

import (
	"slices"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	// wakeEvery is how many recordings wait before somebody who makes a batch is woken: to be woken for each costs an exchange
	// more than to be recorded.
	wakeEvery = 250
	// stampEvery is how many recordings have one time at which they were put: reading the clock costs as much as putting one.
	stampEvery = 32
	// keptPlaces is how many places of an empty queue are kept, more than a busy one has that is not behind.
	keptPlaces = 4096
)

// queue is a bounded queue that tells when there is something, and when there is much. One takes from it, any number put.
type queue struct {
	// some has a value when there may be a recording where there was none, much when there may be enough to be at it.
	some, much chan struct{}
	made       time.Time
	// taken is what take returned last.
	taken []queued

	mu sync.Mutex
	// limit is how many wait at most, maxBytes how many bytes they have, but for one that has more by itself.
	limit    int
	maxBytes int64
	// items from first on wait, what is before is over.
	items []queued
	first int
	bytes int64
}

// queued is a recording and its size when it was put, of which the queue must take away what it has added.
type queued struct {
	*recording.Recording
	size int64
	// since is after which time from the making of the queue it was put; 0 where one before it tells: then it was put later.
	since time.Duration
}

func newQueue(limit int, maxBytes int64) *queue {
	return &queue{limit: limit, maxBytes: maxBytes, some: make(chan struct{}, 1), much: make(chan struct{}, 1), made: time.Now()}
}

// put reports whether there was room.
func (q *queue) put(rec *recording.Recording) bool {
	item := queued{Recording: rec, size: rec.Size()}
	q.mu.Lock()
	length := len(q.items) - q.first
	if length >= q.limit || length > 0 && q.bytes+item.size > q.maxBytes {
		q.mu.Unlock()
		return false
	}
	if length == 0 || len(q.items)%stampEvery == 0 {
		item.since = q.age()
	}
	if len(q.items) == cap(q.items) && q.first > length {
		// What is over makes room, and not more memory.
		n := copy(q.items, q.items[q.first:])
		clear(q.items[n:])
		q.items, q.first = q.items[:n], 0
	}
	q.items = append(q.items, item)
	q.bytes += item.size
	length++
	much := length >= wakeEvery || q.bytes >= batchBytes
	q.mu.Unlock()
	if length == 1 {
		tell(q.some)
	}
	if much {
		tell(q.much)
	}
	return true
}

// age is how long ago the queue was made; it is never 0.
func (q *queue) age() time.Duration { return time.Since(q.made) + 1 }

// take returns the oldest recordings, at most so many, and so many bytes but for what the last has more. What it returns is good until
// the next call; who is done with it clears it.
func (q *queue) take(most int, bytes int64) []queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.items[q.first:]
	n := 0
	for ; n < min(most, len(waiting)) && bytes > 0; n++ {
		bytes -= waiting[n].size
		q.bytes -= waiting[n].size
	}
	q.taken = append(q.taken[:0], waiting[:n]...)
	clear(waiting[:n]) // What is over must not be held by its old place.
	q.first += n
	switch left := len(waiting) - n; {
	case left == 0 && cap(q.items) > keptPlaces:
		q.items, q.first = nil, 0
	case left == 0:
		q.items, q.first = q.items[:0], 0
	default:
		tell(q.some)
		if left >= wakeEvery || q.bytes >= batchBytes {
			tell(q.much)
		}
	}
	return q.taken
}

// putBack puts what was taken and is not wanted yet in front of all others, where there is room for it in any case.
func (q *queue) putBack(taken []queued) {
	if len(taken) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items, q.first = slices.Concat(taken, q.items[q.first:]), 0
	for i := range taken {
		q.bytes += taken[i].size
	}
	tell(q.some)
}

// crowded reports whether more than half of the room is taken.
func (q *queue) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)-q.first > q.limit/2 || q.bytes > q.maxBytes/2
}

// behind reports whether a whole batch waits.
func (q *queue) behind() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items)-q.first >= batchSize || q.bytes >= batchBytes
}

func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items) - q.first
}

func tell(someone chan<- struct{}) {
	select {
	case someone <- struct{}{}:
	default:
	}
}
