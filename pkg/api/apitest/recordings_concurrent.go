package apitest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var concurrentCases = []recordingCase{
	{"two who write the same batch store it once", sameBatchTwice},
	{"one writes while two read", readWhileWritten},
}

// writeUntilStored writes as a collector does: what could not be stored now is written again.
func writeUntilStored(t *testing.T, store api.RecordingWriter, batch []recording.Recording) {
	for attempt := range 50 {
		err := store.WriteRecordings(t.Context(), batch)
		if err == nil {
			return
		}
		if !errors.Is(err, api.ErrUnavailable) || attempt == 49 {
			t.Errorf("WriteRecordings: %v", err)
			return
		}
	}
}

func sameBatchTwice(t *testing.T, store, other RecordingStore) {
	var all []recording.Recording
	for i := range 400 {
		r := Simple(Noon.Add(time.Duration(i)*10*time.Minute), i)
		r.Messages = []recording.Message{{Direction: "in", Kind: "text"}, {Direction: "out", Kind: "text"}}
		all = append(all, r)
	}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	var writers sync.WaitGroup
	for _, each := range []struct {
		store RecordingStore
		batch []recording.Recording
	}{{store, all}, {other, all}, {store, backwards}, {other, all[200:]}} {
		writers.Go(func() { writeUntilStored(t, each.store, each.batch) })
	}
	writers.Wait()
	if n := total(t, store, recording.Filter{}); n != int64(len(all)) {
		t.Errorf("%d recordings, want %d", n, len(all))
	}
	for _, r := range []recording.Recording{all[0], all[199], all[399]} {
		if got := mustGet(t, other, r.ID); len(got.Messages) != 2 {
			t.Errorf("%d messages, want 2", len(got.Messages))
		}
	}
}

// Who reads sees a batch whole or not at all, and pages that neither skip nor repeat what was there when they began.
func readWhileWritten(t *testing.T, store, other RecordingStore) {
	const batches, size = 20, 50
	var written atomic.Int64
	done := make(chan struct{})
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() {
		defer close(done)
		for b := range batches {
			var batch []recording.Recording
			for i := range size {
				r := Simple(Noon.Add(time.Duration(b)*time.Second), b*size+i)
				r.Gateway = fmt.Sprint("batch ", b)
				batch = append(batch, r)
			}
			writeUntilStored(t, store, batch)
			written.Add(size)
		}
	})
	for _, reader := range []RecordingStore{store, other} {
		running.Go(func() {
			for over := false; !over; {
				select {
				case <-done:
					over = true
				default:
				}
				before := written.Load()
				readOnce(t, reader, before, size)
				if over && total(t, reader, recording.Filter{}) != batches*size {
					t.Error("not all that was written is read")
				}
			}
		})
	}
}

func readOnce(t *testing.T, store RecordingStore, before, size int64) {
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Errorf("Stats: %v", err)
		return
	}
	sum := int64(0)
	for _, count := range stats.ByGateway {
		sum += count.Count
		if count.Count != size {
			t.Errorf("%s: %d of %d recordings are seen", count.Value, count.Count, size)
		}
	}
	if sum != stats.Total || sum < before {
		t.Errorf("%d by gateway of a total of %d, with %d written before", sum, stats.Total, before)
	}
	seen := map[uuid.UUID]bool{}
	query := recording.Query{Limit: 70}
	for pages := 0; pages == 0 || query.Cursor != ""; pages++ {
		page, err := store.Query(t.Context(), query)
		if err != nil {
			t.Errorf("Query: %v", err)
			return
		}
		for _, r := range page.Recordings {
			if seen[r.ID] {
				t.Errorf("%s is on two pages", r.ID)
			}
			seen[r.ID] = true
		}
		query.Cursor = page.NextCursor
	}
	if int64(len(seen)) < before {
		t.Errorf("%d on the pages, with %d written before", len(seen), before)
	}
}
