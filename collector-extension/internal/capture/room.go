// Package capture keeps what the recording of an exchange may have of its contents, within bounds.
package capture

import "sync"

// Direction is which way bytes go in an exchange, as recordings have it.
type Direction string

// The directions.
const (
	FromClient Direction = "in"
	ToClient   Direction = "out"
)

// index returns the index of a direction in a list of both.
func (d Direction) index() int {
	if d == FromClient {
		return 0
	}
	return 1
}

// Room is how many bytes of the contents of one exchange may still be kept: of its request, its answer and its messages
// together, as they come. Each direction has an eighth of it to itself, so that a large request does not leave its answer
// unrecorded, or the other way round. A nil Room has none. It may be used by several goroutines at once.
type Room struct {
	mu   sync.Mutex
	left int
	// reserved is what each direction has to itself and has not used.
	reserved [2]int
}

// NewRoom returns a room of limit bytes.
func NewRoom(limit int) *Room {
	r := new(Room)
	r.Begin(limit)
	return r
}

// Begin gives a new room its size in bytes.
func (r *Room) Begin(limit int) { r.left, r.reserved = limit, [2]int{limit / 8, limit / 8} }

// Take takes up to n bytes for a direction, and returns how many it got.
func (r *Room) Take(d Direction, n int) int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := d.index()
	n = min(n, max(0, r.left-r.reserved[1-at]))
	r.left -= n
	r.reserved[at] = max(0, r.reserved[at]-n)
	return n
}

// TakeAll takes n bytes for a direction, or none where there is no room for all of them, and reports which.
func (r *Room) TakeAll(d Direction, n int) bool {
	if got := r.Take(d, n); got < n {
		r.Give(got)
		return false
	}
	return true
}

// Available returns how many bytes Take would get at most.
func (r *Room) Available(d Direction) int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.left-r.reserved[1-d.index()])
}

// Give gives back n bytes that were taken and are not kept after all.
func (r *Room) Give(n int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
}

// End is called when nothing more comes in a direction: what was reserved for it is for both.
func (r *Room) End(d Direction) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reserved[d.index()] = 0
}
