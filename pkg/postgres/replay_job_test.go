package postgres_test

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
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// sends is what collectors of a test have sent.
type sends struct {
	mu  sync.Mutex
	all map[uuid.UUID]int
	by  map[string]int
	// hold, where it is not nil, is waited for by every send.
	hold    chan struct{}
	request replay.Request
	began   chan struct{}
}

func newSends() *sends {
	return &sends{all: map[uuid.UUID]int{}, by: map[string]int{}, began: make(chan struct{}, 10_000)}
}

// begin returns a collector's way to send.
func (s *sends) begin(collector string) replay.Begin {
	return func(_ context.Context, _ string, request replay.Request) (replay.Sender, func(), error) {
		s.mu.Lock()
		s.request = request
		s.mu.Unlock()
		return func(ctx context.Context, r recording.Recording) (replay.Comparison, error) {
			s.mu.Lock()
			s.all[r.ID]++
			s.by[collector]++
			hold := s.hold
			s.mu.Unlock()
			s.began <- struct{}{}
			if hold != nil {
				select {
				case <-hold:
				case <-ctx.Done():
					return replay.Comparison{}, ctx.Err()
				}
			}
			result := replay.Result{RecordingID: r.ID, Status: 201, Headers: r.ResponseHeaders, Body: r.ResponseBody, DurationMS: 2}
			if r.Path == "/changed" {
				result.Status = 500
			}
			return replay.Comparison{
				Recorded: replay.Answer{Status: r.ResponseStatus, DurationMS: r.ResponseTimeMS}, Replayed: result,
				Diff: replay.Compare(r, result, replay.CompareOptions{}),
			}, nil
		}, func() {}, nil
	}
}

func (s *sends) total() (n, twice int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, times := range s.all {
		n++
		if times > 1 {
			twice++
		}
	}
	return n, twice
}

// serveJobs returns a collector that works on jobs of gateways; stop ends it.
func serveJobs(t *testing.T, dsn, name string, gateways []string, begin replay.Begin) (stop func()) {
	t.Helper()
	store := open(t, dsn, nil)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- store.ServeReplayJobs(ctx, name, gateways, begin) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ServeReplayJobs: %v", err)
		}
		_ = store.Close()
	})
	t.Cleanup(stop)
	return stop
}

// recorded stores n recordings a second apart, the last one now.
func recorded(t *testing.T, store *postgres.Store, n int, change func(i int, r *recording.Recording)) []recording.Recording {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Microsecond)
	var all []recording.Recording
	for i := range n {
		r := recording.Recording{
			ID: uuid.Must(uuid.NewV7()), Timestamp: now.Add(time.Duration(i-n+1) * time.Second), Protocol: recording.HTTP, Gateway: "shop", Instance: "one",
			Method: "GET", Path: fmt.Sprintf("/items/%d", i), ResponseStatus: 201, ResponseBody: recording.Body{Content: []byte("ok"), Size: 2}, ResponseTimeMS: 5, ScenarioMode: "healthy",
		}
		if change != nil {
			change(i, &r)
		}
		all = append(all, r)
	}
	if err := store.WriteRecordings(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return all
}

func create(t *testing.T, store *postgres.Store, request replay.JobRequest) replay.Job {
	t.Helper()
	job, err := store.CreateReplayJob(t.Context(), request, "ada")
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// until waits for a job to get somewhere; nothing depends on how long that takes.
func until(t *testing.T, store *postgres.Store, id uuid.UUID, what string, ok func(replay.Job) bool) replay.Job {
	t.Helper()
	var job replay.Job
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var err error
		if job, err = store.ReplayJob(t.Context(), id); err == nil && ok(job) {
			return job
		}
	}
	t.Fatalf("never %s: %+v", what, job)
	return job
}

func over(job replay.Job) bool { return job.Status.Over() }

func all() *recording.Filter { return &recording.Filter{} }

func TestAJobSendsEachRecordingOnceAndComparesIt(t *testing.T) {
	store, dsn := migrated(t, nil)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer store.Close()
	recordings := recorded(t, store, 30, func(i int, r *recording.Recording) {
		switch i {
		case 3:
			r.Path = "/changed"
		case 4:
			r.Body = recording.Body{Content: []byte("x"), Size: 9, Truncated: true}
		}
	})
	s := newSends()
	stop := serveJobs(t, dsn, "collector", []string{"shop"}, s.begin("collector"))
	defer stop()
	job := create(t, store, replay.JobRequest{Name: "nightly", Reason: "a test", Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	if job.Total != 30 || job.CreatedBy != "ada" || job.Name != "nightly" || job.Request.Reason != "a test" {
		t.Errorf("the new job is %+v", job)
	}
	job = until(t, store, job.ID, "done", over)
	if job.Status != replay.JobDone || job.Same != 28 || job.Different != 1 || job.Skipped != 1 || job.Sent != 29 || job.StartedAt == nil || job.EndedAt == nil || job.TakenBy != "" {
		t.Errorf("the job ended as %+v", job)
	}
	if n, twice := s.total(); n != 29 || twice != 0 {
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

func TestAJobOverItsOwnOutputEnds(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 20, nil)
	// Each replay is recorded in its turn, as by a gateway behind the upstream.
	begin := func(context.Context, string, replay.Request) (replay.Sender, func(), error) {
		return func(ctx context.Context, r recording.Recording) (replay.Comparison, error) {
			r.ID, r.Timestamp = uuid.Must(uuid.NewV7()), time.Now().UTC()
			return replay.Comparison{Diff: replay.Diff{Equal: true}}, store.WriteRecordings(ctx, []recording.Recording{r})
		}, func() {}, nil
	}
	serveJobs(t, dsn, "collector", []string{"shop"}, begin)
	job := create(t, store, replay.JobRequest{Filter: all(), Limit: 10_000, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	if job = until(t, store, job.ID, "done", over); job.Total != 20 || job.Same != 20 {
		t.Errorf("%+v", job)
	}
	if rows := count(t, dsn, "recorded_requests"); rows != 40 {
		t.Errorf("%d recordings, want 40", rows)
	}
}

func TestManyCollectorsShareJobsAndSendEachRecordingOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 60, func(i int, r *recording.Recording) {
		if i%3 == 0 {
			r.Gateway = "blog"
		}
	})
	s := newSends()
	for i, gateways := range [][]string{{"shop"}, {"shop", "blog"}, {"blog"}} {
		name := fmt.Sprintf("collector-%d", i)
		serveJobs(t, dsn, name, gateways, s.begin(name))
	}
	var jobs []uuid.UUID
	for range 5 {
		jobs = append(jobs, create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}}).ID)
	}
	for _, id := range jobs {
		if job := until(t, store, id, "done", over); job.Status != replay.JobDone || job.Same != 60 {
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

func TestASequentialJobKeepsItsOrderAcrossGateways(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordings := recorded(t, store, 12, func(i int, r *recording.Recording) {
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
	serveJobs(t, dsn, "one", []string{"shop"}, begin)
	serveJobs(t, dsn, "two", []string{"blog"}, begin)
	var ids []uuid.UUID
	for _, r := range recordings {
		ids = append(ids, r.ID)
	}
	until(t, store, create(t, store, replay.JobRequest{RecordingIDs: ids}).ID, "done", over)
	if diff := cmp.Diff(ids, order); diff != "" {
		t.Errorf("the order (-recorded +sent):\n%s", diff)
	}
}

func TestAJobIsPausedResumedAndStopped(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 10, nil)
	s := newSends()
	s.hold = make(chan struct{})
	serveJobs(t, dsn, "collector", []string{"shop"}, s.begin("collector"))
	job := create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceSequential}})
	<-s.began
	steer := func(action replay.JobAction, want replay.JobStatus) {
		t.Helper()
		got, err := store.SteerReplayJob(t.Context(), job.ID, action, "ada")
		if err != nil || got.Status != want {
			t.Fatalf("%s: %+v, %v; want %s", action, got, err, want)
		}
	}
	steer(replay.PauseJob, replay.JobPaused)
	steer(replay.PauseJob, replay.JobPaused)
	s.hold <- struct{}{}
	until(t, store, job.ID, "at rest", func(job replay.Job) bool { return job.Same == 1 && job.TakenBy == "" })
	steer(replay.ResumeJob, replay.JobRunning)
	s.hold <- struct{}{}
	until(t, store, job.ID, "going on", func(job replay.Job) bool { return job.Same == 2 })
	<-s.began
	<-s.began
	steer(replay.StopJob, replay.JobStopping)
	s.hold <- struct{}{}
	job = until(t, store, job.ID, "stopped", over)
	if job.Status != replay.JobStopped || job.Same != 3 {
		t.Errorf("%+v", job)
	}
	if _, err := store.SteerReplayJob(t.Context(), job.ID, replay.ResumeJob, "ada"); !errors.Is(err, api.ErrReplayOver) {
		t.Errorf("a stopped job is resumed: %v", err)
	}
	if n, _ := s.total(); n != 3 {
		t.Errorf("%d were sent, want 3", n)
	}
}

func TestAJobThatNobodyWorksOnStopsAtOnce(t *testing.T) {
	store, _ := migrated(t, nil)
	recorded(t, store, 1, nil)
	job := create(t, store, replay.JobRequest{Filter: all()})
	got, err := store.SteerReplayJob(t.Context(), job.ID, replay.StopJob, "ada")
	if err != nil || got.Status != replay.JobStopped || got.EndedAt == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestHeaderValuesAreKeptOnlyWhileAJobLastsAndNeverReturned(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 2, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2", "Accept": ""}})
	if diff := cmp.Diff(map[string]string{"Authorization": recording.Mask, "Accept": ""}, job.Request.HeaderOverrides); diff != "" {
		t.Error(diff)
	}
	if n := count(t, dsn, "replays WHERE replays::text LIKE '%hunter2%'"); n != 0 {
		t.Error("a header's value is in a table that is kept")
	}
	if n := count(t, dsn, "pg_class WHERE relname = 'replay_headers' AND relpersistence = 'u'"); n != 1 {
		t.Error("replay_headers is logged")
	}
	s := newSends()
	serveJobs(t, dsn, "collector", []string{"shop"}, s.begin("collector"))
	until(t, store, job.ID, "done", over)
	if s.request.HeaderOverrides["Authorization"] != "Bearer hunter2" {
		t.Errorf("sent with %v", s.request.HeaderOverrides)
	}
	if n := count(t, dsn, "replay_headers"); n != 0 {
		t.Error("header values are left behind")
	}

	lost := create(t, store, replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2"}, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 0.01}})
	stopped, err := store.SteerReplayJob(t.Context(), lost.ID, replay.StopJob, "ada")
	if err != nil {
		t.Fatal(err)
	}
	until(t, store, stopped.ID, "stopped", over)
	if n := count(t, dsn, "replay_headers"); n != 0 {
		t.Error("header values of a stopped job are left behind")
	}
}

func TestAJobWhoseHeaderValuesAreLostFailsInsteadOfSendingWithout(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 2, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2"}})
	execute(t, dsn, "TRUNCATE replay_headers") // as a crash of the server does
	s := newSends()
	serveJobs(t, dsn, "collector", []string{"shop"}, s.begin("collector"))
	job = until(t, store, job.ID, "over", over)
	if n, _ := s.total(); n != 0 || job.Status != replay.JobFailed || !strings.Contains(job.Problem, "header_overrides were lost") {
		t.Errorf("%d sent: %+v", n, job)
	}
}

func TestAnotherCollectorGoesOnWhereOneDied(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 20, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	// A collector sent some, had two under way, and is gone.
	for _, statement := range []string{
		"UPDATE replays SET status = 'running', started_at = now()",
		"UPDATE replay_shares SET taken_by = 'dead', lease = 1, same = 5, lease_until = now() - interval '1 second'",
		"UPDATE replay_items SET outcome = 'same' WHERE sequence <= 5", "UPDATE replay_items SET outcome = 'sending' WHERE sequence IN (6, 7)",
	} {
		execute(t, dsn, statement)
	}
	s := newSends()
	serveJobs(t, dsn, "alive", []string{"shop"}, s.begin("alive"))
	job = until(t, store, job.ID, "done", over)
	if n, twice := s.total(); n != 13 || twice != 0 || job.Same != 18 || job.Failed != 2 || job.Status != replay.JobDone {
		t.Errorf("%d sent, %d twice: %+v", n, twice, job)
	}
	page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Outcome: replay.Failed, Limit: 10})
	if err != nil || len(page.Results) != 2 || page.Results[0].Sequence != 6 || page.Results[0].Problem != replay.NotSentAgain {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestACollectorThatStopsGivesItsJobBackAtOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 10, nil)
	first := newSends()
	first.hold = make(chan struct{})
	stop := serveJobs(t, dsn, "first", []string{"shop"}, first.begin("first"))
	job := create(t, store, replay.JobRequest{Filter: all()})
	<-first.began
	stop()
	if free := count(t, dsn, "replay_shares WHERE lease_until IS NULL AND ended_at IS NULL"); free != 1 {
		t.Error("the share was not given back")
	}
	second := newSends()
	serveJobs(t, dsn, "second", []string{"shop"}, second.begin("second"))
	job = until(t, store, job.ID, "done", over)
	if n, _ := second.total(); n != 9 || job.Failed != 1 || job.Same != 9 {
		t.Errorf("%d sent by the second: %+v", n, job)
	}
}

func TestRecordingsOfAGatewayThatNobodyHasAreSkipped(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 6, func(i int, r *recording.Recording) {
		if i%2 == 0 {
			r.Gateway = "gone"
		}
	})
	// One that runs, but whose gateway of that name is a pipeline of the Collector, which has no upstream.
	if err := store.Register(t.Context(), scenario.Instance{ID: "i", Name: "i", Gateways: []scenario.Gateway{{Name: "gone", Endpoint: "receivers", Upstream: "pipelines"}}}); err != nil {
		t.Fatal(err)
	}
	s := newSends()
	serveJobs(t, dsn, "collector", []string{"shop"}, s.begin("collector"))
	job := create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	until(t, store, job.ID, "half done", func(job replay.Job) bool { return job.Same == 3 })
	execute(t, dsn, "UPDATE replay_shares SET free_since = now() - interval '31 seconds' WHERE gateway = 'gone'")
	job = until(t, store, job.ID, "done", over)
	if job.Status != replay.JobDone || job.Skipped != 3 || job.Same != 3 {
		t.Errorf("%+v", job)
	}
	page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Outcome: replay.Skipped, Limit: 10})
	if err != nil || len(page.Results) != 3 || page.Results[0].Problem != "no running collector has the gateway gone" {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestAJobThatTakesTooLongIsStopped(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 1, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"X-Key": "hunter2"}})
	execute(t, dsn, "UPDATE replays SET status = 'paused', created_at = now() - interval '25 hours'")
	job = until(t, store, job.ID, "stopped", over)
	if job.Status != replay.JobStopped || !strings.Contains(job.Problem, "24h") || count(t, dsn, "replay_headers") != 0 {
		t.Errorf("%+v", job)
	}
}

func TestAtMostFourJobsWorkOnOneGatewayAtOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 1, nil)
	s := newSends()
	s.hold = make(chan struct{})
	for i := range 2 {
		name := fmt.Sprintf("collector-%d", i)
		serveJobs(t, dsn, name, []string{"shop"}, s.begin(name))
	}
	var jobs []uuid.UUID
	for range 6 {
		jobs = append(jobs, create(t, store, replay.JobRequest{Filter: all()}).ID)
	}
	for range 4 {
		<-s.began
	}
	if n := count(t, dsn, "replay_shares WHERE lease_until > now()"); n != 4 {
		t.Errorf("%d jobs at work, want 4", n)
	}
	close(s.hold)
	for _, id := range jobs {
		until(t, store, id, "done", over)
	}
}

func TestJobsThatCannotWorkAreRefused(t *testing.T) {
	store, dsn := migrated(t, nil)
	recordings := recorded(t, store, 2, func(i int, r *recording.Recording) {
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
		"foreign host":     {replay.JobRequest{Filter: all(), Target: "http://evil.example.com"}, "target"},
		"unknown target":   {replay.JobRequest{Filter: all(), Target: "production"}, "target"},
		"takes days":       {replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRecorded}}, "pace"},
		"a bad scenario":   {replay.JobRequest{Filter: all(), Scenario: &scenario.Definition{Behavior: scenario.Behavior{Mode: "sick"}}}, "scenario.mode"},
		"too concurrent":   {replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRecorded}, Concurrency: 101}, "concurrency"},
		"headers of hosts": {replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"Host": "evil"}}, `header_overrides["Host"]`},
	} {
		_, err := store.CreateReplayJob(t.Context(), test.request, "ada")
		if all := validation.All(err); len(all) != 1 || all[0].Field != test.field {
			t.Errorf("%s: %v, want an error of %s", name, err, test.field)
		}
	}
	for _, table := range []string{"replays", "replay_items", "replay_headers"} {
		if rows := count(t, dsn, table); rows != 0 {
			t.Errorf("%d rows are left in %s", rows, table)
		}
	}
	if _, err := store.CreateReplayJob(t.Context(), replay.JobRequest{Filter: all(), Target: "staging"}, "ada"); err != nil {
		t.Errorf("an allowed target: %v", err)
	}
	execute(t, dsn, "INSERT INTO replays (id, request, headers, total) SELECT gen_random_uuid(), '{}', false, 0 FROM generate_series(1, 99)")
	if _, err := store.CreateReplayJob(t.Context(), replay.JobRequest{Filter: all()}, "ada"); !errors.Is(err, api.ErrTooManyReplays) {
		t.Errorf("the 101st open job: %v", err)
	}
}

func TestJobsAreListedNewestFirstAndGoWithRetention(t *testing.T) {
	store, dsn := migrated(t, nil)
	recorded(t, store, 1, nil)
	var ids []string
	for i := range 3 {
		ids = append([]string{create(t, store, replay.JobRequest{Filter: all(), Name: fmt.Sprint(i)}).ID.String()}, ids...)
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
	execute(t, dsn, "UPDATE replays SET status = 'done', ended_at = now() - interval '10 days' WHERE name = '0'")
	if err := store.MaintainAt(t.Context(), 3, time.Now()); err != nil {
		t.Fatal(err)
	}
	if jobs, items := count(t, dsn, "replays"), count(t, dsn, "replay_items"); jobs != 2 || items != 2 {
		t.Errorf("%d jobs with %d items, want 2", jobs, items)
	}
}

func TestAJobOutlivesACrashOfTheServer(t *testing.T) {
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	recorded(t, store, 40, nil)
	s := newSends()
	s.hold = make(chan struct{})
	serveJobs(t, server.DSN(), "collector", []string{"shop"}, s.begin("collector"))
	job := create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}, Concurrency: 4})
	for range 4 {
		<-s.began
	}
	execute(t, server.DSN(), "CHECKPOINT") // as the tests' server does not sync
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	close(s.hold)
	// Results that are known wait in memory; nothing new is sent while nobody can write down that it was.
	if len(s.began) != 0 {
		t.Error("something was sent while the database is away")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	job = until(t, store, job.ID, "done", over)
	if n, twice := s.total(); n != 40 || twice != 0 || job.Same != 40 {
		t.Errorf("%d sent, %d twice: %+v", n, twice, job)
	}
}
