package gateway

import "sync"

// room is how many bytes of the contents of one exchange may still be kept: of its request, its answer and its messages
// together, as they come. Each direction has an eighth of it to itself, so that a large request does not leave its answer
// unrecorded, or the other way round. A nil room has none.
type room struct {
	mu   sync.Mutex
	left int
	// reserved is what the client's direction and the upstream's have to themselves, and have not used.
	reserved [2]int
}

func newRoom(limit int) *room {
	r := new(room)
	r.begin(limit)
	return r
}

// begin gives a new room its size in bytes.
func (r *room) begin(limit int) { r.left, r.reserved = limit, [2]int{limit / 8, limit / 8} }

// side is the index of a direction in reserved.
func side(direction string) int {
	if direction == fromClient {
		return 0
	}
	return 1
}

// take is how many of n bytes may be kept. They are taken.
func (r *room) take(direction string, n int) int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := side(direction)
	n = min(n, max(0, r.left-r.reserved[1-at]))
	r.left -= n
	r.reserved[at] = max(0, r.reserved[at]-n)
	return n
}

// takeAll takes n bytes, or none where there is no room for all of them.
func (r *room) takeAll(direction string, n int) bool {
	if got := r.take(direction, n); got < n {
		r.give(got)
		return false
	}
	return true
}

// available is how many bytes take would give.
func (r *room) available(direction string) int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(0, r.left-r.reserved[1-side(direction)])
}

// give gives back what was taken and is not kept after all.
func (r *room) give(n int) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left += n
}

// end is called when nothing more comes in a direction: what was reserved for it is for both.
func (r *room) end(direction string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reserved[side(direction)] = 0
}
