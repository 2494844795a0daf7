package apitest

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var tagCases = []recordingCase{
	alone("tags are replaced and found", replacesTags),
	alone("tags by hand outlive a repeated batch", tagsOutliveABatch),
}

func replacesTags(t *testing.T, store RecordingStore) {
	r, misdated, beside := Simple(Noon, 1), Simple(Noon, 2), Simple(Noon, 3)
	r.Tags = []string{"replay"}
	misdated.ID = IDAt(Noon.AddDate(1, 0, 0), 2)
	mustWrite(t, store, r, misdated, beside)
	for _, id := range []uuid.UUID{r.ID, misdated.ID} {
		if err := store.SetTags(t.Context(), id, []string{"slow", "ünder"}); err != nil {
			t.Fatal(err)
		}
	}
	page := mustQuery(t, store, recording.Query{Filter: recording.Filter{Tags: []string{"ünder"}}})
	if len(page.Recordings) != 2 || !slices.Equal(page.Recordings[0].Tags, []string{"slow", "ünder"}) {
		t.Errorf("%+v", page)
	}
	if n := total(t, store, recording.Filter{Tags: []string{"replay"}}); n != 0 {
		t.Errorf("%d still have the tag that was replaced", n)
	}
	if err := store.SetTags(t.Context(), r.ID, nil); err != nil {
		t.Fatal(err)
	}
	if got := mustGet(t, store, r.ID); len(got.Tags) > 0 {
		t.Errorf("after all were removed: %v", got.Tags)
	}
	if got := mustGet(t, store, beside.ID); len(got.Tags) > 0 {
		t.Errorf("the tags of another: %v", got.Tags)
	}
	if err := store.SetTags(t.Context(), uuid.New(), nil); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("a recording that is not there: %v", err)
	}
}

func tagsOutliveABatch(t *testing.T, store RecordingStore) {
	r := Simple(Noon, 1)
	mustWrite(t, store, r)
	if err := store.SetTags(t.Context(), r.ID, []string{"mine"}); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, store, r)
	if got := mustGet(t, store, r.ID); !slices.Equal(got.Tags, []string{"mine"}) {
		t.Errorf("the tags are %v", got.Tags)
	}
}
