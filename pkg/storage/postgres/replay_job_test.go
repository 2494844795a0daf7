package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

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

func TestHeaderValuesAreKeptOnlyWhileAJobLastsAndNeverReturned(t *testing.T) {
	store, dsn := migrated(t, nil)
	apitest.RecordedLately(t, store, 2, nil)
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
	s := apitest.NewSends()
	serveJobs(t, dsn, "collector", []string{"shop"}, s.Begin("collector"))
	until(t, store, job.ID, "done", over)
	if s.Request.HeaderOverrides["Authorization"] != "Bearer hunter2" {
		t.Errorf("sent with %v", s.Request.HeaderOverrides)
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
	apitest.RecordedLately(t, store, 2, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2"}})
	execute(t, dsn, "TRUNCATE replay_headers") // as a crash of the server does
	s := apitest.NewSends()
	serveJobs(t, dsn, "collector", []string{"shop"}, s.Begin("collector"))
	job = until(t, store, job.ID, "over", over)
	if n, _ := s.Total(); n != 0 || job.Status != replay.JobFailed || !strings.Contains(job.Problem, "header_overrides were lost") {
		t.Errorf("%d sent: %+v", n, job)
	}
}

func TestAnotherCollectorGoesOnWhereOneDied(t *testing.T) {
	store, dsn := migrated(t, nil)
	apitest.RecordedLately(t, store, 20, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}})
	// A collector sent some, had two under way, and is gone.
	for _, statement := range []string{
		"UPDATE replays SET status = 'running', started_at = now()",
		"UPDATE replay_shares SET taken_by = 'dead', lease = 1, same = 5, lease_until = now() - interval '1 second'",
		"UPDATE replay_items SET outcome = 'same' WHERE sequence <= 5", "UPDATE replay_items SET outcome = 'sending' WHERE sequence IN (6, 7)",
	} {
		execute(t, dsn, statement)
	}
	s := apitest.NewSends()
	serveJobs(t, dsn, "alive", []string{"shop"}, s.Begin("alive"))
	job = until(t, store, job.ID, "done", over)
	if n, twice := s.Total(); n != 13 || twice != 0 || job.Same != 18 || job.Failed != 2 || job.Status != replay.JobDone {
		t.Errorf("%d sent, %d twice: %+v", n, twice, job)
	}
	page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Outcome: replay.Failed, Limit: 10})
	if err != nil || len(page.Results) != 2 || page.Results[0].Sequence != 6 || page.Results[0].Problem != replay.NotSentAgain {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestACollectorThatStopsGivesItsJobBackAtOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer store.Close()
	apitest.RecordedLately(t, store, 10, nil)
	first := apitest.NewSends()
	first.Hold = make(chan struct{})
	stop := serveJobs(t, dsn, "first", []string{"shop"}, first.Begin("first"))
	job := create(t, store, replay.JobRequest{Filter: all()})
	<-first.Began
	stop()
	if free := count(t, dsn, "replay_shares WHERE lease_until IS NULL AND ended_at IS NULL"); free != 1 {
		t.Error("the share was not given back")
	}
	second := apitest.NewSends()
	defer serveJobs(t, dsn, "second", []string{"shop"}, second.Begin("second"))()
	job = until(t, store, job.ID, "done", over)
	if n, _ := second.Total(); n != 9 || job.Failed != 1 || job.Same != 9 {
		t.Errorf("%d sent by the second: %+v", n, job)
	}
}

func TestRecordingsOfAGatewayThatNobodyHasAreSkipped(t *testing.T) {
	store, dsn := migrated(t, nil)
	apitest.RecordedLately(t, store, 6, func(i int, r *recording.Recording) {
		if i%2 == 0 {
			r.Gateway = "gone"
		}
	})
	// One that runs, but whose gateway of that name is a pipeline of the Collector, which has no upstream.
	if err := store.Register(t.Context(), scenario.Instance{ID: "i", Name: "i", Gateways: []scenario.Gateway{{Name: "gone", Endpoint: "receivers", Upstream: "pipelines"}}}); err != nil {
		t.Fatal(err)
	}
	s := apitest.NewSends()
	serveJobs(t, dsn, "collector", []string{"shop"}, s.Begin("collector"))
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
	apitest.RecordedLately(t, store, 1, nil)
	job := create(t, store, replay.JobRequest{Filter: all(), HeaderOverrides: map[string]string{"X-Key": "hunter2"}})
	execute(t, dsn, "UPDATE replays SET status = 'paused', created_at = now() - interval '25 hours'")
	job = until(t, store, job.ID, "stopped", over)
	if job.Status != replay.JobStopped || !strings.Contains(job.Problem, "24h") || count(t, dsn, "replay_headers") != 0 {
		t.Errorf("%+v", job)
	}
}

func TestAtMostFourJobsWorkOnOneGatewayAtOnce(t *testing.T) {
	store, dsn := migrated(t, nil)
	apitest.RecordedLately(t, store, 1, nil)
	s := apitest.NewSends()
	s.Hold = make(chan struct{})
	for i := range 2 {
		name := fmt.Sprintf("collector-%d", i)
		serveJobs(t, dsn, name, []string{"shop"}, s.Begin(name))
	}
	var jobs []uuid.UUID
	for range 6 {
		jobs = append(jobs, create(t, store, replay.JobRequest{Filter: all()}).ID)
	}
	for range 4 {
		<-s.Began
	}
	if n := count(t, dsn, "replay_shares WHERE lease_until > now()"); n != 4 {
		t.Errorf("%d jobs at work, want 4", n)
	}
	close(s.Hold)
	for _, id := range jobs {
		until(t, store, id, "done", over)
	}
}

func TestWhatIsRefusedLeavesNoRows(t *testing.T) {
	store, dsn := migrated(t, nil)
	r := apitest.RecordedLately(t, store, 1, nil)[0]
	for name, request := range map[string]replay.JobRequest{
		"nothing matches": {Filter: &recording.Filter{Methods: []string{"DELETE"}}, HeaderOverrides: map[string]string{"X-Key": "hunter2"}},
		"unknown id":      {RecordingIDs: []uuid.UUID{r.ID, uuid.New()}, HeaderOverrides: map[string]string{"X-Key": "hunter2"}},
		"unknown target":  {Filter: all(), Target: "production"},
	} {
		if _, err := store.CreateReplayJob(t.Context(), request, "ada"); len(validation.All(err)) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, table := range []string{"replays", "replay_items", "replay_headers"} {
		if rows := count(t, dsn, table); rows != 0 {
			t.Errorf("%d rows are left in %s", rows, table)
		}
	}
}

func TestJobsGoWithRetention(t *testing.T) {
	store, dsn := migrated(t, nil)
	apitest.RecordedLately(t, store, 1, nil)
	for i := range 3 {
		create(t, store, replay.JobRequest{Filter: all(), Name: fmt.Sprint(i)})
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
	apitest.RecordedLately(t, store, 40, nil)
	s := apitest.NewSends()
	s.Hold = make(chan struct{})
	serveJobs(t, server.DSN(), "collector", []string{"shop"}, s.Begin("collector"))
	job := create(t, store, replay.JobRequest{Filter: all(), Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}, Concurrency: 4})
	for range 4 {
		<-s.Began
	}
	execute(t, server.DSN(), "CHECKPOINT") // as the tests' server does not sync
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	close(s.Hold)
	// Results that are known wait in memory; nothing new is sent while nobody can write down that it was.
	if len(s.Began) != 0 {
		t.Error("something was sent while the database is away")
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	job = until(t, store, job.ID, "done", over)
	if n, twice := s.Total(); n != 40 || twice != 0 || job.Same != 40 {
		t.Errorf("%d sent, %d twice: %+v", n, twice, job)
	}
}
