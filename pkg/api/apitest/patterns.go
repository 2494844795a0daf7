package apitest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// PatternStore is a store of recordings, and of what analysis finds in them.
type PatternStore interface {
	RecordingStore
	api.Patterns
}

// TestPatterns holds a store to the comments of api.Patterns. newStore returns an empty store; it is called once per subtest.
func TestPatterns(t *testing.T, newStore func(t *testing.T) PatternStore) {
	t.Helper()
	for name, run := range map[string]func(*testing.T, PatternStore){
		"the habits of the demo are found and kept": habitsAreFound,
		"stored patterns are of the filter":         storedOfTheFilter,
	} {
		t.Run(name, func(t *testing.T) { run(t, newStore(t)) })
	}
}

func writeAll(t *testing.T, store api.RecordingWriter, all []recording.Recording) {
	t.Helper()
	for batch := range slices.Chunk(all, 2000) {
		mustWrite(t, store, batch...)
	}
}

// Habits returns 20 minutes of recordings of the shape of the demo's traffic (dev/load), the same each time.
func Habits(start time.Time) []recording.Recording {
	return (&demo{random: rand.New(rand.NewPCG(3, 5))}).run(start)
}

// demo makes recordings of the shape of the demo's traffic (dev/load), with a fixed seed.
type demo struct {
	random     *rand.Rand
	recordings []recording.Recording
}

// call adds a recording and returns when its answer was there.
func (d *demo) call(at time.Time, consumer, method, path, route, body string, status int, took time.Duration) time.Time {
	r := recording.Recording{
		Timestamp: at.Truncate(time.Microsecond), Protocol: recording.HTTP, Gateway: "shop", Instance: "one", Consumer: consumer, ClientIP: "127.0.0.1",
		Method: method, Path: path, Route: route, ResponseStatus: status, ResponseTimeMS: float64(took) / 1e6, ScenarioMode: "healthy",
		Body: recording.Body{Content: []byte(body), Size: int64(len(body))},
	}
	d.recordings = append(d.recordings, r)
	return at.Add(took)
}

// about returns d, a fifth more or less, as the demo waits.
func (d *demo) about(period time.Duration) time.Duration {
	return time.Duration(float64(period) * (0.8 + 0.4*d.random.Float64()))
}

func (d *demo) milliseconds(n int) time.Duration {
	return time.Duration(1+d.random.IntN(n)) * time.Millisecond
}

// run makes 20 minutes.
func (d *demo) run(start time.Time) []recording.Recording {
	end := start.Add(20 * time.Minute)
	for at := start; at.Before(end); at = at.Add(d.about(830 * time.Millisecond)) {
		next := d.call(at, "account-service", "POST", "/auth/login", "/auth/login", `{"username":"ada"}`, 200, d.milliseconds(20))
		d.call(next, "account-service", "GET", fmt.Sprintf("/users/%d", d.random.IntN(10)), "/users/{id}", "", 200, d.milliseconds(20))
	}
	for at := start; at.Before(end); at = at.Add(d.about(30 * time.Second)) {
		next := d.call(at, "reporting", "GET", "/reports/stock", "/reports/{name}", "", 200, 900*time.Millisecond)
		for id := range 5 {
			next = d.call(next, "reporting", "GET", fmt.Sprintf("/orders/%d/items", id), "/orders/{id}/items", "", 200, d.milliseconds(10))
		}
	}
	for at := start; at.Before(end); at = at.Add(d.about(1670 * time.Millisecond)) {
		never := d.random.IntN(6) == 0
		body := fmt.Sprintf(`{"order_id":"%d","never":%v}`, 1001+d.random.IntN(50), never)
		next := at
		for attempt := range 4 {
			next = next.Add(time.Duration(attempt) * 150 * time.Millisecond)
			status := 201
			if never || d.random.IntN(5) == 0 {
				status = 502
			}
			if next = d.call(next, "retry-happy", "POST", "/payments", "/payments", body, status, d.milliseconds(20)); status == 201 {
				break
			}
		}
	}
	// Someone without habits, and a replay of ours.
	for at := start; at.Before(end); at = at.Add(time.Duration(d.random.ExpFloat64() * float64(3*time.Second))) {
		word := []string{"a", "b", "c", "d"}[d.random.IntN(4)]
		d.call(at, "wanderer", "GET", "/things/"+word, "/things/"+word, "", 200, d.milliseconds(30))
	}
	for range 20 {
		d.call(start.Add(d.milliseconds(60_000)), "replayed", "GET", "/users/1", "/users/{id}", "", 500, time.Millisecond)
		d.recordings[len(d.recordings)-1].Headers = recording.Values{"X-Mockforge-Replay": {"x"}}
	}
	slices.SortStableFunc(d.recordings, func(a, b recording.Recording) int { return a.Timestamp.Compare(b.Timestamp) })
	for i := range d.recordings {
		d.recordings[i].ID = IDAt(d.recordings[i].Timestamp, i)
	}
	return d.recordings
}

func habitsAreFound(t *testing.T, store PatternStore) {
	if replay.Header != "X-MockForge-Replay" {
		t.Fatal("the recordings above do not have the header of replays")
	}
	all := Habits(Noon)
	writeAll(t, store, all)
	report, err := store.Detect(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Analysed != len(all)-20 || report.Truncated {
		t.Errorf("%d of %d analysed, truncated %v", report.Analysed, len(all)-20, report.Truncated)
	}
	var found []string
	for _, p := range report.Patterns {
		found = append(found, p.Description)
	}
	for _, want := range []string{
		"account-service always calls POST /auth/login before GET /users/{id} (",
		"reporting calls GET /orders/{id}/items and GET /reports/{name} every 29 s (±",
		"retry-happy fails after 3 retries of POST /payments (",
		"retry-happy succeeds after ",
	} {
		if !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("not found: %s", want)
		}
	}
	for _, s := range found {
		if strings.HasPrefix(s, "wanderer") || strings.HasPrefix(s, "replayed") {
			t.Errorf("found where there is nothing: %s", s)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(found, "\n"))
	}

	stored, err := store.Stored(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	byID := cmpopts.SortSlices(func(a, b analysis.Pattern) bool { return a.ID < b.ID })
	if diff := cmp.Diff(plain(report.Patterns), plain(stored.Patterns), byID); diff != "" {
		t.Errorf("what is stored (-found +stored):\n%s", diff)
	}
	for _, p := range stored.Patterns {
		for _, id := range p.RelatedRequests {
			if _, err := store.Get(t.Context(), id); err != nil {
				t.Fatalf("the evidence of %q is not there: %v", p.Description, err)
			}
		}
	}
	half := Noon.Add(10 * time.Minute)
	if _, err := store.Detect(t.Context(), recording.Filter{From: &half}); err != nil {
		t.Fatal(err)
	}
	again, err := store.Stored(t.Context(), recording.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if now, before := len(again.Patterns), len(stored.Patterns); now != before {
		t.Errorf("%d patterns after the second analysis, %d after the first", now, before)
	}
	for _, p := range again.Patterns {
		if p.Type == analysis.Sequence && strings.HasPrefix(p.Description, "account-service") && !p.FirstSeen.Before(half) {
			t.Errorf("it was first seen before the second analysis began, not at %s", p.FirstSeen)
		}
	}
}

// plain has the metadata as they are after JSON: every number a float64, every list one of any.
func plain(patterns []analysis.Pattern) []analysis.Pattern {
	all := slices.Clone(patterns)
	for i := range all {
		kept := map[string]any{}
		for k, v := range all[i].Metadata {
			kept[k] = fmt.Sprint(v)
		}
		all[i].Metadata = kept
	}
	return all
}

func storedOfTheFilter(t *testing.T, store PatternStore) {
	writeAll(t, store, Habits(Noon))
	if _, err := store.Detect(t.Context(), recording.Filter{}); err != nil {
		t.Fatal(err)
	}
	before := Noon.Add(-time.Hour)
	for name, test := range map[string]struct {
		filter recording.Filter
		found  bool
	}{
		"all":              {recording.Filter{}, true},
		"its gateway":      {recording.Filter{Gateways: []string{"blog", "shop"}}, true},
		"another gateway":  {recording.Filter{Gateways: []string{"blog"}}, false},
		"its consumer":     {recording.Filter{Consumers: []string{"reporting"}}, true},
		"another consumer": {recording.Filter{Consumers: []string{"wanderer"}}, false},
		"a route of it":    {recording.Filter{Routes: []string{"POST /payments"}}, true},
		"a time before":    {recording.Filter{To: &before}, false},
		"a time since":     {recording.Filter{From: &before}, true},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := store.Stored(t.Context(), test.filter)
			if err != nil || (len(report.Patterns) > 0) != test.found {
				t.Errorf("%d patterns, %v", len(report.Patterns), err)
			}
		})
	}
	if _, err := store.Stored(t.Context(), recording.Filter{TraceID: "x"}); err == nil {
		t.Error("a bad filter was accepted")
	}
	for field, filter := range EachCondition() {
		_, err := store.Stored(t.Context(), filter)
		refused := validation.All(err)
		if api.StoredPatternConditions.Can(field) != (err == nil) || err != nil && (len(refused) != 1 || refused[0].Field != field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
