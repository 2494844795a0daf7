package recorder_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func openSpool(t *testing.T, directory string) *spool.Spool {
	t.Helper()
	s, err := spool.Open(spool.Options{Directory: directory, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spooling has a queue of 100 and a spool of 1 MiB.
func spooling(m *memory, s *spool.Spool) *recorder.Recorder {
	return recorder.New(recorder.Options{
		Sink: m, Redactor: m, Metrics: m, Logger: slog.New(slog.DiscardHandler), BufferSize: 100, Spool: s,
	})
}

// paths returns what was written, sorted.
func (m *memory) paths() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := slices.Concat(m.batches...)
	slices.Sort(all)
	return all
}

func expected(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("/%d!", i))
	}
	slices.Sort(all)
	return all
}

// recordSlowly records n, a hundred a second.
func recordSlowly(r *recorder.Recorder, from, to int) {
	for i := from; i < to; i++ {
		r.Record(&recording.Recording{Path: fmt.Sprint("/", i)})
		time.Sleep(10 * time.Millisecond)
	}
}

func TestRecordingsThatFindNoRoomInMemoryWaitOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{}, openSpool(t, t.TempDir())
		defer s.Close()
		r := spooling(m, s)
		for i := range 150 { // before anything takes them out of the queue of 100
			r.Record(&recording.Recording{Path: fmt.Sprint("/", i)})
		}
		if m.spooled != 50 || len(m.dropped) != 0 {
			t.Errorf("%d on disk, dropped %v, want 50 and none", m.spooled, m.dropped)
		}
		r.Start()
		time.Sleep(10 * time.Second)
		r.Shutdown(t.Context())
		if diff := cmp.Diff(expected(150), m.paths()); diff != "" {
			t.Errorf("written, each once and redacted (-want +got):\n%s", diff)
		}
	})
}

// A recording of many short headers holds several times what it has on disk.
func TestBatchesFromDiskAreBoundedByWhatTheyHold(t *testing.T) {
	headers := recording.Values{}
	for i := range 1000 {
		headers[fmt.Sprint(i)] = []string{""}
	}
	synctest.Test(t, func(t *testing.T) {
		m := &memory{away: true}
		s, err := spool.Open(spool.Options{Directory: t.TempDir(), MaxBytes: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		r := spooling(m, s)
		r.Start()
		for i := range 300 {
			r.Record(&recording.Recording{Path: fmt.Sprint("/", i), Headers: headers})
			time.Sleep(10 * time.Millisecond)
		}
		synctest.Wait()
		m.set(false)
		time.Sleep(10 * time.Second)
		r.Shutdown(t.Context())
		if diff := cmp.Diff(expected(300), m.paths()); diff != "" {
			t.Errorf("written, each once (-want +got):\n%s", diff)
		}
		if one := (&recording.Recording{Headers: headers}).Size(); m.largest > 8<<20+2*one {
			t.Errorf("a batch held %d bytes, want 8 MiB and a recording at most", m.largest)
		}
	})
}

func TestRecordingsWaitOnDiskWhileTheDatabaseIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{away: true}, openSpool(t, t.TempDir())
		defer s.Close()
		r := spooling(m, s)
		r.Start()
		recordSlowly(r, 0, 1500) // Far more than the queue holds.
		synctest.Wait()
		if r.SpooledBytes() == 0 || m.spooled < 1400 {
			t.Errorf("%d bytes, %d recordings on disk", r.SpooledBytes(), m.spooled)
		}
		m.set(false)
		recordSlowly(r, 1500, 1600)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff(expected(1600), m.paths()); diff != "" {
			t.Errorf("written, each once and redacted (-want +got):\n%s", diff)
		}
		if r.SpooledBytes() != 0 || len(m.dropped) != 0 || m.recorded != 1600 {
			t.Errorf("%d bytes left, %v dropped, %d counted as stored", r.SpooledBytes(), m.dropped, m.recorded)
		}
		r.Shutdown(t.Context())
	})
}

func TestRecordingsWaitOnDiskWhileTheDatabaseHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{hangs: true}, openSpool(t, t.TempDir())
		defer s.Close()
		r := spooling(m, s)
		r.Start()
		recordSlowly(r, 0, 1000)
		m.mu.Lock()
		m.hangs = false
		m.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff(expected(1000), m.paths()); diff != "" || len(m.dropped) != 0 {
			t.Errorf("dropped %v, written (-want +got):\n%s", m.dropped, diff)
		}
		r.Shutdown(t.Context())
	})
}

func TestWhatIsOnDiskIsLoadedByTheNextProcess(t *testing.T) {
	directory := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{away: true}, openSpool(t, directory)
		r := spooling(m, s)
		r.Start()
		recordSlowly(r, 0, 300)
		start := time.Now()
		r.Shutdown(context.Background())
		if took := time.Since(start); took > time.Second {
			t.Errorf("stopping took %v although the disk was there", took)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if m.recorded != 0 || len(m.dropped) != 0 {
			t.Errorf("%d stored, %v dropped", m.recorded, m.dropped)
		}

		next, s := &memory{}, openSpool(t, directory)
		defer s.Close()
		r = spooling(next, s)
		r.Start()
		time.Sleep(time.Second)
		synctest.Wait()
		want := expected(300)
		if diff := cmp.Diff(want, next.paths()); diff != "" {
			t.Errorf("written by the next process (-want +got):\n%s", diff)
		}
		r.Shutdown(t.Context())
	})
}

func TestAHangingDatabaseDoesNotLoseWhatIsHeldAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{hangs: true}, openSpool(t, t.TempDir())
		defer s.Close()
		r := spooling(m, s)
		r.Start()
		record(r, 100)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		r.Shutdown(ctx)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %v, want that of the context at most", took)
		}
		synctest.Wait()
		if s.Len() != 100 || len(m.dropped) != 0 {
			t.Errorf("%d on disk, %v dropped; want all 100 on disk", s.Len(), m.dropped)
		}
	})
}

func TestTheOldestOnDiskMakeRoomAndAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{away: true}, openSpool(t, t.TempDir())
		defer s.Close()
		r := spooling(m, s)
		r.Start()
		body := []byte(strings.Repeat("x", 100_000))
		for i := range 30 {
			r.Record(&recording.Recording{Path: fmt.Sprint("/", i), Body: recording.Body{Content: body}})
			time.Sleep(time.Second)
		}
		m.set(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		dropped := m.dropped[recorder.DroppedSpoolFull]
		if dropped < 15 || m.recorded+dropped != 30 {
			t.Errorf("%v dropped, %d stored, want all 30 accounted for", m.dropped, m.recorded)
		}
		if paths := m.paths(); !slices.Contains(paths, "/29!") {
			t.Errorf("stored %v, want the newest", paths)
		}
		r.Shutdown(t.Context())
	})
}

func TestWhatCannotBeKeptOrReadIsCounted(t *testing.T) {
	directory := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		m, s := &memory{away: true}, openSpool(t, directory)
		r := spooling(m, s)
		r.Start()
		record(r, 10)
		r.Record(&recording.Recording{Body: recording.Body{Content: make([]byte, 2<<20)}})
		time.Sleep(time.Second)
		r.Shutdown(t.Context())
		s.Close()
		if m.dropped[recorder.DroppedSpoolFailed] != 1 {
			t.Errorf("dropped %v, want the one that is larger than the spool", m.dropped)
		}
		files, err := filepath.Glob(filepath.Join(directory, "*.spool"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%v %v", files, err)
		}
		info, err := os.Stat(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(files[0], info.Size()-1); err != nil {
			t.Fatal(err)
		}
		next, s := &memory{}, openSpool(t, directory)
		defer s.Close()
		r = spooling(next, s)
		r.Start()
		time.Sleep(time.Second)
		synctest.Wait()
		if next.recorded != 9 || next.dropped[recorder.DroppedDamaged] != 1 {
			t.Errorf("%d stored, %v dropped; want 9 and 1", next.recorded, next.dropped)
		}
		r.Shutdown(t.Context())
	})
}
