package recorder

import (
	"fmt"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func numbered(i, size int) *recording.Recording {
	return &recording.Recording{Path: fmt.Sprint(i), ResponseBody: recording.Body{Content: make([]byte, size)}}
}

func told(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}

func TestTheQueueKeepsTheOrderAndItsLimits(t *testing.T) {
	q := newQueue(5, maxQueuedBytes)
	for i := range 7 {
		if q.put(numbered(i, 10)) != (i < 5) {
			t.Errorf("the recording %d of 5 that fit", i+1)
		}
	}
	next, one := 0, numbered(0, 10).Size()
	for _, step := range []struct {
		most  int
		bytes int64
		want  int
	}{{2, 10 * one, 2}, {5, one + one/2, 2}, {5, 0, 0}, {5, 1, 1}, {5, 10 * one, 0}} {
		taken := q.take(step.most, step.bytes)
		if len(taken) != step.want {
			t.Errorf("%d were taken of at most %d with %d bytes, want %d", len(taken), step.most, step.bytes, step.want)
		}
		for _, rec := range taken {
			if rec.Path != fmt.Sprint(next) {
				t.Errorf("%s was taken, want %d", rec.Path, next)
			}
			next++
		}
	}
	if q.length() != 0 || q.bytes != 0 {
		t.Errorf("%d recordings and %d bytes are left", q.length(), q.bytes)
	}
	if !q.put(numbered(7, 10)) {
		t.Error("there is no room in an empty queue")
	}
}

func TestTheQueueTellsOfTheFirstAndOfMany(t *testing.T) {
	q := newQueue(1000, maxQueuedBytes)
	for i := range wakeEvery - 1 {
		q.put(numbered(i, 0))
		if first := told(q.some); first != (i == 0) || told(q.much) {
			t.Errorf("recording %d: first %t, or told of many", i+1, first)
		}
	}
	if q.put(numbered(0, 0)); !told(q.much) {
		t.Errorf("nobody was told of %d", wakeEvery)
	}
	q.take(1000, 1)
	q.put(numbered(0, batchBytes))
	if !told(q.some) || !told(q.much) {
		t.Error("nobody was told of what makes a batch by its size")
	}
	q.put(numbered(1, 0))
	if q.take(1, 1); !told(q.some) {
		t.Error("nobody was told of what was left behind")
	}
}

func TestWhatIsPutBackIsNext(t *testing.T) {
	q := newQueue(3, maxQueuedBytes)
	for i := range 3 {
		q.put(numbered(i, 10))
	}
	bytes := q.bytes
	taken := q.take(2, 1<<20)
	q.putBack(taken[1:])
	q.putBack(nil)
	if !told(q.some) || q.length() != 2 || q.bytes != bytes-taken[0].size {
		t.Errorf("%d recordings and %d bytes wait", q.length(), q.bytes)
	}
	for i, rec := range q.take(5, 1<<20) {
		if rec.Path != fmt.Sprint(i+1) {
			t.Errorf("%s was taken, want %d", rec.Path, i+1)
		}
	}
}

// Whatever a recording holds counts: many messages without a body fill the queue, too.
func TestTheQueueCountsAllThatRecordingsHold(t *testing.T) {
	texts := make(recording.Values)
	texts["X"] = []string{string(make([]byte, 64<<20))}
	for name, large := range map[string]*recording.Recording{
		"messages": {Messages: []recording.Message{{Body: recording.Body{Content: make([]byte, 64<<20)}}}},
		"headers":  {Headers: texts},
		"texts":    {Operation: texts["X"][0]},
	} {
		q := newQueue(100, maxQueuedBytes)
		for q.put(large) {
		}
		if q.length() != 3 || q.bytes > maxQueuedBytes {
			t.Errorf("%s: %d recordings with %d bytes wait, want 3 of 64 MiB and a little more", name, q.length(), q.bytes)
		}
	}
}
