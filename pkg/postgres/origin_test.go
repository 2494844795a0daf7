package postgres_test

import (
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// What is counted as an error is the same in the database, of recordings from before it was kept whose doing a failure is, too.
func TestAnErrorIsTheSameInTheDatabase(t *testing.T) {
	store, _ := migrated(t, nil)
	ok, notFound, normal, internal := 0, 5, 1000, 1011
	failures := []struct {
		text string
		by   recording.FailedBy
		kind recording.FailureKind
	}{
		{},
		{text: "client aborted"},
		{text: "client's request body is malformed"},
		{text: "request body larger than the gateway's limit"},
		{text: "upstream's message larger than the gateway's limit"},
		{text: "upstream broke off"},
		{text: "plugin frail failed"},
		{text: "mock failed"},
		{text: "reset by an injected fault"},
		{text: "tunnel refused"},
		{text: "receiver broke off"},
	}
	for _, by := range recording.FailedBys() {
		failures = append(failures, struct {
			text string
			by   recording.FailedBy
			kind recording.FailureKind
		}{"said otherwise", by, recording.FailureOther})
	}
	faults := [][]recording.Fault{nil, {{Kind: "latency"}}, {{Kind: "corrupt"}, {Kind: "replace"}}, {{Kind: "rate_limit"}}}
	for _, kind := range scenario.FaultKinds() {
		faults = append(faults, []recording.Fault{{Kind: "latency"}, {Kind: string(kind)}})
	}
	var batch []recording.Recording
	var wrong int64
	for _, failure := range failures {
		for _, faults := range faults {
			for _, status := range []int{0, 200, 404, 429, 500, 503} {
				for _, grpc := range []*int{nil, &ok, &notFound} {
					for _, closed := range []*int{nil, &normal, &internal} {
						n := len(batch)
						r := simple(noon.Add(time.Duration(n)*time.Millisecond), byte(n))
						r.ID[14] = byte(n >> 8)
						r.Failure, r.FailedBy, r.FailureKind, r.Faults = failure.text, failure.by, failure.kind, faults
						r.ResponseStatus, r.GRPCStatus, r.WebSocketClose = status, grpc, closed
						if origin := r.Origin(); origin == recording.OriginOrganic || origin == recording.OriginInjected {
							wrong++
						}
						batch = append(batch, r)
					}
				}
			}
		}
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Total != int64(len(batch)) || stats.Errors != wrong || wrong == 0 {
		t.Errorf("of %d recordings %d are errors in the database, of %d %d in Go", stats.Total, stats.Errors, len(batch), wrong)
	}
}

// Recordings from before the columns have neither, and are found as before.
func TestAFailureFromBeforeItsColumnsIsFound(t *testing.T) {
	store, _ := migrated(t, nil)
	old := simple(noon, 1)
	old.Failure, old.ResponseStatus = "client aborted", 0
	if err := store.WriteRecordings(t.Context(), []recording.Recording{old}); err != nil {
		t.Fatal(err)
	}
	got, err := store.Get(t.Context(), old.ID)
	if err != nil || got.FailedBy != "" || got.FailureKind != "" || got.Origin() != recording.OriginClient {
		t.Errorf("%q by %q, %v", got.FailureKind, got.FailedBy, err)
	}
	yes := true
	for want, filter := range map[int]recording.Filter{
		1: {Failures: &yes}, 0: {FailedBy: recording.FailedBys()},
	} {
		if page, err := store.Query(t.Context(), recording.Query{Filter: filter}); err != nil || len(page.Recordings) != want {
			t.Errorf("%d are found, want %d (%v)", len(page.Recordings), want, err)
		}
	}
}
