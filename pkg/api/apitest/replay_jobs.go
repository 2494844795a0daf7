package apitest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// TestReplayJobs holds a store to the comments of api.ReplayJobs and api.ReplayServer. newStore is that of TestReplays.
func TestReplayJobs(t *testing.T, newStore func(t *testing.T) (store ReplayStore, another func(t *testing.T) ReplayStore)) {
	t.Helper()
	for _, test := range []replayCase{
		{"a job sends each recording once and compares it", sendsEachOnce},
		{"a job over its own output ends", endsOverItsOutput},
		{"many collectors share jobs and send each recording once", manyShareJobs},
		{"a sequential job keeps its order across gateways", keepsItsOrder},
		{"a job is paused, resumed and stopped", steered},
		{"a job that nobody works on stops at once", stopsAtOnce},
		{"a collector that stops gives its job back at once", handsOver},
		{"header values are never returned", hidesHeaderValues},
		{"jobs that cannot work are refused", refusesJobs},
		{"jobs are listed newest first", listsJobs},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, another := newStore(t)
			test.run(t, store, another)
		})
	}
}

// serveJobs has a collector work on jobs of gateways; stop ends it, and so does the test.
func serveJobs(t *testing.T, store ReplayStore, name string, gateways []string, begin replay.Begin) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- store.ServeReplayJobs(ctx, name, gateways, begin) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ServeReplayJobs: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func createJob(t *testing.T, store ReplayStore, request replay.JobRequest) replay.Job {
	t.Helper()
	job, err := store.CreateReplayJob(t.Context(), request, "ada")
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// untilJob waits for a job to get somewhere; nothing depends on how long that takes.
func untilJob(t *testing.T, store ReplayStore, id uuid.UUID, what string, ok func(replay.Job) bool) replay.Job {
	t.Helper()
	timeout := time.NewTimer(hang)
	defer timeout.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		job, err := store.ReplayJob(t.Context(), id)
		if err == nil && ok(job) {
			return job
		}
		select {
		case <-again.C:
		case <-timeout.C:
			t.Fatalf("never %s: %+v", what, job)
		}
	}
}

func isOver(job replay.Job) bool { return job.Status.Over() }

func sendsEachOnce(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	recordings := RecordedLately(t, store, 30, func(i int, r *recording.Recording) {
		switch i {
		case 3:
			r.Path = "/changed"
		case 4:
			r.Body = recording.Body{Content: []byte("x"), Size: 9, Truncated: true}
		}
	})
	s := NewSends()
	stop := serveJobs(t, another(t), "collector", []string{"shop"}, s.Begin("collector"))
	defer stop()
	job := createJob(t, store, replay.JobRequest{Name: "nightly", Reason: "a test", Filter: &recording.Filter{}, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	if job.Total != 30 || job.CreatedBy != "ada" || job.Name != "nightly" || job.Request.Reason != "a test" {
		t.Errorf("the new job is %+v", job)
	}
	job = untilJob(t, store, job.ID, "done", isOver)
	if job.Status != replay.JobDone || job.Same != 28 || job.Different != 1 || job.Skipped != 1 || job.Sent != 29 || job.StartedAt == nil || job.EndedAt == nil || job.TakenBy != "" {
		t.Errorf("the job ended as %+v", job)
	}
	if n, twice := s.Total(); n != 29 || twice != 0 {
		t.Errorf("%d were sent, %d of them again", n, twice)
	}
	var sequences []int
	for cursor := ""; ; {
		page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Cursor: cursor, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Results {
			sequences = append(sequences, r.Sequence)
			if r.RecordingID != recordings[r.Sequence-1].ID {
				t.Errorf("result %d is of another recording", r.Sequence)
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if len(sequences) != 30 || sequences[0] != 1 || sequences[29] != 30 {
		t.Errorf("the results are %v", sequences)
	}
	page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Outcome: replay.Different, Limit: 100})
	if err != nil || len(page.Results) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	want := replay.ItemResult{
		Sequence: 4, RecordingID: recordings[3].ID, Gateway: "shop", Method: recordings[3].Method, Path: recordings[3].Path, Outcome: replay.Different, ResponseStatus: 500, ResponseTimeMS: 2, RecordedStatus: 201, RecordedTimeMS: 5,
		Differences: []replay.Difference{{Part: "status", Change: replay.Change{Path: "status", Kind: replay.Changed, Before: []byte("201"), After: []byte("500")}}},
	}
	if diff := cmp.Diff(want, page.Results[0]); diff != "" {
		t.Error(diff)
	}
	page, err = store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Outcome: replay.Skipped, Limit: 100})
	if err != nil || len(page.Results) != 1 || !strings.Contains(page.Results[0].Problem, "body: must be recorded whole") {
		t.Errorf("%+v, %v", page, err)
	}
}

func endsOverItsOutput(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 20, nil)
	// Each replay is recorded in its turn, as by a gateway behind the upstream.
	begin := func(context.Context, string, replay.Request) (replay.Sender, func(), error) {
		return func(ctx context.Context, r recording.Recording) (replay.Comparison, error) {
			r.ID, r.Timestamp = uuid.Must(uuid.NewV7()), time.Now().UTC()
			return replay.Comparison{Diff: replay.Diff{Equal: true}}, store.WriteRecordings(ctx, []recording.Recording{r})
		}, func() {}, nil
	}
	serveJobs(t, another(t), "collector", []string{"shop"}, begin)
	job := createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}, Limit: 10_000, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	if job = untilJob(t, store, job.ID, "done", isOver); job.Total != 20 || job.Same != 20 {
		t.Errorf("%+v", job)
	}
	if rows := total(t, store, recording.Filter{}); rows != 40 {
		t.Errorf("%d recordings, want 40", rows)
	}
}

func manyShareJobs(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 60, func(i int, r *recording.Recording) {
		if i%3 == 0 {
			r.Gateway = "blog"
		}
	})
	s := NewSends()
	for i, gateways := range [][]string{{"shop"}, {"shop", "blog"}, {"blog"}} {
		name := fmt.Sprintf("collector-%d", i)
		serveJobs(t, another(t), name, gateways, s.Begin(name))
	}
	var jobs []uuid.UUID
	for range 5 {
		jobs = append(jobs, createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}}).ID)
	}
	for _, id := range jobs {
		if job := untilJob(t, store, id, "done", isOver); job.Status != replay.JobDone || job.Same != 60 {
			t.Errorf("%+v", job)
		}
	}
	n := 0
	for id, times := range s.all {
		if n++; times != len(jobs) {
			t.Errorf("recording %s was sent %d times, want once for each of %d jobs", id, times, len(jobs))
		}
	}
	if n != 60 {
		t.Errorf("%d recordings were sent", n)
	}
}

func keepsItsOrder(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	recordings := RecordedLately(t, store, 12, func(i int, r *recording.Recording) {
		if i%2 == 0 {
			r.Gateway = "blog"
		}
	})
	var mu sync.Mutex
	var order []uuid.UUID
	begin := func(context.Context, string, replay.Request) (replay.Sender, func(), error) {
		return func(_ context.Context, r recording.Recording) (replay.Comparison, error) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, r.ID)
			return replay.Comparison{Diff: replay.Diff{Equal: true}}, nil
		}, func() {}, nil
	}
	serveJobs(t, another(t), "one", []string{"shop"}, begin)
	serveJobs(t, another(t), "two", []string{"blog"}, begin)
	var ids []uuid.UUID
	for _, r := range recordings {
		ids = append(ids, r.ID)
	}
	untilJob(t, store, createJob(t, store, replay.JobRequest{RecordingIDs: ids}).ID, "done", isOver)
	if diff := cmp.Diff(ids, order); diff != "" {
		t.Errorf("the order (-recorded +sent):\n%s", diff)
	}
}

func steered(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 10, nil)
	s := NewSends()
	s.Hold = make(chan struct{})
	serveJobs(t, another(t), "collector", []string{"shop"}, s.Begin("collector"))
	job := createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}, Pace: replay.Pace{Mode: replay.PaceSequential}})
	<-s.Began
	steer := func(action replay.JobAction, want replay.JobStatus) {
		t.Helper()
		got, err := store.SteerReplayJob(t.Context(), job.ID, action, "ada")
		if err != nil || got.Status != want {
			t.Fatalf("%s: %+v, %v; want %s", action, got, err, want)
		}
	}
	steer(replay.PauseJob, replay.JobPaused)
	steer(replay.PauseJob, replay.JobPaused)
	s.Hold <- struct{}{}
	untilJob(t, store, job.ID, "at rest", func(job replay.Job) bool { return job.Same == 1 && job.TakenBy == "" })
	steer(replay.ResumeJob, replay.JobRunning)
	s.Hold <- struct{}{}
	untilJob(t, store, job.ID, "going on", func(job replay.Job) bool { return job.Same == 2 })
	<-s.Began
	<-s.Began
	steer(replay.StopJob, replay.JobStopping)
	s.Hold <- struct{}{}
	job = untilJob(t, store, job.ID, "stopped", isOver)
	if job.Status != replay.JobStopped || job.Same != 3 {
		t.Errorf("%+v", job)
	}
	if _, err := store.SteerReplayJob(t.Context(), job.ID, replay.ResumeJob, "ada"); !errors.Is(err, api.ErrReplayOver) {
		t.Errorf("a stopped job is resumed: %v", err)
	}
	if n, _ := s.Total(); n != 3 {
		t.Errorf("%d were sent, want 3", n)
	}
}

func stopsAtOnce(t *testing.T, store ReplayStore, _ func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 1, nil)
	job := createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}})
	got, err := store.SteerReplayJob(t.Context(), job.ID, replay.StopJob, "ada")
	if err != nil || got.Status != replay.JobStopped || got.EndedAt == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func handsOver(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 10, nil)
	first := NewSends()
	first.Hold = make(chan struct{})
	stop := serveJobs(t, another(t), "first", []string{"shop"}, first.Begin("first"))
	job := createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}})
	<-first.Began
	stop()
	second := NewSends()
	serveJobs(t, another(t), "second", []string{"shop"}, second.Begin("second"))
	job = untilJob(t, store, job.ID, "done", isOver)
	if n, _ := second.Total(); n != 9 || job.Failed != 1 || job.Same != 9 {
		t.Errorf("%d sent by the second: %+v", n, job)
	}
}

func hidesHeaderValues(t *testing.T, store ReplayStore, another func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 2, nil)
	masked := map[string]string{"Authorization": recording.Mask, "Accept": ""}
	job := createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}, HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2", "Accept": ""}})
	page, err := store.ReplayJobs(t.Context(), "", 10)
	if err != nil || len(page.Jobs) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	s := NewSends()
	serveJobs(t, another(t), "collector", []string{"shop"}, s.Begin("collector"))
	for _, each := range []replay.Job{job, page.Jobs[0], untilJob(t, store, job.ID, "done", isOver)} {
		if diff := cmp.Diff(masked, each.Request.HeaderOverrides); diff != "" {
			t.Errorf("a job that is %s (-want +got):\n%s", each.Status, diff)
		}
	}
	if s.Request.HeaderOverrides["Authorization"] != "Bearer hunter2" {
		t.Errorf("sent with %v", s.Request.HeaderOverrides)
	}
}

func refusesJobs(t *testing.T, store ReplayStore, _ func(*testing.T) ReplayStore) {
	recordings := RecordedLately(t, store, 2, func(i int, r *recording.Recording) {
		if i == 0 {
			r.Timestamp = r.Timestamp.Add(-30 * time.Hour)
		}
	})
	register := scenario.Instance{ID: "i", Name: "i", Gateways: []scenario.Gateway{{Name: "shop", Upstream: "http://shop", ReplayTargets: []string{"staging"}}}}
	if err := store.Register(t.Context(), register); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		request replay.JobRequest
		field   string
	}{
		"no filter":        {replay.JobRequest{}, "filter"},
		"nothing matches":  {replay.JobRequest{Filter: &recording.Filter{Methods: []string{"DELETE"}}}, "filter"},
		"unknown id":       {replay.JobRequest{RecordingIDs: []uuid.UUID{recordings[0].ID, uuid.New()}}, "recording_ids[1]"},
		"same id twice":    {replay.JobRequest{RecordingIDs: []uuid.UUID{recordings[0].ID, recordings[0].ID}}, "recording_ids[1]"},
		"foreign host":     {replay.JobRequest{Filter: &recording.Filter{}, Target: "http://evil.example.com"}, "target"},
		"unknown target":   {replay.JobRequest{Filter: &recording.Filter{}, Target: "production"}, "target"},
		"takes days":       {replay.JobRequest{Filter: &recording.Filter{}, Pace: replay.Pace{Mode: replay.PaceRecorded}}, "pace"},
		"a bad scenario":   {replay.JobRequest{Filter: &recording.Filter{}, Scenario: &scenario.Definition{Behavior: scenario.Behavior{Mode: "sick"}}}, "scenario.mode"},
		"too concurrent":   {replay.JobRequest{Filter: &recording.Filter{}, Pace: replay.Pace{Mode: replay.PaceRecorded}, Concurrency: 101}, "concurrency"},
		"headers of hosts": {replay.JobRequest{Filter: &recording.Filter{}, HeaderOverrides: map[string]string{"Host": "evil"}}, `header_overrides["Host"]`},
	} {
		_, err := store.CreateReplayJob(t.Context(), test.request, "ada")
		if all := validation.All(err); len(all) != 1 || all[0].Field != test.field {
			t.Errorf("%s: %v, want an error of %s", name, err, test.field)
		}
	}
	if page, err := store.ReplayJobs(t.Context(), "", 10); err != nil || len(page.Jobs) != 0 {
		t.Errorf("what was refused is there: %+v, %v", page, err)
	}
	if _, err := store.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{}, Target: "staging"}, "ada"); err != nil {
		t.Errorf("an allowed target: %v", err)
	}
	for range 99 {
		createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}})
	}
	if _, err := store.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{}}, "ada"); !errors.Is(err, api.ErrTooManyReplays) {
		t.Errorf("the 101st open job: %v", err)
	}
}

func listsJobs(t *testing.T, store ReplayStore, _ func(*testing.T) ReplayStore) {
	RecordedLately(t, store, 1, nil)
	var ids []string
	for i := range 3 {
		ids = append([]string{createJob(t, store, replay.JobRequest{Filter: &recording.Filter{}, Name: fmt.Sprint(i)}).ID.String()}, ids...)
	}
	var listed []string
	for cursor := ""; ; {
		page, err := store.ReplayJobs(t.Context(), cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, job := range page.Jobs {
			listed = append(listed, job.ID.String())
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(ids, listed); diff != "" {
		t.Error(diff)
	}
	if _, err := store.ReplayJobs(t.Context(), "x", 2); len(validation.All(err)) != 1 {
		t.Errorf("a bad cursor: %v", err)
	}
	if _, err := store.ReplayResults(t.Context(), uuid.New(), replay.ResultQuery{Limit: 1}); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("results of no job: %v", err)
	}
}
