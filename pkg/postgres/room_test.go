package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Headers of answers may be 1 MiB each: a page is bounded in bytes, and goes on where it ended.
func TestAPageIsBoundedInBytes(t *testing.T) {
	store, _ := migrated(t, nil)
	var want []uuid.UUID
	for i := range byte(24) {
		r := simple(noon.Add(time.Duration(i)*time.Second), i)
		r.ResponseHeaders = recording.Values{"X-Large": {strings.Repeat(string('a'+rune(i)), 1<<20)}}
		if err := store.WriteRecordings(t.Context(), []recording.Recording{r}); err != nil {
			t.Fatal(err)
		}
		want = append(want, r.ID)
	}
	for name, filter := range map[string]recording.Filter{"all": {}, "walked": {Path: simple(noon, 0).Path}} {
		var got []uuid.UUID
		pages := 0
		for query := (recording.Query{Filter: filter, Limit: 1000, Ascending: true}); pages == 0 || query.Cursor != ""; pages++ {
			page, err := store.Query(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(page.Recordings); n > 17 {
				t.Errorf("%s: a page of %d MiB", name, n)
			}
			for _, r := range page.Recordings {
				got = append(got, r.ID)
			}
			query.Cursor = page.NextCursor
		}
		if len(got) != len(want) || pages < 2 {
			t.Fatalf("%s: %d recordings in %d pages, want %d", name, len(got), pages, len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: recording %d is another", name, i)
			}
		}
	}
	exported := 0
	for r, err := range store.Scan(t.Context(), recording.Filter{}, 100) {
		if err != nil || r.ID != want[exported] {
			t.Fatalf("recording %d of an export: %v, %v", exported, r.ID, err)
		}
		exported++
	}
	if exported != len(want) {
		t.Errorf("%d are exported", exported)
	}
}
