package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a sink, a redactor and metrics in one.
type memory struct {
	mu       sync.Mutex
	away     bool
	hangs    bool
	rejects  string
	batches  [][]string
	recorded int
	spooled  int
	dropped  map[string]int

	sampledOut int
	// grows is how large bodies are when they are redacted, which decompresses them.
	grows int
	// largest is how much the largest batch held, in bytes.
	largest int64
}

func (m *memory) WriteRecordings(ctx context.Context, batch []*recording.Recording) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hangs {
		m.mu.Unlock()
		<-ctx.Done()
		m.mu.Lock()
		return 0, ctx.Err()
	}
	if m.away {
		return 0, errors.New("away")
	}
	var paths []string
	rejected, held := 0, int64(0)
	for _, r := range batch {
		held += r.Size()
		if r.Path == m.rejects {
			rejected++
			continue
		}
		paths = append(paths, r.Path)
	}
	m.batches, m.largest = append(m.batches, paths), max(m.largest, held)
	return rejected, nil
}

func (m *memory) written() [][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.batches)
}

func (m *memory) set(away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away = away
}

func (m *memory) Redact(r *recording.Recording) {
	r.Path += "!"
	if m.grows > 0 {
		r.Body.Content = make([]byte, m.grows)
	}
}

func (m *memory) Recorded(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.recorded += n
}
func (m *memory) Flushed(time.Duration) {}
func (m *memory) Spooled(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.spooled += n
}

func (m *memory) SampledOut() { m.sampledOut++ }

func (m *memory) Dropped(reason string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dropped == nil {
		m.dropped = map[string]int{}
	}
	m.dropped[reason] += n
}

func newRecorder(m *memory, buffer int) *recorder.Recorder {
	return recorder.New(recorder.Options{
		Sink: m, Redactor: m, Metrics: m, Logger: slog.New(slog.DiscardHandler), BufferSize: buffer,
		Exclude: []string{"/health", "/internal/**", "/files/*"},
	})
}

func record(r *recorder.Recorder, n int) {
	for i := range n {
		r.Record(&recording.Recording{Path: fmt.Sprint("/", i)})
	}
}

func TestABatchIsWrittenAfterAQuarterOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r := newRecorder(m, 10)
		r.Start()
		record(r, 3)
		time.Sleep(249 * time.Millisecond)
		synctest.Wait()
		if len(m.written()) != 0 {
			t.Errorf("written early: %v", m.written())
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if diff := cmp.Diff([][]string{{"/0!", "/1!", "/2!"}}, m.written()); diff != "" {
			t.Errorf("written, redacted (-want +got):\n%s", diff)
		}
		r.Shutdown(t.Context())
	})
}

func TestABatchOfLargeBodiesIsWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r := newRecorder(m, 100)
		r.Start()
		for range 3 {
			large := &recording.Recording{Path: "/", ResponseBody: recording.Body{Content: make([]byte, 5<<20)}}
			r.Record(large)
		}
		synctest.Wait()
		if b := m.written(); len(b) != 1 || len(b[0]) != 2 {
			t.Errorf("%d batches, want 1 of the 2 that have more than 8 MiB", len(b))
		}
		r.Shutdown(t.Context())
	})
}

// What is small while it waits may be large once it is decompressed.
func TestABatchIsAsLargeAsItsRecordingsAreWhenTheyAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{grows: 1 << 20}
		r := newRecorder(m, 100)
		record(r, 20)
		r.Start()
		synctest.Wait()
		r.Shutdown(t.Context())
		next := 0
		for i, batch := range m.written() {
			if len(batch) > 8 {
				t.Errorf("batch %d has %d recordings of 1 MiB, want 8 MiB", i, len(batch))
			}
			for _, path := range batch {
				if path != fmt.Sprintf("/%d!", next) {
					t.Errorf("%s was written, want /%d!", path, next)
				}
				next++
			}
		}
		if next != 20 {
			t.Errorf("%d were written, want 20", next)
		}
	})
}

func TestAFullBatchIsWrittenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r := newRecorder(m, 3000)
		r.Start()
		record(r, 2450)
		synctest.Wait()
		if b := m.written(); len(b) != 2 || len(b[0]) != 1000 || len(b[1]) != 1000 {
			t.Errorf("%d batches, want 2 of 1000", len(b))
		}
		r.Shutdown(t.Context())
		if m.recorded != 2450 {
			t.Errorf("%d were written in all, want 2450", m.recorded)
		}
	})
}

func TestWhatFindsNoRoomIsDroppedAndCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r := newRecorder(m, 5)
		record(r, 8) // Nobody writes yet: this must not block.
		if r.QueueLength() != 5 || m.dropped[recorder.DroppedFull] != 3 {
			t.Errorf("%d wait, %v dropped; want 5 and 3", r.QueueLength(), m.dropped)
		}
		r.Start()
		r.Shutdown(t.Context())
		if m.recorded != 5 {
			t.Errorf("%d were written, want 5", m.recorded)
		}
	})
}

func TestBodiesInMemoryAreBounded(t *testing.T) {
	m := &memory{}
	r := newRecorder(m, 1000)
	body := make([]byte, 64<<20-int((&recording.Recording{}).Size()))
	for range 6 {
		r.Record(&recording.Recording{Body: recording.Body{Content: body}})
	}
	if r.QueueLength() != 4 || m.dropped[recorder.DroppedFull] != 2 {
		t.Errorf("%d wait, %v dropped; want 4 (256 MiB) and 2", r.QueueLength(), m.dropped)
	}
	r.Shutdown(t.Context())
}

func TestRecordingsWaitWhileTheDatabaseIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{away: true}
		r := newRecorder(m, 100)
		r.Start()
		record(r, 3)
		time.Sleep(time.Minute)
		record(r, 2)
		m.set(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([][]string{{"/0!", "/1!", "/2!"}, {"/0!", "/1!"}}, m.written()); diff != "" {
			t.Errorf("written (-want +got):\n%s", diff)
		}
		if len(m.dropped) != 0 {
			t.Errorf("dropped %v", m.dropped)
		}
		r.Shutdown(t.Context())
	})
}

func TestWhatCanNeverBeStoredIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{rejects: "/1!"}
		r := newRecorder(m, 100)
		r.Start()
		record(r, 3)
		r.Shutdown(t.Context())
		if m.recorded != 2 || m.dropped[recorder.DroppedRejected] != 1 {
			t.Errorf("%d written, %v dropped; want 2 and 1", m.recorded, m.dropped)
		}
	})
}

func TestShutdownWritesWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &memory{}
		r := newRecorder(m, 1000)
		r.Start()
		record(r, 500)
		r.Shutdown(t.Context())
		r.Shutdown(t.Context())
		if m.recorded != 500 {
			t.Errorf("%d were written, want 500", m.recorded)
		}
	})
}

func TestShutdownGivesUpInTime(t *testing.T) {
	for name, m := range map[string]*memory{"away": {away: true}, "hanging": {hangs: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(m, 1000)
				r.Start()
				record(r, 500)
				start := time.Now()
				r.Shutdown(context.Background())
				if took := time.Since(start); took != 5*time.Second {
					t.Errorf("took %v, want 5s", took)
				}
				if m.dropped[recorder.DroppedShutdown] != 500 {
					t.Errorf("dropped %v, want all 500 counted", m.dropped)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				r := newRecorder(m, 1000)
				r.Start()
				record(r, 1)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				r.Shutdown(ctx)
				if took := time.Since(start); took != time.Second {
					t.Errorf("took %v, want that of the context", took)
				}
			})
		})
	}
}

func TestExcludedPathsAreNotWanted(t *testing.T) {
	r := newRecorder(&memory{}, 1)
	defer r.Shutdown(t.Context())
	for path, want := range map[string]bool{
		"/": true, "/health": false, "/healthy": true, "/internal": false, "/internal/a/b": false, "/internals": true,
		"/files/a": false, "/files/a/b": true,
	} {
		if got := r.Wants(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
