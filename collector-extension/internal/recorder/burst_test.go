package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// roomy has room for a burst in memory, and a spool.
func roomy(t *testing.T, s *slow, directory string) (*recorder.Recorder, *spool.Spool) {
	t.Helper()
	waiting, err := spool.Open(spool.Options{Directory: directory, MaxBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return recorder.New(recorder.Options{
		Sink: s, Redactor: s, Metrics: s, Logger: slog.New(slog.DiscardHandler), BufferSize: 100_000, Spool: waiting,
	}), waiting
}

// What the database takes a moment later does not go through the disk.
func TestABurstWaitsInMemory(t *testing.T) {
	directory := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(100 * time.Microsecond) // 10,000 a second
		r, waiting := roomy(t, s, directory)
		defer waiting.Close()
		r.Start()
		recordKnown(r, 0, 8000)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(expected(8000), s.paths()); diff != "" || s.spooled != 0 || len(s.lost()) != 0 {
			t.Errorf("%d went through the disk, %v dropped, written (-want +got):\n%s", s.spooled, s.lost(), diff)
		}
		r.Shutdown(t.Context())
	})
}

// A collector that is killed loses what is in memory: so it has no more of it than of about a second.
func TestNothingWaitsInMemoryForLong(t *testing.T) {
	directory := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(5 * time.Millisecond) // 200 a second, and 1,000 come
		r, waiting := roomy(t, s, directory)
		defer waiting.Close()
		r.Start()
		for second := range 20 {
			for i := range 100 {
				recordKnown(r, 1000*second+10*i, 1000*second+10*i+10)
				time.Sleep(10 * time.Millisecond)
			}
			if n := r.QueueLength(); n > 1500 {
				t.Errorf("%d wait in memory after %d s, want those of a second and of the time for a batch", n, second+1)
			}
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(expected(20_000), s.paths()); diff != "" || s.spooled == 0 || len(s.lost()) != 0 {
			t.Errorf("%d went through the disk, %v dropped, written (-want +got):\n%s", s.spooled, s.lost(), diff)
		}
		r.Shutdown(t.Context())
	})
}

func TestRoomInMemoryIsCountedInBytes(t *testing.T) {
	m := &memory{}
	r := recorder.New(recorder.Options{Sink: m, Redactor: m, Metrics: m, Logger: slog.New(slog.DiscardHandler), BufferSize: 1000, BufferBytes: 1 << 20})
	large := &recording.Recording{Body: recording.Body{Content: make([]byte, 2<<20)}}
	r.Record(large) // by itself
	r.Record(large)
	r.Record(&recording.Recording{})
	if r.QueueLength() != 1 || m.dropped[recorder.DroppedFull] != 2 {
		t.Errorf("%d wait, %v dropped; want 1 and 2", r.QueueLength(), m.dropped)
	}
	r.Shutdown(t.Context())
}

// meeting is a sink whose first write ends once a second one is under way, which fails as often as it is to.
type meeting struct {
	*memory
	met   chan struct{}
	mu    sync.Mutex
	calls int
	fails int
}

func (m *meeting) WriteRecordings(ctx context.Context, batch []*recording.Recording) (int, error) {
	m.mu.Lock()
	m.calls++
	call := m.calls
	m.mu.Unlock()
	switch call {
	case 1:
		<-m.met
	case 2:
		close(m.met)
	}
	if call > 1 && call <= 1+m.fails {
		return 0, errors.New("connection reset")
	}
	return m.memory.WriteRecordings(ctx, batch)
}

func TestTwoBatchesAreWrittenAtOnceWhereMoreWait(t *testing.T) {
	for _, disk := range []bool{false, true} {
		for _, fails := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("disk %t, %d fail", disk, fails), func(t *testing.T) {
				directory := t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					m := &meeting{memory: &memory{}, met: make(chan struct{}), fails: fails}
					options := recorder.Options{Sink: m, Redactor: m, Metrics: m, Logger: slog.New(slog.DiscardHandler), BufferSize: 100_000}
					if disk {
						waiting, err := spool.Open(spool.Options{Directory: directory, MaxBytes: 64 << 20})
						if err != nil {
							t.Fatal(err)
						}
						defer waiting.Close()
						options.Spool = waiting
					}
					r := recorder.New(options)
					record(r, 5500)
					r.Start()
					time.Sleep(time.Minute)
					synctest.Wait()
					if diff := cmp.Diff(expected(5500), m.paths()); diff != "" || len(m.dropped) != 0 || m.recorded != 5500 {
						t.Errorf("%d counted, %v dropped, written (-want +got):\n%s", m.recorded, m.dropped, diff)
					}
					r.Shutdown(t.Context())
				})
			})
		}
	}
}

// alone is a sink that notes whether it was ever asked by two at once.
type alone struct {
	*memory
	under, twice atomic.Int32
}

func (a *alone) WriteRecordings(ctx context.Context, batch []*recording.Recording) (int, error) {
	if a.under.Add(1) > 1 {
		a.twice.Add(1)
	}
	defer a.under.Add(-1)
	time.Sleep(time.Second)
	return a.memory.WriteRecordings(ctx, batch)
}

func TestOneWriterIsEnoughWhereNoMoreAreAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &alone{memory: &memory{}}
		r := recorder.New(recorder.Options{Sink: a, Redactor: a, Metrics: a, Logger: slog.New(slog.DiscardHandler), BufferSize: 100_000, Writers: 1})
		record(r, 5500)
		r.Start()
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(expected(5500), a.paths()); diff != "" || a.twice.Load() != 0 {
			t.Errorf("two wrote at once %d times, written (-want +got):\n%s", a.twice.Load(), diff)
		}
		r.Shutdown(t.Context())
	})
}

// What the one that helps could not write is accounted for at the end, too.
func TestTheEndAccountsForWhatTwoWereWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{hangs: true}
		r := newRecorder(m, 100_000)
		record(r, 5500)
		r.Start()
		synctest.Wait()
		r.Shutdown(context.Background())
		if m.dropped[recorder.DroppedShutdown] != 5500 {
			t.Errorf("dropped %v, want all 5500 counted", m.dropped)
		}
	})
}
