package apitest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

var sumCases = []recordingCase{
	alone("statistics", sumsUp),
	alone("statistics list the fifty most frequent values", listsTheMostFrequent),
	alone("what is an error is the same as in memory", countsErrors),
	alone("a failure from before it was kept whose doing it is is found", findsOldFailures),
	alone("values of a filter", listsValues),
	alone("volume counts by step and severity", countsVolume),
	alone("volume has no gaps or doubles at its seams", volumeAtSeams),
}

func sumsUp(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	for i := range 10 {
		r := Simple(Noon.Add(time.Duration(i)*time.Second), i)
		r.ResponseTimeMS = float64(i + 1)
		r.Body = recording.Body{Content: []byte("é"), Size: 2}
		if i >= 7 {
			r.ResponseStatus, r.ScenarioMode = 503, "chaos"
			r.Faults = []recording.Fault{{Kind: "error"}, {Kind: "latency"}, {Kind: "latency"}}
		}
		batch = append(batch, r)
	}
	batch[0].ResponseStatus = 0
	code := 14
	batch[1].GRPCStatus, batch[1].Protocol = &code, recording.GRPC
	mustWrite(t, store, batch...)
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	p50, p95, p99 := 5.5, 9.55, 9.91
	oldest, newest := Noon, Noon.Add(9*time.Second)
	want := recording.Stats{
		Total: 10, Injected: 3, Errors: 5, Oldest: &oldest, Newest: &newest, Bytes: 20, P50MS: &p50, P95MS: &p95, P99MS: &p99,
		ByStatus: Counts("200", 6, "503", 3, "none", 1), ByMethod: Counts("GET", 10), ByRoute: Counts(),
		ByProtocol: Counts("http", 9, "grpc", 1), ByMode: Counts("healthy", 7, "chaos", 3), ByConsumer: Counts(),
		ByGateway: Counts("shop", 10), ByFault: Counts("error", 3, "latency", 3),
	}
	if diff := cmp.Diff(want, stats, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	none, err := store.Stats(t.Context(), recording.Filter{Gateways: []string{"none"}})
	if err != nil || none.Total != 0 || none.Oldest != nil || none.P50MS != nil || none.ByStatus == nil {
		t.Errorf("of nothing: %+v, %v", none, err)
	}
}

func listsTheMostFrequent(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	want := Counts()
	for i := range 60 {
		consumer := fmt.Sprintf("consumer %02d", i)
		n := 1
		if i == 55 {
			n = 3
		}
		for range n {
			r := Simple(Noon, len(batch))
			r.Consumer = consumer
			batch = append(batch, r)
		}
		if i < 49 {
			want = append(want, recording.Count{Value: consumer, Count: 1})
		}
	}
	want = append(Counts("consumer 55", 3), want...)
	mustWrite(t, store, batch...)
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, stats.ByConsumer); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Of recordings from before it was kept whose doing a failure is, too.
func countsErrors(t *testing.T, store RecordingStore) {
	batch := failures()
	var wrong int64
	for i := range batch {
		if origin := batch[i].Origin(); origin == recording.OriginOrganic || origin == recording.OriginInjected {
			wrong++
		}
	}
	mustWrite(t, store, batch...)
	stats, err := store.Stats(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Total != int64(len(batch)) || stats.Errors != wrong || wrong == 0 {
		t.Errorf("of %d recordings %d are errors in the store, of %d %d in memory", stats.Total, stats.Errors, len(batch), wrong)
	}
	for i := range batch[:50] { // and come back so
		if got := mustGet(t, store, batch[i].ID); got.Origin() != batch[i].Origin() || got.FailedBy != batch[i].FailedBy || got.FailureKind != batch[i].FailureKind {
			t.Errorf("%s came back as %s", batch[i].Origin(), got.Origin())
		}
	}
}

// failures are exchanges that end in every way, with every fault.
func failures() (batch []recording.Recording) {
	type failure struct {
		text string
		by   recording.FailedBy
		kind recording.FailureKind
	}
	endings := []failure{
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
		endings = append(endings, failure{"said otherwise", by, recording.FailureOther})
	}
	faults := [][]recording.Fault{nil, {{Kind: "latency"}}, {{Kind: "corrupt"}, {Kind: "replace"}}, {{Kind: "rate_limit"}}}
	for _, kind := range scenario.FaultKinds() {
		faults = append(faults, []recording.Fault{{Kind: "latency"}, {Kind: string(kind)}})
	}
	ok, notFound, normal, internal := 0, 5, 1000, 1011
	for _, ending := range endings {
		for _, faults := range faults {
			for _, status := range []int{0, 200, 404, 429, 500, 503} {
				for _, grpc := range []*int{nil, &ok, &notFound} {
					for _, closed := range []*int{nil, &normal, &internal} {
						r := Simple(Noon.Add(time.Duration(len(batch))*time.Millisecond), len(batch))
						r.Failure, r.FailedBy, r.FailureKind, r.Faults = ending.text, ending.by, ending.kind, faults
						r.ResponseStatus, r.GRPCStatus, r.WebSocketClose = status, grpc, closed
						batch = append(batch, r)
					}
				}
			}
		}
	}
	return batch
}

func findsOldFailures(t *testing.T, store RecordingStore) {
	old := Simple(Noon, 1)
	old.Failure, old.ResponseStatus = "client aborted", 0
	mustWrite(t, store, old)
	if got := mustGet(t, store, old.ID); got.FailedBy != "" || got.FailureKind != "" || got.Origin() != recording.OriginClient {
		t.Errorf("%q by %q", got.FailureKind, got.FailedBy)
	}
	yes := true
	for want, filter := range map[int]recording.Filter{
		1: {Failures: &yes}, 0: {FailedBy: recording.FailedBys()},
	} {
		if page := mustQuery(t, store, recording.Query{Filter: filter}); len(page.Recordings) != want {
			t.Errorf("%d are found, want %d", len(page.Recordings), want)
		}
	}
}

func listsValues(t *testing.T, store RecordingStore) {
	var recordings []recording.Recording
	for i := range 6 {
		r := Simple(Noon, i)
		r.Route, r.Consumer = "/a", "web"
		if i >= 4 {
			r.Method, r.Route, r.ScenarioMode, r.Consumer, r.ResponseStatus = "POST", "", "error", "batch", 0
			r.Rule, r.Tags = "third", []string{"slow", "seen"}
			r.Faults = []recording.Fault{{Kind: "latency"}, {Kind: "error"}, {Kind: "latency"}}
			r.Failure, r.FailedBy, r.FailureKind = "client aborted", recording.ByClient, recording.FailureAborted
		}
		recordings = append(recordings, r)
	}
	mustWrite(t, store, recordings...)
	for field, want := range map[string][]recording.Count{
		"gateways":     Counts("shop", 6),
		"methods":      Counts("GET", 4, "POST", 2),
		"routes":       Counts("/a", 4),
		"modes":        Counts("healthy", 4, "error", 2),
		"consumers":    Counts("web", 4, "batch", 2),
		"protocols":    Counts("http", 6),
		"statuses":     Counts("200", 4, "none", 2),
		"faults":       Counts("error", 2, "latency", 2),
		"rules":        Counts("third", 2),
		"tags":         Counts("seen", 2, "slow", 2),
		"failed_by":    Counts("client", 2),
		"failure_kind": Counts(string(recording.FailureAborted), 2),
	} {
		got, err := store.Values(t.Context(), recording.Filter{}, field, 100)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", field, diff)
		}
	}
	for want, limit := range map[int]int{1: 1, 2: 2} {
		if got, err := store.Values(t.Context(), recording.Filter{}, "modes", limit); err != nil || len(got) != want || got[0].Value != "healthy" {
			t.Errorf("the most frequent %d: %v, %v", limit, got, err)
		}
	}
	got, err := store.Values(t.Context(), recording.Filter{Modes: []string{"error"}}, "methods", 1)
	if diff := cmp.Diff(Counts("POST", 2), got); err != nil || diff != "" {
		t.Errorf("of a filter: %v (-want +got):\n%s", err, diff)
	}
	if got, err := store.Values(t.Context(), recording.Filter{Gateways: []string{"none"}}, "methods", 1); err != nil || got == nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	for field, calls := range map[string][]func() error{
		"field": {
			func() error { _, err := store.Values(t.Context(), recording.Filter{}, "headers", 1); return err },
			func() error { _, err := store.Values(t.Context(), recording.Filter{}, "", 1); return err },
		},
		"limit": {
			func() error { _, err := store.Values(t.Context(), recording.Filter{}, "modes", 0); return err },
			func() error { _, err := store.Values(t.Context(), recording.Filter{}, "modes", 1001); return err },
		},
	} {
		for _, call := range calls {
			if all := validation.All(call()); len(all) != 1 || all[0].Field != field {
				t.Errorf("%s: %v", field, all)
			}
		}
	}
}

func countsVolume(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	add := func(second, status int, grpc, closed *int) {
		r := Simple(Noon.Add(time.Duration(second)*time.Second), len(batch))
		r.ResponseStatus, r.GRPCStatus, r.WebSocketClose = status, grpc, closed
		batch = append(batch, r)
	}
	ok, notFound, normal, internal := 0, 5, 1000, 1011
	add(0, 200, nil, nil)
	add(59, 399, nil, nil)
	add(59, 404, nil, nil)
	add(60, 408, nil, nil)
	add(60, 429, nil, nil)
	add(61, 500, nil, nil)
	add(62, 0, nil, nil)
	add(180, 200, &ok, nil)
	add(181, 404, &ok, nil)
	add(182, 200, &notFound, nil)
	add(183, 101, nil, &normal)
	add(184, 101, nil, &internal)
	add(185, 400, nil, &normal)
	add(300, 200, nil, nil) // is at the end, which counts
	mustWrite(t, store, batch...)
	at := func(minute int) time.Time { return Noon.Add(time.Duration(minute) * time.Minute) }
	from, to := Noon, at(5)
	got, err := store.Volume(t.Context(), recording.Filter{From: &from, To: &to}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[time.Time]int64{
		"info":    {at(0): 2, at(3): 2, at(5): 1},
		"warning": {at(0): 1, at(3): 2},
		"error":   {at(1): 4, at(3): 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for field, call := range map[string]func() error{
		"from": func() error { _, err := store.Volume(t.Context(), recording.Filter{To: &to}, time.Minute); return err },
		"step": func() error {
			_, err := store.Volume(t.Context(), recording.Filter{From: &from, To: &to}, time.Millisecond)
			return err
		},
	} {
		if all := validation.All(call()); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: %v", field, all)
		}
	}
}

func volumeAtSeams(t *testing.T, store RecordingStore) {
	var batch []recording.Recording
	for i := range 200 {
		batch = append(batch, Simple(Noon.Add(time.Duration(i)*1733*time.Millisecond), i))
	}
	mustWrite(t, store, batch...)
	from, to := Noon.Add(-time.Minute), Noon.Add(10*time.Minute)
	for _, step := range []time.Duration{time.Second, 7 * time.Second, time.Minute, time.Hour} {
		volume, err := store.Volume(t.Context(), recording.Filter{From: &from, To: &to}, step)
		if err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for at, n := range volume["info"] {
			sum += n
			if !at.Truncate(step).Equal(at) {
				t.Errorf("step %s begins at %s", step, at)
			}
			if within := slices.DeleteFunc(slices.Clone(batch), func(r recording.Recording) bool { return !r.Timestamp.Truncate(step).Equal(at) }); int64(len(within)) != n {
				t.Errorf("step %s at %s: %d recordings, want %d", step, at, n, len(within))
			}
		}
		if sum != int64(len(batch)) {
			t.Errorf("step %s: %d recordings in all, want %d", step, sum, len(batch))
		}
	}
}
