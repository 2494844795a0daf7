package apitest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var pageCases = []recordingCase{
	alone("pages follow each other in both directions", pagesFollow),
	alone("a cursor holds where its recording was never or is not of the filter", cursorsOfAnyPlace),
	alone("what is recorded between pages moves none", pagesStand),
	alone("a page has as many as asked for", pagesOfSize),
	alone("a page is bounded in bytes", pagesOfBytes),
	alone("a bad query is refused by name", badQueries),
}

// ties are recordings of few moments, over three days.
func ties(n int) []recording.Recording {
	var all []recording.Recording
	for i := range n {
		r := Simple(Noon.Add(time.Duration(i/5)*15*time.Hour), i)
		if i%2 == 1 {
			r.Gateway = "other"
		}
		all = append(all, r)
	}
	return all
}

func pagesFollow(t *testing.T, store RecordingStore) {
	batch := ties(25)
	shuffled := slices.Clone(batch)
	slices.SortFunc(shuffled, func(a, b recording.Recording) int { return int(a.ID[15])*7%25 - int(b.ID[15])*7%25 })
	mustWrite(t, store, shuffled...)
	for _, filter := range []recording.Filter{{}, {Gateways: []string{"other"}}, {Gateways: []string{"other", "shop"}, Path: "/"}} {
		var want []uuid.UUID
		for _, r := range batch {
			if filter.Matches(&r) {
				want = append(want, r.ID)
			}
		}
		for _, ascending := range []bool{true, false} {
			if !ascending {
				slices.Reverse(want)
			}
			for _, limit := range []int{1, 5, 7, len(want) - 1, len(want), 1000} {
				got, pages := idsOf(t, store, recording.Query{Filter: filter, Limit: limit, Ascending: ascending})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%+v, ascending %v, pages of %d (-want +got):\n%s", filter, ascending, limit, diff)
				}
				if most := (len(want) + limit - 1) / limit; pages != most {
					t.Errorf("%d pages of %d for %d recordings, want %d", pages, limit, len(want), most)
				}
			}
		}
	}
}

func cursorsOfAnyPlace(t *testing.T, store RecordingStore) {
	batch := ties(25)
	mustWrite(t, store, batch...)
	for name, cursor := range map[string]recording.Cursor{
		"of another gateway": {Timestamp: batch[12].Timestamp, ID: batch[12].ID},
		"of nothing":         {Timestamp: batch[12].Timestamp, ID: IDAt(Noon.AddDate(0, 0, -1), 0)},
		"between":            {Timestamp: batch[12].Timestamp.Add(time.Microsecond), ID: uuid.Max},
		"before all":         {Timestamp: Noon.AddDate(-20, 0, 0)},
		"behind all":         {Timestamp: Noon.AddDate(20, 0, 0), ID: uuid.Max},
	} {
		for _, ascending := range []bool{true, false} {
			query := recording.Query{Filter: recording.Filter{Gateways: []string{"other"}}, Cursor: cursor.String(), Ascending: ascending, Limit: 3}
			var want []uuid.UUID
			for _, r := range batch {
				side := r.Timestamp.Compare(cursor.Timestamp)
				if side == 0 {
					side = slices.Compare(r.ID[:], cursor.ID[:])
				}
				if query.Matches(&r) && (side > 0) == ascending && side != 0 {
					want = append(want, r.ID)
				}
			}
			if !ascending {
				slices.Reverse(want)
			}
			if got, _ := idsOf(t, store, query); !slices.Equal(got, want) {
				t.Errorf("%s, ascending %v: %v, want %v", name, ascending, got, want)
			}
		}
	}
}

func pagesStand(t *testing.T, store RecordingStore) {
	batch := ties(25)
	mustWrite(t, store, batch...)
	first := mustQuery(t, store, recording.Query{Limit: 10})
	mustWrite(t, store, Simple(Noon.AddDate(0, 0, 9), 100), Simple(Noon.Add(60*time.Hour), 101))
	rest, _ := idsOf(t, store, recording.Query{Limit: 10, Cursor: first.NextCursor})
	var want []uuid.UUID
	for i := 14; i >= 0; i-- {
		want = append(want, batch[i].ID)
	}
	if diff := cmp.Diff(want, rest); diff != "" {
		t.Errorf("the pages after the first (-want +got):\n%s", diff)
	}
}

func pagesOfSize(t *testing.T, store RecordingStore) {
	if page := mustQuery(t, store, recording.Query{}); page.Recordings == nil || len(page.Recordings) != 0 || page.NextCursor != "" {
		t.Errorf("the page of an empty store: %+v", page)
	}
	var batch []recording.Recording
	for i := range 1100 {
		batch = append(batch, Simple(Noon.Add(time.Duration(i)*time.Second), i))
	}
	mustWrite(t, store, batch...)
	for limit, want := range map[int]int{0: recording.DefaultLimit, 1: 1, 1000: 1000} {
		if page := mustQuery(t, store, recording.Query{Limit: limit}); len(page.Recordings) != want || page.NextCursor == "" {
			t.Errorf("limit %d: %d recordings, want %d", limit, len(page.Recordings), want)
		}
	}
}

// Headers of answers may be 1 MiB each: a page is bounded in bytes, and goes on where it ended.
func pagesOfBytes(t *testing.T, store RecordingStore) {
	var want []uuid.UUID
	for i := range 24 {
		r := Simple(Noon.Add(time.Duration(i)*time.Second), i)
		r.ResponseHeaders = recording.Values{"X-Large": {strings.Repeat(string('a'+rune(i)), 1<<20)}}
		mustWrite(t, store, r)
		want = append(want, r.ID)
	}
	for name, filter := range map[string]recording.Filter{"all": {}, "by path": {Path: "/"}} {
		var got []uuid.UUID
		pages := 0
		for query := (recording.Query{Filter: filter, Limit: 1000, Ascending: true}); pages == 0 || query.Cursor != ""; pages++ {
			page := mustQuery(t, store, query)
			if n := len(page.Recordings); n > 17 {
				t.Errorf("%s: a page of %d MiB", name, n)
			}
			for _, r := range page.Recordings {
				got = append(got, r.ID)
			}
			query.Cursor = page.NextCursor
		}
		if !slices.Equal(got, want) || pages < 2 {
			t.Errorf("%s: %d recordings in %d pages, want %d", name, len(got), pages, len(want))
		}
	}
	if got := scanned(t, store, recording.Filter{}, 100); !slices.Equal(got, want) {
		t.Errorf("%d are scanned, want %d", len(got), len(want))
	}
}

func badQueries(t *testing.T, store RecordingStore) {
	_, err := store.Query(t.Context(), recording.Query{Cursor: "x", Limit: 1001, Filter: recording.Filter{Statuses: []string{"6"}, TraceID: "zz"}})
	var fields []string
	for _, e := range validation.All(err) {
		fields = append(fields, e.Field)
	}
	if diff := cmp.Diff([]string{"statuses[0]", "trace_id", "limit", "cursor"}, fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	bad := recording.Filter{Statuses: []string{"6"}}
	for name, call := range map[string]func() error{
		"Stats":  func() error { _, err := store.Stats(t.Context(), bad); return err },
		"Values": func() error { _, err := store.Values(t.Context(), bad, "modes", 1); return err },
		"Volume": func() error { _, err := store.Volume(t.Context(), bad, time.Second); return err },
		"Scan": func() error {
			n, last := 0, error(nil)
			for _, err := range store.Scan(t.Context(), bad, 1) {
				n, last = n+1, err
			}
			if n != 1 {
				return fmt.Errorf("%d are given", n)
			}
			return last
		},
	} {
		if all := validation.All(call()); len(all) != 1 || all[0].Field != "statuses[0]" {
			t.Errorf("%s: %v, want an error of statuses[0]", name, all)
		}
	}
}
