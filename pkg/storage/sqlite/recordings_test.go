package sqlite_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestARecordingComesBackWhole(t *testing.T) {
	store := fresh(t)
	want := whole(noon.Add(123456*time.Microsecond), 1)
	for field, value := range reflect.ValueOf(want).Fields() {
		if value.IsZero() && field.Name != "Withheld" && field.Name != "TraceFlags" { // which are not stored
			t.Errorf("the test has no %s", field.Name)
		}
	}
	write(t, store, want)
	got, err := store.Get(t.Context(), want.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for r, err := range store.Scan(t.Context(), recording.Filter{}, 10) {
		if diff := cmp.Diff(want, r); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	page, err := store.Query(t.Context(), recording.Query{})
	if err != nil {
		t.Fatal(err)
	}
	want.Messages, want.Body.Content, want.ResponseBody.Content = nil, nil, nil
	if diff := cmp.Diff([]recording.Recording{want}, page.Recordings); diff != "" {
		t.Error(diff)
	}
	if _, err := store.Get(t.Context(), uuid.New()); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("an id that is not there: %v", err)
	}
}

func TestPagesAndScansFollowTheOrder(t *testing.T) {
	store := fresh(t)
	var batch []recording.Recording
	for i := range 75 { // Several of one moment, over days.
		batch = append(batch, simple(noon.Add(time.Duration(i/5)*15*time.Hour), i))
	}
	write(t, store, batch...)
	for _, ascending := range []bool{false, true} {
		for _, limit := range []int{1, 7, 25, 74, 75, 76, 1000} {
			query := recording.Query{Limit: limit, Ascending: ascending}
			var ids []uuid.UUID
			for pages := 1; ; pages++ {
				page, err := store.Query(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Recordings {
					ids = append(ids, r.ID)
				}
				if query.Cursor = page.NextCursor; query.Cursor == "" {
					if want := (len(batch) + limit - 1) / limit; pages != want {
						t.Errorf("%d pages of %d, want %d", pages, limit, want)
					}
					break
				}
			}
			if len(ids) != len(batch) {
				t.Fatalf("pages of %d have %d recordings", limit, len(ids))
			}
			for i, id := range ids {
				at := i
				if !ascending {
					at = len(batch) - 1 - i
				}
				if id != batch[at].ID {
					t.Fatalf("ascending %v: at %d is %s, want %s", ascending, i, id, batch[at].ID)
				}
			}
		}
	}
	for _, limit := range []int{0, 1, 31, 32, 33, 64, 74, 75, 76, 1000} {
		at := max(0, len(batch)-limit)
		for r, err := range store.Scan(t.Context(), recording.Filter{}, limit) {
			if err != nil || at >= len(batch) || r.ID != batch[at].ID {
				t.Fatalf("scan of %d: at %d is %s, %v", limit, at, r.ID, err)
			}
			at++
		}
		if at != len(batch) {
			t.Errorf("scan of %d ends at %d", limit, at)
		}
	}
}

func TestABadQueryIsRefusedByName(t *testing.T) {
	store := fresh(t)
	fieldsOf := func(err error) (fields []string) {
		for _, e := range validation.All(err) {
			fields = append(fields, e.Field)
		}
		return fields
	}
	_, err := store.Query(t.Context(), recording.Query{Cursor: "x", Limit: 1001, Filter: recording.Filter{Statuses: []string{"6"}, TraceID: "zz"}})
	if diff := cmp.Diff([]string{"statuses[0]", "trace_id", "limit", "cursor"}, fieldsOf(err)); diff != "" {
		t.Error(diff)
	}
	bad := recording.Filter{Statuses: []string{"6"}}
	_, stats := store.Stats(t.Context(), bad)
	_, values := store.Values(t.Context(), bad, "modes", 1)
	_, volume := store.Volume(t.Context(), bad, time.Second)
	for name, err := range map[string]error{"stats": stats, "values": values, "volume": volume} {
		if diff := cmp.Diff([]string{"statuses[0]"}, fieldsOf(err)); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestOldDaysAreDeleted(t *testing.T) {
	store := fresh(t)
	for day := range 5 {
		var batch []recording.Recording
		for i := range 400 {
			r := whole(noon.AddDate(0, 0, -day), i)
			r.Timestamp = r.Timestamp.Add(time.Duration(i) * time.Second)
			batch = append(batch, r)
		}
		write(t, store, batch...)
	}
	if err := store.IndexForSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		days int
		now  time.Time
		left int64
	}{
		{0, noon, 2000},
		{4, noon.Add(12*time.Hour - 1), 2000},
		{4, noon.Add(12 * time.Hour), 1600},
		{2, noon, 1200},
		{1, noon.AddDate(0, 0, 9), 0},
	} {
		if err := store.MaintainAt(t.Context(), step.days, step.now); err != nil {
			t.Errorf("%d days at %s: %v", step.days, step.now, err)
		}
		stats, err := store.Stats(t.Context(), recording.Filter{})
		if err != nil || stats.Total != step.left {
			t.Errorf("%d days at %s: %d left, want %d (%v)", step.days, step.now, stats.Total, step.left, err)
		}
	}
	// What comes later is searched, although all that was in the index is gone.
	late := whole(noon, 7)
	write(t, store, late)
	for range 2 {
		page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Text: "ORDERS"}})
		if err != nil || len(page.Recordings) != 1 {
			t.Errorf("%d found, %v", len(page.Recordings), err)
		}
		if err := store.IndexForSearch(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := store.Get(t.Context(), late.ID); err != nil || len(got.Messages) != 2 {
		t.Errorf("%d messages, %v", len(got.Messages), err)
	}
}
