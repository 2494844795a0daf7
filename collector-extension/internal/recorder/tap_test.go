package recorder_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// counted is what is counted of taps.
type counted struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *counted) add(key string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[key] += n
}

func (c *counted) TapOpened(name string)              { c.add(name+" opened", 1) }
func (c *counted) TapDelivered(name string, n int)    { c.add(name+" delivered", n) }
func (c *counted) TapLost(name, reason string, n int) { c.add(name+" "+reason, n) }

func (c *counted) all() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	copied := map[string]int{}
	for key, n := range c.counts {
		copied[key] = n
	}
	return copied
}

func tappable(m *memory, sink recorder.Sink, size int) (*recorder.Recorder, *counted) {
	c := &counted{}
	return recorder.New(recorder.Options{
		Sink: sink, Redactor: m, Metrics: m, Logger: slog.New(slog.DiscardHandler), BufferSize: size, Taps: c, Exporters: "exporters", Exclude: []string{"/health"},
	}), c
}

func tap(t *testing.T, r *recorder.Recorder, name string, size int) *recorder.Tap {
	t.Helper()
	opened, err := r.Tap(recorder.TapOptions{Name: name, BufferSize: size, BufferBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// waiting returns the paths of what is in a tap.
func waiting(t *testing.T, r *recorder.Recorder, tapped *recorder.Tap) (paths []string) {
	t.Helper()
	tapped.Close(t.Context())
	for {
		batch := tapped.Take(t.Context(), 2, math.MaxInt64)
		if len(batch) == 0 {
			return paths
		}
		for _, rec := range batch {
			paths = append(paths, rec.Path)
		}
	}
}

func TestTapsHaveWhatIsStoredAndRedacted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r, c := tappable(m, m, 100)
		r.Start()
		record(r, 1) // Before it was opened.
		time.Sleep(time.Second)
		one, other := tap(t, r, "one", 100), tap(t, r, "other", 2)
		record(r, 5)
		r.Record(&recording.Recording{Path: "/sent", Gateway: "exporters"})
		want := []string{"/0!", "/1!", "/2!", "/3!", "/4!"}
		if diff := cmp.Diff(want, waiting(t, r, one)); diff != "" {
			t.Errorf("tapped (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want[:2], waiting(t, r, other)); diff != "" {
			t.Errorf("tapped where there is room for two (-want +got):\n%s", diff)
		}
		record(r, 3)
		r.Shutdown(t.Context())
		if m.recorded != 10 || len(m.dropped) != 0 {
			t.Errorf("%d are stored, %v dropped; want all 10", m.recorded, m.dropped)
		}
		if diff := cmp.Diff(map[string]int{
			"one opened": 1, "one stopped": 3, "other opened": 1, "other queue_full": 3, "other stopped": 3,
		}, c.all()); diff != "" {
			t.Errorf("counted (-want +got):\n%s", diff)
		}
	})
}

func TestTapsWorkWithoutASink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r, c := tappable(m, nil, 10)
		if r.Wants("/orders") {
			t.Error("nobody is there to have recordings, and yet they are wanted")
		}
		tapped := tap(t, r, "one", 100)
		if !r.Wants("/orders") || r.Wants("/health") {
			t.Error("recordings are not wanted, or those that are excluded")
		}
		record(r, 30) // More than wait for a redaction in the background.
		r.Start()
		if n := len(waiting(t, r, tapped)); n != 30 {
			t.Errorf("%d of 30 came out", n)
		}
		if r.Wants("/orders") {
			t.Error("the tap is closed, and yet recordings are wanted")
		}
		r.Shutdown(t.Context())
		if len(m.dropped) != 0 || len(c.all()) != 1 {
			t.Errorf("dropped %v, counted %v", m.dropped, c.all())
		}
	})
}

func TestTapsHaveWhatFindsNoRoomForTheDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r, _ := tappable(m, m, 5)
		tapped := tap(t, r, "one", 100)
		record(r, 8)
		r.Start()
		if diff := cmp.Diff([]string{"/5!", "/6!", "/7!", "/0!", "/1!", "/2!", "/3!", "/4!"}, waiting(t, r, tapped)); diff != "" {
			t.Errorf("tapped (-want +got):\n%s", diff)
		}
		r.Shutdown(t.Context())
		if m.recorded != 5 || m.dropped[recorder.DroppedFull] != 3 {
			t.Errorf("%d are stored, %v dropped; want 5 and 3", m.recorded, m.dropped)
		}
	})
}

// A database that keeps the recorder waiting keeps no tap from closing, and one that nobody takes from keeps nothing from being stored.
func TestTapsAndSinksDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{away: true}
		r, c := tappable(m, m, 100)
		r.Start()
		tapped := tap(t, r, "one", 3)
		record(r, 1)
		time.Sleep(time.Second) // The first is being tried, the second waits to be handed over.
		record(r, 1)
		time.Sleep(time.Second)
		record(r, 2)
		start := time.Now()
		tapped.Close(t.Context())
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("it took %v to close", took)
		}
		tapped.Abandon(recorder.LostShutdown)
		m.set(false)
		time.Sleep(time.Minute)
		r.Shutdown(t.Context())
		if m.recorded != 4 {
			t.Errorf("%d of 4 are stored", m.recorded)
		}
		counts := c.all()
		if n := counts["one shutdown"] + counts["one stopped"] + counts["one queue_full"]; n != 4 {
			t.Errorf("counted %v, want 4 in all", counts)
		}
	})
}

func TestATapIsOpenedOnceByItsName(t *testing.T) {
	m := &memory{}
	r, _ := tappable(m, m, 100)
	r.Start()
	defer r.Shutdown(t.Context())
	first := tap(t, r, "one", 1)
	if _, err := r.Tap(recorder.TapOptions{Name: "one", BufferSize: 1, BufferBytes: 1}); err == nil {
		t.Error("it is open twice")
	}
	first.Close(t.Context())
	first.Close(t.Context())
	tap(t, r, "one", 1)
	if queues := r.TapQueues(); len(queues) != 1 {
		t.Errorf("there are %v", queues)
	}
	if _, err := newRecorder(m, 1).Tap(recorder.TapOptions{}); err == nil {
		t.Error("a recorder without taps has one")
	}
}

func TestTakeEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r, _ := tappable(m, nil, 100)
		r.Start()
		defer r.Shutdown(t.Context())
		tapped := tap(t, r, "one", 10)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if batch := tapped.Take(ctx, 1, 1); batch != nil {
			t.Errorf("took %v of nothing", batch)
		}
	})
}

// However many record while a tap closes, each recording comes out of it or is counted.
func TestNoneIsMissingWhereATapCloses(t *testing.T) {
	m := &memory{}
	r, c := tappable(m, nil, 10)
	r.Start()
	tapped := tap(t, r, "one", 50)
	var recording sync.WaitGroup
	const writers, each = 4, 500
	for i := range writers {
		recording.Go(func() {
			for j := range each {
				r.Record(recordingOf(fmt.Sprintf("/%d/%d", i, j)))
			}
		})
	}
	taken := 0
	for taken < 100 {
		taken += len(tapped.Take(t.Context(), 10, math.MaxInt64))
	}
	tapped.Close(t.Context())
	for batch := tapped.Take(t.Context(), 10, math.MaxInt64); len(batch) > 0; batch = tapped.Take(t.Context(), 10, math.MaxInt64) {
		taken += len(batch)
	}
	recording.Wait()
	r.Shutdown(t.Context())
	counts := c.all()
	if lost := counts["one queue_full"] + counts["one stopped"]; taken+lost != writers*each || int64(lost) != tapped.LostSoFar() {
		t.Errorf("%d taken and %v of %d", taken, counts, writers*each)
	}
}

func recordingOf(path string) *recording.Recording { return &recording.Recording{Path: path} }
