package apitest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Fleet is a store of instances, and what they do.
type Fleet struct {
	api.WatchedInstances
	// ID is the ID of an instance that is there. Apply has it serve a version.
	ID    string
	Apply func(version int64)
	// Come registers another instance, and Leave signs one off; nil where there is room for one alone.
	Come, Leave func(id string)
}

// hang is how long a test waits for what has to come; it measures nothing.
const hang = time.Minute

// TestWatchedInstances holds a store to the comments of api.WatchedInstances. newFleet is called once per subtest.
func TestWatchedInstances(t *testing.T, newFleet func(t *testing.T) Fleet) {
	t.Helper()
	for name, run := range map[string]func(*testing.T, Fleet){
		"all who watch see the instances at once, and what they apply": watchersSee,
		"watching ends with its context":                               watchingEnds,
		"one may watch after another":                                  watchersFollow,
		"instances that come and go are seen":                          watchersSeeComeAndGo,
	} {
		t.Run(name, func(t *testing.T) { run(t, newFleet(t)) })
	}
}

// watched are the instances as one who watches them saw them last.
type watched struct {
	mu      sync.Mutex
	calls   int
	inCall  bool
	last    []scenario.Instance
	seen    chan struct{}
	ended   chan error
	endWith context.CancelFunc
}

func watchInstances(t *testing.T, fleet Fleet) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watched{seen: make(chan struct{}, 1), ended: make(chan error, 1), endWith: cancel}
	go func() {
		w.ended <- fleet.WatchInstances(ctx, func(instances []scenario.Instance) {
			w.mu.Lock()
			if w.inCall {
				t.Error("two calls at once")
			}
			w.inCall = true
			w.mu.Unlock()
			w.mu.Lock()
			w.calls, w.last, w.inCall = w.calls+1, instances, false
			w.mu.Unlock()
			select {
			case w.seen <- struct{}{}:
			default:
			}
		})
	}()
	return w
}

// until waits for instances of which good is true.
func (w *watched) until(t *testing.T, what string, good func([]scenario.Instance) bool) {
	t.Helper()
	timeout := time.NewTimer(hang)
	defer timeout.Stop()
	for {
		select {
		case <-w.seen:
		case err := <-w.ended:
			t.Fatalf("%s: watching ended: %v", what, err)
		case <-timeout.C:
			t.Fatalf("%s: never seen", what)
		}
		w.mu.Lock()
		found := w.calls > 0 && good(w.last)
		w.mu.Unlock()
		if found {
			return
		}
	}
}

// end ends watching, which must return at once and without an error.
func (w *watched) end(t *testing.T) {
	t.Helper()
	w.endWith()
	timeout := time.NewTimer(hang)
	defer timeout.Stop()
	select {
	case err := <-w.ended:
		if err != nil {
			t.Errorf("WatchInstances: %v, want nil once its context has ended", err)
		}
	case <-timeout.C:
		t.Fatal("WatchInstances does not return")
	}
}

func serving(id string, version int64) func([]scenario.Instance) bool {
	return func(instances []scenario.Instance) bool {
		return slices.ContainsFunc(instances, func(i scenario.Instance) bool { return i.ID == id && i.Live && i.AppliedVersion == version })
	}
}

func watchersSee(t *testing.T, fleet Fleet) {
	fleet.Apply(1)
	one, two := watchInstances(t, fleet), watchInstances(t, fleet)
	for _, w := range []*watched{one, two} {
		w.until(t, "version 1", serving(fleet.ID, 1))
	}
	for version := int64(2); version <= 4; version++ {
		fleet.Apply(version)
		for _, w := range []*watched{one, two} {
			w.until(t, "a later version", serving(fleet.ID, version))
		}
	}
	one.end(t)
	fleet.Apply(5)
	two.until(t, "a version after the other has left", serving(fleet.ID, 5))
	two.end(t)
}

func watchingEnds(t *testing.T, fleet Fleet) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := fleet.WatchInstances(ctx, func([]scenario.Instance) {}); err != nil {
		t.Errorf("WatchInstances with a context that has ended: %v", err)
	}
	calls := 0
	ctx, cancel = context.WithTimeout(t.Context(), hang)
	defer cancel()
	if err := fleet.WatchInstances(ctx, func([]scenario.Instance) { calls++; cancel() }); err != nil || calls != 1 {
		t.Errorf("ended by the first call: %d calls, %v", calls, err)
	}
}

func watchersFollow(t *testing.T, fleet Fleet) {
	for version := int64(1); version <= 3; version++ {
		w := watchInstances(t, fleet)
		fleet.Apply(version)
		w.until(t, "the version", serving(fleet.ID, version))
		w.end(t)
	}
}

func watchersSeeComeAndGo(t *testing.T, fleet Fleet) {
	if fleet.Come == nil {
		t.Skip("there is room for one instance")
	}
	w := watchInstances(t, fleet)
	fleet.Come("another")
	w.until(t, "who has come", serving("another", 0))
	fleet.Leave("another")
	w.until(t, "who has left", func(instances []scenario.Instance) bool { return !serving("another", 0)(instances) })
	w.end(t)
}
