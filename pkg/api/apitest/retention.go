package apitest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Kept is a store that keeps recordings for some days.
type Kept struct {
	PatternStore
	// Maintain drops what is older than so many days before the day of now, by a collector that alone says so; 0 is nothing.
	Maintain func(days int, now time.Time) error
}

// TestRetention holds a store to what it promises of old days. newStores is that of TestRecordings.
func TestRetention(t *testing.T, newStores func(t *testing.T) (store, other Kept)) {
	t.Helper()
	for name, run := range map[string]func(t *testing.T, store, other Kept){
		"whole days are dropped, and what comes late has its place": dropsWholeDays,
		"days end at midnight of UTC":                               dropsAtMidnight,
		"patterns go with their recordings":                         dropsPatterns,
		"several look after the same days at once":                  dropsByMany,
	} {
		t.Run(name, func(t *testing.T) {
			store, other := newStores(t)
			run(t, store, other)
		})
	}
}

func maintain(t *testing.T, store Kept, days int, now time.Time) {
	t.Helper()
	if err := store.Maintain(days, now); err != nil {
		t.Fatalf("maintenance: %v", err)
	}
}

func dropsWholeDays(t *testing.T, store, other Kept) {
	var batch []recording.Recording
	for day := range 5 {
		r := Simple(Noon.AddDate(0, 0, -day), day)
		r.Messages = []recording.Message{{Direction: "in", Kind: "text"}}
		batch = append(batch, r)
	}
	mustWrite(t, store, batch...)
	maintain(t, store, 0, Noon)
	if n := total(t, store, recording.Filter{}); n != 5 {
		t.Errorf("%d recordings where all are kept, want 5", n)
	}
	for range 2 {
		maintain(t, other, 2, Noon)
	}
	var want []recording.Recording
	for _, r := range batch[:3] {
		r.Messages = nil
		want = append(want, r)
	}
	if diff := cmp.Diff(want, mustQuery(t, store, recording.Query{}).Recordings); diff != "" {
		t.Fatalf("three days stay (-want +got):\n%s", diff)
	}
	// What comes late, from a spool, still has its place, though its day was dropped behind this store's back.
	mustWrite(t, store, batch...)
	if n := total(t, store, recording.Filter{}); n != 5 {
		t.Errorf("%d recordings after the late ones, want 5", n)
	}
	if got := mustGet(t, store, batch[4].ID); len(got.Messages) != 1 {
		t.Errorf("%d messages of a late one, want 1", len(got.Messages))
	}
}

func dropsAtMidnight(t *testing.T, store, _ Kept) {
	midnight := Noon.Add(-12 * time.Hour)
	before, after := Simple(midnight.Add(-time.Microsecond), 1), Simple(midnight, 2)
	mustWrite(t, store, before, after)
	for _, step := range []struct {
		now  time.Time
		want int64
	}{
		{midnight.AddDate(0, 0, 1).Add(-time.Microsecond), 2},
		{midnight.AddDate(0, 0, 1), 1},
		{midnight.AddDate(0, 0, 2).Add(-time.Microsecond), 1},
		{midnight.AddDate(0, 0, 2), 0},
	} {
		maintain(t, store, 1, step.now)
		if n := total(t, store, recording.Filter{}); n != step.want {
			t.Errorf("at %s: %d recordings, want %d", step.now, n, step.want)
		}
	}
}

func dropsPatterns(t *testing.T, store, _ Kept) {
	writeAll(t, store, Habits(Noon))
	if _, err := store.Detect(t.Context(), recording.Filter{}); err != nil {
		t.Fatal(err)
	}
	week := Noon.AddDate(0, 0, 7)
	for _, step := range []struct {
		days int
		kept bool
	}{{7, true}, {6, false}} {
		maintain(t, store, step.days, week)
		report, err := store.Stored(t.Context(), recording.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if kept := len(report.Patterns) > 0; kept != step.kept {
			t.Errorf("a week later, with %d days to keep: kept %v", step.days, kept)
		}
	}
}

func dropsByMany(t *testing.T, store, other Kept) {
	const retention = 3
	for day := range 6 {
		now := Noon.AddDate(0, 0, day)
		mustWrite(t, store, Simple(now, day))
		var running sync.WaitGroup
		for _, each := range []Kept{store, other, store, other} {
			running.Go(func() {
				if err := each.Maintain(retention, now); err != nil {
					t.Errorf("maintenance: %v", err)
				}
			})
		}
		running.Wait()
		var days, want []string
		for _, r := range mustQuery(t, store, recording.Query{Ascending: true}).Recordings {
			days = append(days, r.Timestamp.Format(time.DateOnly))
		}
		for kept := max(0, day-retention); kept <= day; kept++ {
			want = append(want, Noon.AddDate(0, 0, kept).Format(time.DateOnly))
		}
		if !slices.Equal(days, want) {
			t.Errorf("on day %d there are recordings of %v, want %v", day, days, want)
		}
	}
}
