package recorder_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// slow is a database that takes rows at a pace, all or nothing, until its caller gives up.
type slow struct {
	memory
	// row is how long a recording takes, most how many go at once at most (0: any number).
	row  time.Duration
	most int
	// stuck is the path of a recording that never comes to an end, frozen reports whether nothing does.
	stuck  string
	frozen bool
	// known are the ids that are stored.
	known map[uuid.UUID]bool
	sizes []int
}

func (s *slow) WriteRecordings(ctx context.Context, batch []*recording.Recording) (int, error) {
	s.mu.Lock()
	row, frozen, stuck := s.row, s.frozen, s.stuck
	s.sizes = append(s.sizes, len(batch))
	s.mu.Unlock()
	if s.most > 0 && len(batch) > s.most {
		return 0, fmt.Errorf("%w: out of memory", recorder.ErrTooMuch)
	}
	wait := time.Duration(len(batch)) * row
	if frozen || slices.ContainsFunc(batch, func(r *recording.Recording) bool { return r.Path == stuck }) {
		wait = 24 * time.Hour
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var paths []string
	for _, r := range batch {
		if !s.known[r.ID] {
			s.known[r.ID] = true
			paths = append(paths, r.Path)
		}
	}
	s.batches = append(s.batches, paths)
	return 0, nil
}

func (s *slow) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *slow) lost() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

func newSlow(row time.Duration) *slow { return &slow{row: row, known: map[uuid.UUID]bool{}} }

// recordKnown records n that have ids.
func recordKnown(r *recorder.Recorder, from, to int) {
	for i := from; i < to; i++ {
		r.Record(&recording.Recording{ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)), Path: fmt.Sprint("/", i)})
	}
}

func recorderOf(s *slow, spool *spool.Spool) *recorder.Recorder {
	return recorder.New(recorder.Options{
		Sink: s, Redactor: s, Metrics: s, Logger: slog.New(slog.DiscardHandler), BufferSize: 5000, Spool: spool,
	})
}

// each runs a test with recordings that wait in memory, and on disk.
func each(t *testing.T, test func(t *testing.T, s *slow, r *recorder.Recorder)) {
	for _, disk := range []bool{false, true} {
		t.Run(map[bool]string{false: "in memory", true: "on disk"}[disk], func(t *testing.T) {
			directory := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				var waiting *spool.Spool
				if disk {
					var err error
					if waiting, err = spool.Open(spool.Options{Directory: directory, MaxBytes: 64 << 20}); err != nil {
						t.Fatal(err)
					}
					defer waiting.Close()
				}
				s := newSlow(0)
				r := recorderOf(s, waiting)
				test(t, s, r)
				r.Shutdown(t.Context())
			})
		})
	}
}

// The input of the issue: 20 rows a second, and batches of 1,000.
func TestADatabaseThatTakesTwentyRowsASecondGetsAllOfThem(t *testing.T) {
	each(t, func(t *testing.T, s *slow, r *recorder.Recorder) {
		s.row = 50 * time.Millisecond
		r.Start()
		recordKnown(r, 0, 3000)
		time.Sleep(5 * time.Minute) // 150 s are the least that they need.
		synctest.Wait()
		if diff := cmp.Diff(expected(3000), s.paths()); diff != "" || len(s.lost()) != 0 {
			t.Errorf("dropped %v, written (-want +got):\n%s", s.lost(), diff)
		}
		if s.recorded != 3000 {
			t.Errorf("%d were counted", s.recorded)
		}
		// Quick again, it gets whole batches again.
		s.set(func() { s.row, s.sizes = 0, nil })
		for range 20 {
			recordKnown(r, 3000, 4000)
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		if last := s.sizes[len(s.sizes)-1]; last != 1000 {
			t.Errorf("batches of %v, want 1000 in the end", s.sizes)
		}
	})
}

func TestBatchesThatTheServerRefusesAreHalved(t *testing.T) {
	each(t, func(t *testing.T, s *slow, r *recorder.Recorder) {
		s.most = 3
		r.Start()
		recordKnown(r, 0, 1000)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff(expected(1000), s.paths()); diff != "" || len(s.lost()) != 0 {
			t.Errorf("dropped %v, written (-want +got):\n%s", s.lost(), diff)
		}
	})
}

func TestADatabaseThatIsFrozenForLongLosesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *slow, r *recorder.Recorder) {
		s.frozen = true
		r.Start()
		recordKnown(r, 0, 700)
		time.Sleep(12 * time.Hour)
		s.set(func() { s.frozen = false })
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(expected(700), s.paths()); diff != "" || len(s.lost()) != 0 {
			t.Errorf("dropped %v, written (-want +got):\n%s", s.lost(), diff)
		}
	})
}

func TestOneThatNeverEndsDoesNotHoldUpTheOthers(t *testing.T) {
	each(t, func(t *testing.T, s *slow, r *recorder.Recorder) {
		s.stuck = "/3!"
		r.Start()
		recordKnown(r, 0, 300)
		time.Sleep(20 * time.Minute)
		recordKnown(r, 300, 400)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		others := slices.DeleteFunc(expected(400), func(path string) bool { return path == s.stuck })
		if diff := cmp.Diff(others, s.paths()); diff != "" {
			t.Errorf("written (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff(map[string]int{recorder.DroppedTimedOut: 1}, s.lost()); diff != "" {
			t.Errorf("dropped (-want +got):\n%s", diff)
		}
		if r.SpooledBytes() != 0 {
			t.Errorf("%d bytes are left", r.SpooledBytes())
		}
	})
}

// One that was only stuck for a while, such as by a lock on the day that it is of, is stored in the end.
func TestOneThatIsStuckForAWhileIsStored(t *testing.T) {
	directory := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		waiting := openSpool(t, directory)
		defer waiting.Close()
		s := newSlow(0)
		s.stuck = "/0!"
		r := recorderOf(s, waiting)
		r.Start()
		recordKnown(r, 0, 100)
		time.Sleep(40 * time.Minute)
		s.set(func() { s.stuck = "" })
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(expected(100), s.paths()); diff != "" || len(s.lost()) != 0 {
			t.Errorf("dropped %v, written (-want +got):\n%s", s.lost(), diff)
		}
		r.Shutdown(t.Context())
	})
}

// A connection that breaks is no reason for smaller batches.
func TestAnotherErrorLeavesBatchesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &failing{memory: &memory{}}
		r := recorder.New(recorder.Options{Sink: m, Redactor: m, Metrics: m, Logger: slog.New(slog.DiscardHandler), BufferSize: 5000})
		r.Start()
		record(r, 1000)
		time.Sleep(time.Minute)
		synctest.Wait()
		if b := m.written(); len(b) != 1 || len(b[0]) != 1000 {
			t.Errorf("%d batches, want one of 1000", len(b))
		}
		r.Shutdown(t.Context())
	})
}

// failing fails three times.
type failing struct {
	*memory
	times int
}

func (f *failing) WriteRecordings(ctx context.Context, batch []*recording.Recording) (int, error) {
	if f.times++; f.times <= 3 {
		return 0, errors.New("connection reset")
	}
	return f.memory.WriteRecordings(ctx, batch)
}
