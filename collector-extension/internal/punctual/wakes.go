package punctual

import "time"

// removed is the place of what is not in a heap.
const removed = -1

// wake is when the scheduler is to be awake, and its place in the heap.
type wake struct {
	at    time.Time
	place int
}

// wakes is a heap.Interface, the next wake first.
type wakes []*wake

func (w wakes) Len() int           { return len(w) }
func (w wakes) Less(i, j int) bool { return w[i].at.Before(w[j].at) }

func (w wakes) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].place, w[j].place = i, j
}

// Push adds a wake at the end, as heap.Push wants it.
func (w *wakes) Push(x any) {
	added := x.(*wake)
	added.place = len(*w)
	*w = append(*w, added)
}

// Pop removes the last, as heap.Pop wants it.
func (w *wakes) Pop() any {
	last := len(*w) - 1
	popped := (*w)[last]
	popped.place = removed
	(*w)[last] = nil
	*w = (*w)[:last]
	return popped
}
