package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestAnExportIsWholeAndInOrder(t *testing.T) {
	store, _ := migrated(t, nil)
	var batch []recording.Recording
	for i := range 70 {
		r := whole()
		r.Timestamp = noon.Add(time.Duration(i/3) * time.Hour)
		r.ID = idAt(r.Timestamp, byte(i))
		if i%2 == 0 {
			r.Messages, r.Gateway = nil, "other"
		}
		batch = append(batch, r)
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	export := func(filter recording.Filter) (got []recording.Recording) {
		for r, err := range store.Scan(t.Context(), filter, 1000) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		return got
	}
	if diff := cmp.Diff(batch, export(recording.Filter{})); diff != "" {
		t.Error(diff)
	}
	if got := export(recording.Filter{Gateways: []string{"other"}}); len(got) != 35 {
		t.Errorf("%d of the other gateway", len(got))
	}
	for range store.Scan(t.Context(), recording.Filter{}, 1000) {
		break
	}
	for _, err := range store.Scan(t.Context(), recording.Filter{TraceID: "x"}, 1000) {
		if err == nil {
			t.Error("a bad filter was accepted")
		}
	}
}

func TestAScanIsTheNewestOldestFirst(t *testing.T) {
	store, _ := migrated(t, nil)
	var batch []recording.Recording
	for i := range 70 {
		// Threes have the same time.
		r := simple(noon.Add(time.Duration(i/3)*time.Hour), byte(i))
		if i%2 == 0 {
			r.Gateway = "other"
		}
		batch = append(batch, r)
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		filter           recording.Filter
		limit            int
		first, last, all int
	}{
		{recording.Filter{}, 1, 69, 69, 1},
		{recording.Filter{}, 32, 38, 69, 32},
		{recording.Filter{}, 69, 1, 69, 69},
		{recording.Filter{}, 70, 0, 69, 70},
		{recording.Filter{}, 1000, 0, 69, 70},
		{recording.Filter{Gateways: []string{"other"}}, 3, 64, 68, 3},
	} {
		var got []recording.Recording
		for r, err := range store.Scan(t.Context(), test.filter, test.limit) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		if len(got) != test.all || got[0].ID != batch[test.first].ID || got[len(got)-1].ID != batch[test.last].ID {
			t.Errorf("limit %d: %d recordings", test.limit, len(got))
		}
	}
	for range store.Scan(t.Context(), recording.Filter{Gateways: []string{"none"}}, 5) {
		t.Error("something was found where there is nothing")
	}
}
