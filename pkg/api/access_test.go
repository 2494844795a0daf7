package api_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// marked are ports whose recordings, replays and jobs have the marker wherever contents are.
type marked struct{ figures }

func (marked) Query(context.Context, recording.Query) (recording.Page, error) {
	return recording.Page{Recordings: []recording.Recording{apitest.MarkedRecording(apitest.Start)}}, nil
}

func (marked) Get(context.Context, uuid.UUID) (recording.Recording, error) {
	return apitest.MarkedRecording(apitest.Start), nil
}

func (marked) SetTags(context.Context, uuid.UUID, []string) error { return nil }

func (marked) Scan(context.Context, recording.Filter, int) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) { yield(apitest.MarkedRecording(apitest.Start), nil) }
}

func (marked) Replay(_ context.Context, id uuid.UUID, _ replay.Request, _ string) (replay.Comparison, error) {
	r := apitest.MarkedRecording(apitest.Start)
	r.Protocol, r.GRPCStatus = recording.GRPC, new(0)
	for i := range r.Messages {
		r.Messages[i].Direction, r.Messages[i].Kind = "out", "grpc"
	}
	result := replay.Result{
		RecordingID: id, Gateway: "shop", Method: "POST", Path: "/orders", Status: 500, Headers: recording.Values{"Other": {apitest.Marker}},
		Trailers: recording.Values{"Other": {apitest.Marker}}, Body: recording.Body{Content: []byte(`"` + apitest.Marker + `"`)}, GRPCMessage: apitest.Marker,
		Messages: []recording.Message{{Direction: "out", Kind: "grpc", Body: recording.Body{Content: []byte(apitest.Marker + "2")}}},
		Dropped:  []replay.Dropped{{Part: "header", Name: apitest.Marker, Reason: "redacted when it was recorded"}}, Notes: []string{},
	}
	answer := replay.Answer{Status: 200, Headers: r.ResponseHeaders, Trailers: r.ResponseTrailers, Body: r.ResponseBody}
	c := replay.Comparison{Recorded: answer, Replayed: result, Diff: replay.Compare(r, result, replay.CompareOptions{})}
	r.Protocol = recording.HTTP
	c.Diff.Body = replay.Compare(r, result, replay.CompareOptions{}).Body
	return c, nil
}

func markedJob() (replay.Job, error) {
	job, err := exampleJob(jobID)
	filter := recording.Filter{Text: apitest.Marker, Not: &recording.Filter{Headers: map[string]string{apitest.Marker: "*"}}}
	job.ID, job.Request.Filter = apitest.MarkedJob, &filter
	return job, err
}

func (marked) CreateReplayJob(context.Context, replay.JobRequest, string) (replay.Job, error) {
	return markedJob()
}
func (marked) ReplayJob(context.Context, uuid.UUID) (replay.Job, error) { return markedJob() }
func (marked) SteerReplayJob(context.Context, uuid.UUID, replay.JobAction, string) (replay.Job, error) {
	return markedJob()
}

func (marked) ReplayJobs(context.Context, string, int) (replay.JobPage, error) {
	job, err := markedJob()
	return replay.JobPage{Jobs: []replay.Job{job}}, err
}

func (m marked) ReplayResults(ctx context.Context, _ uuid.UUID, _ replay.ResultQuery) (replay.ResultPage, error) {
	c, err := m.Replay(ctx, apitest.MarkedID, replay.Request{}, "")
	return replay.ResultPage{Results: []replay.ItemResult{replay.ResultOf(c)}}, err
}

// TestEveryRouteForEveryRight goes through the table of routes: what comes back to whom, and what does not.
func TestEveryRouteForEveryRight(t *testing.T) {
	for _, caller := range []apitest.Caller{
		{Name: "nobody", Outside: http.StatusUnauthorized},
		{Name: "a stranger", Outside: http.StatusForbidden},
		{Name: "a viewer", CanReadBodies: true},
		{Name: "a viewer without bodies"},
		{Name: "an editor", CanWrite: true, CanReadBodies: true},
		{Name: "an editor without bodies", CanWrite: true},
	} {
		t.Run(caller.Name, func(t *testing.T) {
			s := newServer(t, func(o *api.Options) {
				o.Recordings, o.Replays, o.ReplayJobs = marked{}, marked{}, marked{}
				o.Live = func(context.Context) <-chan traffic.Update { return nil }
				o.Authorize = func(*http.Request) (api.Actor, error) {
					actor := api.Actor{Name: caller.Name, CanWrite: caller.CanWrite, CanReadBodies: caller.CanReadBodies}
					return actor, map[int]error{401: api.ErrUnauthenticated, 403: errors.New("not you")}[caller.Outside]
				}
			})
			shown := func(p apitest.Probe) bool { return p.Shows || p.Contents == apitest.LeftOut }
			apitest.Walk(t, api.RoutePatterns(), caller, shown, func(p apitest.Probe) apitest.Answer {
				method, _, _ := strings.Cut(p.Pattern, " ")
				a := s.send(method, p.Target, p.Body)
				return apitest.Answer{Status: a.status, Header: a.header, Body: a.body}
			})
		})
	}
}

// TestARefusedFilterIsNamed, so that whoever filters knows which condition it is.
func TestARefusedFilterIsNamed(t *testing.T) {
	s := newServer(t, func(o *api.Options) {
		o.Authorize = func(*http.Request) (api.Actor, error) { return api.Actor{Name: "eve", CanWrite: true}, nil }
	})
	for filter, field := range map[string]string{`{"text":"a"}`: "text", `{"not":{"headers":{"a":"b"}}}`: "not.headers"} {
		a := s.send("POST", "/recordings/query", filter)
		if p := decode[api.Problem](t, a); a.status != 403 || p.Field != field || !strings.Contains(p.Detail, "recordings:read-bodies") {
			t.Errorf("%s: %d %s", filter, a.status, a.body)
		}
	}
}

// TestReadingPatternsAnalysesNothing: a page of any site can have a browser send GET.
func TestReadingPatternsAnalysesNothing(t *testing.T) {
	s := newServer(t, func(o *api.Options) {
		o.Patterns = stored{t}
		o.CrossOrigin = http.NewCrossOriginProtection()
	})
	if a := s.send("GET", "/recordings/patterns", ""); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	for _, value := range []string{"true", "false", "yes", ""} {
		a := s.send("GET", "/recordings/patterns?refresh="+value, "")
		if p := decode[api.Problem](t, a); a.status != 400 || p.Field != "refresh" || !strings.Contains(p.Detail, "POST") {
			t.Errorf("refresh=%s: %d %s", value, a.status, a.body)
		}
	}
}

// stored are patterns that must not be looked for anew.
type stored struct{ t *testing.T }

func (stored) Stored(context.Context, recording.Filter) (api.PatternReport, error) {
	return api.PatternReport{}, nil
}

func (s stored) Detect(context.Context, recording.Filter) (api.PatternReport, error) {
	s.t.Error("recordings were analysed")
	return api.PatternReport{}, nil
}
