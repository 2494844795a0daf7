package sqlite_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Ten minutes begin and end somewhere, and recordings may be written years after others that are younger.
func TestWhatIsSearchedIsFoundWheneverItWasWritten(t *testing.T) {
	store := fresh(t)
	store.SearchSoon()
	early := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	var times []time.Time
	for _, at := range []time.Time{noon, early.Add(-10 * time.Minute), early, early.Add(10 * time.Minute), noon.AddDate(-3, 0, 0)} {
		for _, off := range []time.Duration{-time.Second, -time.Microsecond, 0, time.Microsecond, time.Second} {
			times = append(times, at.Add(off))
		}
	}
	for n, at := range times {
		r := simple(at, n)
		r.Path = "/searched/7"
		write(t, store, r)
		if n == len(times)/2 {
			if err := store.IndexForSearch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	for from := range times {
		for to := from; to < len(times); to += 3 {
			want := times[from : to+1]
			for _, ascending := range []bool{true, false} {
				filter := recording.Filter{From: &times[from], To: &times[to], Path: "/searched/*"}
				page, err := store.Query(t.Context(), recording.Query{Filter: filter, Ascending: ascending})
				if err != nil {
					t.Fatal(err)
				}
				var got []time.Time
				for _, r := range page.Recordings {
					got = append(got, r.Timestamp)
				}
				if !ascending {
					slices.Reverse(got)
				}
				if !slices.EqualFunc(got, want, time.Time.Equal) {
					t.Fatalf("from %s to %s, ascending %v: %v, want %v", times[from], times[to], ascending, got, want)
				}
			}
		}
	}
	stats, err := store.Stats(t.Context(), recording.Filter{From: &times[1], To: &times[20], Path: "/searched/*"})
	if err != nil || stats.Total != 20 {
		t.Errorf("%d are counted, want 20 (%v)", stats.Total, err)
	}
	// What is old is deleted with the numbers, and may come again.
	if err := store.MaintainAt(t.Context(), 1, noon); err != nil {
		t.Fatal(err)
	}
	again := simple(early, 99)
	again.Path = "/searched/8"
	write(t, store, again, simple(early, 100), simple(early, 101), simple(early, 102))
	page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Path: "/searched/{id}"}, Ascending: true})
	if err != nil || len(page.Recordings) != 6 || page.Recordings[0].ID != again.ID {
		t.Errorf("%d are found afterwards, want 6 (%v)", len(page.Recordings), err)
	}
}
