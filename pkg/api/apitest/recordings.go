package apitest

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// RecordingStore is a store of recordings for those who write and those who read.
type RecordingStore interface {
	api.Recordings
	api.RecordingWriter
	api.RecordingSums
}

// TestRecordings holds a store to the comments of api.Recordings, api.RecordingWriter and api.RecordingSums, but for what
// TestFilter does. newStores returns an empty store, and the same as another process has it, or once more where there can be one
// process alone; it is called once per subtest.
func TestRecordings(t *testing.T, newStores func(t *testing.T) (store, other RecordingStore)) {
	t.Helper()
	for _, suite := range [][]recordingCase{writingCases, hostileCases, concurrentCases, pageCases, scanCases, sumCases, tagCases} {
		for _, test := range suite {
			t.Run(test.name, func(t *testing.T) {
				store, other := newStores(t)
				test.run(t, store, other)
			})
		}
	}
}

// recordingCase is one of the cases of TestRecordings; most need the store alone.
type recordingCase struct {
	name string
	run  func(t *testing.T, store, other RecordingStore)
}

// alone is a case of one process.
func alone(name string, run func(*testing.T, RecordingStore)) recordingCase {
	return recordingCase{name, func(t *testing.T, store, _ RecordingStore) { run(t, store) }}
}

func mustWrite(t *testing.T, store api.RecordingWriter, batch ...recording.Recording) {
	t.Helper()
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatalf("WriteRecordings: %v", err)
	}
}

func mustGet(t *testing.T, store api.Recordings, id uuid.UUID) recording.Recording {
	t.Helper()
	r, err := store.Get(t.Context(), id)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	return r
}

func mustQuery(t *testing.T, store api.Recordings, query recording.Query) recording.Page {
	t.Helper()
	page, err := store.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("Query: %v", err)
	}
	return page
}

// total returns how many recordings there are of a filter.
func total(t *testing.T, store api.Recordings, filter recording.Filter) int64 {
	t.Helper()
	stats, err := store.Stats(context.WithoutCancel(t.Context()), filter)
	if err != nil {
		t.Fatalf("Stats: %v", err)
	}
	return stats.Total
}

// idsOf returns the ids of all pages of a query, and how many pages those are.
func idsOf(t *testing.T, store api.Recordings, query recording.Query) (ids []uuid.UUID, pages int) {
	t.Helper()
	for pages == 0 || query.Cursor != "" {
		page := mustQuery(t, store, query)
		for _, r := range page.Recordings {
			ids = append(ids, r.ID)
		}
		query.Cursor = page.NextCursor
		pages++
	}
	return ids, pages
}
