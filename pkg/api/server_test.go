package api_test

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/api/memory"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// server is the control API with real scenarios, and figures that are always the same.
type server struct {
	http.Handler
	clock *apitest.Clock
}

func newServer(t testing.TB, change func(*api.Options)) *server {
	t.Helper()
	clock := apitest.NewClock()
	store, err := memory.New(memory.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	options := api.Options{
		Scenarios: store, Instances: figures{}, Recordings: figures{}, Traffic: figures{}, Replays: figures{}, ReplayJobs: figures{}, Patterns: figures{}, Importer: figures{},
		Sums: figures{}, Series: figures{}, Changes: figures{},
		About: func(context.Context) api.About {
			return api.About{Name: "collector", Build: "1", Storage: api.StorageOf("PostgreSQL", func() (string, int64, error) { return "18.1", 12, nil })}
		},
		Authorize: func(*http.Request) (api.Actor, error) {
			return api.Actor{Name: "ada", CanWrite: true, CanReadBodies: true}, nil
		},
		Now: clock.Now,
	}
	if change != nil {
		change(&options)
	}
	return &server{api.New(options), clock}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (s *server) send(method, target, body string) answer {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, content)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return s.serve(r)
}

func (s *server) serve(r *http.Request) answer {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func decode[T any](t testing.TB, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("the answer %d %q: %v", a.status, a.body, err)
	}
	return v
}

// mustScenario sends a request that answers with the scenario.
func (s *server) mustScenario(t testing.TB, method, target, body string) scenario.Scenario {
	t.Helper()
	a := s.send(method, target, body)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s %s: %d %s", method, target, body, a.status, a.body)
	}
	return decode[scenario.Scenario](t, a)
}

// figures are ports with fixed content; pkg/storage/postgres tests the real ones.
type figures struct{}

var recordingID = uuid.MustParse("019cf0a1-7b3c-7def-8123-456789abcdef")

func exampleRecording() recording.Recording {
	return recording.Recording{
		ID: recordingID, Timestamp: apitest.Start, TraceID: strings.Repeat("ab", 16), SpanID: strings.Repeat("cd", 8), Protocol: recording.GRPC,
		Gateway: "shop", Instance: "i-1", Consumer: "web", ClientIP: "127.0.0.1", Method: "POST", Scheme: "http", Host: "shop", Path: "/shop.Shop/Get",
		Route: "/shop.Shop/Get", Operation: "shop.Shop/Get", HTTPVersion: "2", QueryParams: recording.Values{"a": {"b"}}, Headers: recording.Values{"x": {"1", "2"}},
		Body: recording.Body{Content: []byte{0xff}, Size: 1, Truncated: true, Redacted: true}, ResponseStatus: 200, ResponseHeaders: recording.Values{},
		ResponseTrailers: recording.Values{"grpc-status": {"0"}}, GRPCStatus: new(0), WebSocketClose: new(1000), ResponseTimeMS: 1.5, UpstreamTimeMS: new(1.0),
		FirstByteMS: new(1.0), InjectedDelayMS: 0.5, ScenarioMode: "chaos", ScenarioVersion: 3, Rule: "r", Faults: []recording.Fault{{Kind: "latency", Detail: "1ms"}},
		Failure: "client aborted", MockMatched: "m", PluginExecuted: []string{"p"}, Tags: []string{"t"},
		Messages: []recording.Message{{Direction: "in", OffsetMS: 1, Kind: "grpc", Body: recording.Body{Content: []byte("x"), Size: 1}}},
	}
}

func (figures) WriteRecordings(context.Context, []recording.Recording) error { return nil }
func (figures) Redact(*recording.Recording)                                  {}

func (figures) Instances(context.Context) ([]scenario.Instance, error) {
	return []scenario.Instance{{
		ID: "i-1", Name: "collector", Build: "1", Started: apitest.Start, LastSeen: apitest.Start, AppliedVersion: 1, AppliedAt: new(apitest.Start), Live: true,
		Gateways:  []scenario.Gateway{{Name: "shop", Endpoint: "127.0.0.1:8080", Upstream: "http://127.0.0.1:8000"}},
		Retention: scenario.Retention{RecordingDays: 30, HistoryDays: 730},
	}}, nil
}

func (figures) Query(_ context.Context, query recording.Query) (recording.Page, error) {
	if len(query.Modes) == 1 && query.Modes[0] == "error" {
		return recording.Page{}, nil
	}
	return recording.Page{Recordings: []recording.Recording{exampleRecording()}, NextCursor: "next"}, nil
}

func (figures) Get(_ context.Context, id uuid.UUID) (recording.Recording, error) {
	if id != recordingID {
		return recording.Recording{}, api.ErrNotFound
	}
	return exampleRecording(), nil
}

func (figures) SetTags(_ context.Context, id uuid.UUID, _ []string) error {
	if id != recordingID {
		return api.ErrNotFound
	}
	return nil
}

func (figures) Stats(_ context.Context, filter recording.Filter) (recording.Stats, error) {
	count := []recording.Count{{Value: "POST", Count: 1}}
	return recording.Stats{Total: int64(len(filter.Methods)), Oldest: filter.From, P50MS: filter.MinDurationMS, ByMethod: count}, nil
}

// Scan gives one recording, and none of the mode error.
func (figures) Scan(_ context.Context, filter recording.Filter, _ int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		if len(filter.Modes) == 0 || filter.Modes[0] != "error" {
			yield(exampleRecording(), nil)
		}
	}
}

func (figures) Replay(_ context.Context, id uuid.UUID, request replay.Request, _ string) (replay.Comparison, error) {
	if id != recordingID {
		return replay.Comparison{}, api.ErrNotFound
	}
	if err := request.Validate(); err != nil {
		return replay.Comparison{}, err
	}
	answer := replay.Answer{Status: 200, Failure: "", Headers: recording.Values{"A": {"b"}}, Body: recording.Body{Content: []byte("{}"), Size: 2}, DurationMS: 1}
	result := replay.Result{
		RecordingID: id, Gateway: "shop", Host: "shop:80", Method: "GET", Path: "/", SentAt: apitest.Start, TraceID: strings.Repeat("ab", 16),
		Status: 404, Headers: recording.Values{"A": {"c"}}, Body: recording.Body{Content: []byte(`{"a":1}`), Size: 7}, FirstByteMS: 1, DurationMS: 2,
		Dropped: []replay.Dropped{{Part: "header", Name: "Authorization", Reason: "redacted when it was recorded"}}, Notes: []string{"A note."},
	}
	recorded := exampleRecording()
	return replay.Comparison{Recorded: answer, Replayed: result, Diff: replay.Compare(recorded, result, replay.CompareOptions{})}, nil
}

var jobID = uuid.MustParse("019cf0a1-7b3c-7def-8123-456789abcd00")

func exampleJob(id uuid.UUID) (replay.Job, error) {
	if id != jobID {
		return replay.Job{}, api.ErrNotFound
	}
	return replay.Job{
		ID: jobID, Name: "nightly", Status: replay.JobRunning, CreatedAt: apitest.Start, CreatedBy: "ada", StartedAt: new(apitest.Start), EndedAt: new(apitest.Start),
		TakenBy: "i-1", Total: 4, Sent: 3, Same: 1, Different: 1, Failed: 1, Skipped: 1, Problem: "p",
		Request: replay.JobRequest{
			Filter: &recording.Filter{Routes: []string{"/a"}}, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 50},
			HeaderOverrides: map[string]string{"Authorization": recording.Mask}, Scenario: &scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}},
		}.WithDefaults(),
	}, nil
}

func (figures) CreateReplayJob(context.Context, replay.JobRequest, string) (replay.Job, error) {
	return exampleJob(jobID)
}

func (figures) ReplayJobs(_ context.Context, cursor string, _ int) (replay.JobPage, error) {
	if cursor != "" {
		return replay.JobPage{}, nil
	}
	job, err := exampleJob(jobID)
	return replay.JobPage{Jobs: []replay.Job{job}, NextCursor: "next"}, err
}

func (figures) ReplayJob(_ context.Context, id uuid.UUID) (replay.Job, error) { return exampleJob(id) }

func (figures) ReplayResults(_ context.Context, id uuid.UUID, query replay.ResultQuery) (replay.ResultPage, error) {
	if _, err := exampleJob(id); err != nil || query.Outcome == replay.Skipped {
		return replay.ResultPage{}, err
	}
	return replay.ResultPage{NextCursor: "next", Results: []replay.ItemResult{{
		Sequence: 1, RecordingID: recordingID, Gateway: "shop", Outcome: replay.Different, ResponseStatus: 200, ResponseTimeMS: 1.5, RecordedStatus: 201, RecordedTimeMS: 2,
		More: true, Problem: "p", Differences: []replay.Difference{{Part: "body", Change: replay.Change{Path: "$.a", Kind: replay.Added, After: []byte("1")}}},
	}}}, nil
}

func (figures) SteerReplayJob(_ context.Context, id uuid.UUID, action replay.JobAction, _ string) (replay.Job, error) {
	if action == replay.ResumeJob && id == recordingID {
		return replay.Job{}, api.ErrReplayOver
	}
	return exampleJob(id)
}

func examplePattern() analysis.Pattern {
	return analysis.Pattern{
		ID: strings.Repeat("ab", 16), Type: analysis.Sequence, Description: "GET /auth before GET /users", FirstSeen: apitest.Start, LastSeen: apitest.Start,
		OccurrenceCount: 7, Confidence: 0.9, RelatedRequests: []uuid.UUID{recordingID}, Metadata: map[string]any{"kind": "precedes", "support": 7},
	}
}

func (figures) Detect(context.Context, recording.Filter) (api.PatternReport, error) {
	return api.PatternReport{Patterns: []analysis.Pattern{examplePattern()}, Analysed: 10}, nil
}

func (figures) Stored(context.Context, recording.Filter) (api.PatternReport, error) {
	return api.PatternReport{}, nil
}

func (figures) Points(_ context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	interval := traffic.Interval{Key: traffic.Key{Gateway: "shop", Protocol: "http", Route: "/", Mode: "healthy"}, Start: from, Seconds: 1, Requests: 1}
	interval.Buckets[0] = 1
	return traffic.Sum([]traffic.Interval{interval}, from, to, step), nil
}

func (f figures) GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	if gateway != "shop" {
		return traffic.Sum(nil, from, to, step), nil
	}
	return f.Points(ctx, from, to, step)
}

func (figures) Values(context.Context, recording.Filter, string, int) ([]recording.Count, error) {
	return []recording.Count{{Value: "/a", Count: 3}}, nil
}

func (figures) Volume(_ context.Context, filter recording.Filter, _ time.Duration) (map[string]map[time.Time]int64, error) {
	return map[string]map[time.Time]int64{"error": {*filter.From: 2}}, nil
}

func (figures) Series(_ context.Context, from, _ time.Time, step time.Duration, _ traffic.Dimension, selection traffic.Selection, _ int) (traffic.Breakdown, error) {
	key := traffic.Key{Gateway: selection.Gateways[0]}
	in := traffic.Interval{Key: key, Start: from, Seconds: step.Seconds(), Requests: 1}
	return traffic.Breakdown{Series: []traffic.Series{{Key: key, Intervals: []traffic.Interval{in}}}, Of: 2, Oldest: &from}, nil
}

func (figures) Changes(_ context.Context, from, _ time.Time, _ int) ([]scenario.Change, error) {
	return []scenario.Change{{Version: 1, At: from, By: "ada", Action: "stop", Scenario: scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}, Version: 1, SetAt: from}}}, nil
}

// failing are ports that answer every call with one error.
type failing struct{ err error }

func (f failing) WriteRecordings(context.Context, []recording.Recording) error { return f.err }
func (failing) Redact(*recording.Recording)                                    {}

func (f failing) Current(context.Context) (scenario.Scenario, error) {
	return scenario.Scenario{}, f.err
}

func (f failing) Change(context.Context, api.Audit, *int64, func(*scenario.Scenario) error) (scenario.Scenario, error) {
	return scenario.Scenario{}, f.err
}

func (f failing) History(context.Context, int64, int) ([]scenario.Change, error) { return nil, f.err }

func (f failing) Presets(context.Context) ([]scenario.Preset, error) { return nil, f.err }

func (f failing) Preset(context.Context, string) (scenario.Preset, error) {
	return scenario.Preset{}, f.err
}
func (f failing) SavePreset(context.Context, scenario.Preset, bool) error { return f.err }
func (f failing) DeletePreset(context.Context, string) error              { return f.err }
func (f failing) SavePresets(context.Context, []scenario.Preset, bool) (api.SavedPresets, error) {
	return api.SavedPresets{}, f.err
}
func (f failing) Instances(context.Context) ([]scenario.Instance, error) { return nil, f.err }
func (f failing) Query(context.Context, recording.Query) (recording.Page, error) {
	return recording.Page{}, f.err
}

func (f failing) Get(context.Context, uuid.UUID) (recording.Recording, error) {
	return recording.Recording{}, f.err
}

func (f failing) SetTags(context.Context, uuid.UUID, []string) error { return f.err }

func (f failing) Stats(context.Context, recording.Filter) (recording.Stats, error) {
	return recording.Stats{}, f.err
}

func (f failing) Scan(context.Context, recording.Filter, int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) { yield(recording.Recording{}, f.err) }
}

func (f failing) Replay(context.Context, uuid.UUID, replay.Request, string) (replay.Comparison, error) {
	return replay.Comparison{}, f.err
}

func (f failing) CreateReplayJob(context.Context, replay.JobRequest, string) (replay.Job, error) {
	return replay.Job{}, f.err
}

func (f failing) ReplayJobs(context.Context, string, int) (replay.JobPage, error) {
	return replay.JobPage{}, f.err
}

func (f failing) ReplayJob(context.Context, uuid.UUID) (replay.Job, error) {
	return replay.Job{}, f.err
}

func (f failing) ReplayResults(context.Context, uuid.UUID, replay.ResultQuery) (replay.ResultPage, error) {
	return replay.ResultPage{}, f.err
}

func (f failing) SteerReplayJob(context.Context, uuid.UUID, replay.JobAction, string) (replay.Job, error) {
	return replay.Job{}, f.err
}

func (f failing) Detect(context.Context, recording.Filter) (api.PatternReport, error) {
	return api.PatternReport{}, f.err
}

func (f failing) Stored(context.Context, recording.Filter) (api.PatternReport, error) {
	return api.PatternReport{}, f.err
}

func (f failing) Points(context.Context, time.Time, time.Time, time.Duration) ([]traffic.Point, error) {
	return nil, f.err
}

func (f failing) GatewayPoints(context.Context, string, time.Time, time.Time, time.Duration) ([]traffic.Point, error) {
	return nil, f.err
}

func (f failing) Values(context.Context, recording.Filter, string, int) ([]recording.Count, error) {
	return nil, f.err
}

func (f failing) Volume(context.Context, recording.Filter, time.Duration) (map[string]map[time.Time]int64, error) {
	return nil, f.err
}

func (f failing) Series(context.Context, time.Time, time.Time, time.Duration, traffic.Dimension, traffic.Selection, int) (traffic.Breakdown, error) {
	return traffic.Breakdown{}, f.err
}

func (f failing) Changes(context.Context, time.Time, time.Time, int) ([]scenario.Change, error) {
	return nil, f.err
}
