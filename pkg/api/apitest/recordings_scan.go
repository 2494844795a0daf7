package apitest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var scanCases = []recordingCase{
	alone("a scan is whole and in order", scansWhole),
	alone("a scan is the newest, oldest first", scansTheNewest),
	alone("a scan ends with its reader and with its context", scanEnds),
}

// scanned returns the ids that a scan gives.
func scanned(t *testing.T, store RecordingStore, filter recording.Filter, limit int) (ids []uuid.UUID) {
	t.Helper()
	for r, err := range store.Scan(t.Context(), filter, limit) {
		if err != nil {
			t.Fatalf("Scan: %v", err)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

func scansWhole(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	for i := range 70 {
		r := Whole()
		r.Timestamp = Noon.Add(time.Duration(i/3) * time.Hour)
		r.ID = IDAt(r.Timestamp, i)
		if i%2 == 0 {
			r.Messages, r.Gateway = nil, "other"
		}
		batch = append(batch, r)
	}
	mustWrite(t, store, batch...)
	var got []recording.Recording
	for r, err := range store.Scan(t.Context(), recording.Filter{}, 1000) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	if diff := cmp.Diff(batch, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := scanned(t, store, recording.Filter{Gateways: []string{"other"}}, 1000); len(got) != 35 {
		t.Errorf("%d of the other gateway, want 35", len(got))
	}
	for _, err := range store.Scan(t.Context(), recording.Filter{TraceID: "x"}, 1000) {
		if all := validation.All(err); len(all) != 1 || all[0].Field != "trace_id" {
			t.Errorf("a bad filter: %v", err)
		}
	}
}

func scansTheNewest(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	for i := range 70 {
		// Threes have the same time.
		r := Simple(Noon.Add(time.Duration(i/3)*time.Hour), i)
		if i%2 == 0 {
			r.Gateway = "other"
		}
		batch = append(batch, r)
	}
	mustWrite(t, store, batch...)
	for _, filter := range []recording.Filter{{}, {Gateways: []string{"other"}}, {Gateways: []string{"none"}}, {Path: "/"}} {
		var all []uuid.UUID
		for _, r := range batch {
			if filter.Matches(&r) {
				all = append(all, r.ID)
			}
		}
		for _, limit := range []int{-1, 0, 1, 2, 3, 32, 69, 70, 1000} {
			want := all[max(0, len(all)-max(0, limit)):]
			if got := scanned(t, store, filter, limit); !slices.Equal(got, want) {
				t.Errorf("%v, limit %d: %d recordings, want the newest %d, oldest first", filter.Gateways, limit, len(got), len(want))
			}
		}
	}
}

func scanEnds(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	for i := range 200 {
		batch = append(batch, Simple(Noon, i))
	}
	mustWrite(t, store, batch...)
	for _, err := range store.Scan(t.Context(), recording.Filter{}, 1000) {
		if err != nil {
			t.Error(err)
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n, failed := 0, false
	for _, err := range store.Scan(ctx, recording.Filter{}, 1000) {
		if failed {
			t.Error("a scan goes on after its error")
		}
		if failed = err != nil; !failed {
			n++
		}
		cancel()
	}
	if !failed || n == len(batch) {
		t.Errorf("%d recordings after the context has ended, failed %v", n, failed)
	}
	// Nothing is left that another would wait for.
	if got := scanned(t, store, recording.Filter{}, 1000); len(got) != len(batch) {
		t.Errorf("%d recordings, want %d", len(got), len(batch))
	}
}
