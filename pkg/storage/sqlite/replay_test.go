package sqlite_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// replayStores returns a Store, and the same for a collector: one process has the file.
func replayStores(t *testing.T) (store apitest.ReplayStore, another func(*testing.T) apitest.ReplayStore) {
	one := fresh(t)
	return one, func(*testing.T) apitest.ReplayStore { return one }
}

func TestContractOfReplays(t *testing.T) { apitest.TestReplays(t, replayStores) }

func TestContractOfReplayJobs(t *testing.T) { apitest.TestReplayJobs(t, replayStores) }

func TestContractOfLeases(t *testing.T) {
	apitest.TestLeases(t, func(t *testing.T) apitest.Leased {
		// The clock of the store is nobody else's: it is off by hours, and stands still until it is moved.
		start := time.Now().Add(-7 * time.Hour)
		var passed atomic.Int64
		store := open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: func() time.Time { return start.Add(time.Duration(passed.Load())) }})
		return apitest.Leased{
			ReplayStore: store,
			Replaying:   func(*testing.T) jobs.Config { return store.Replaying() },
			Pass:        func(_ *testing.T, d time.Duration) { passed.Add(int64(d)) },
		}
	})
}

// served has a collector work on a job until that is over.
func served(t *testing.T, store *sqlite.Store, id uuid.UUID, s *apitest.Sends) (job replay.Job) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel()
	serving.Go(func() {
		if err := store.ServeReplayJobs(ctx, "collector", []string{"shop"}, s.Begin("collector")); err != nil {
			t.Error(err)
		}
	})
	for !job.Status.Over() {
		var err error
		if job, err = store.ReplayJob(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	return job
}

func TestHeaderValuesAreNeverInTheFileAndAJobThatLostThemFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	before, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	apitest.RecordedLately(t, before, 2, nil)
	job, err := before.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{}, HeaderOverrides: map[string]string{"Authorization": "Bearer hunter2"}}, "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + "-wal"} {
		if contents, err := os.ReadFile(file); err != nil || bytes.Contains(contents, []byte("hunter2")) {
			t.Errorf("%s has a header's value, or cannot be read: %v", file, err)
		}
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	store := open(t, path, sqlite.Options{}) // as the next process has it
	s := apitest.NewSends()
	job = served(t, store, job.ID, s)
	if n, _ := s.Total(); n != 0 || job.Status != replay.JobFailed || !strings.Contains(job.Problem, "header_overrides were lost") {
		t.Errorf("%d sent: %+v", n, job)
	}
}

func TestAJobGoesOnInTheNextProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mockforge.db")
	before, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	apitest.RecordedLately(t, before, 3, nil)
	job, err := before.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{}}, "ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	store := open(t, path, sqlite.Options{})
	s := apitest.NewSends()
	job = served(t, store, job.ID, s)
	if n, twice := s.Total(); n != 3 || twice != 0 || job.Same != 3 {
		t.Errorf("%d sent, %d twice: %+v", n, twice, job)
	}
}

func TestJobsThatEndedLongAgoAreDeletedWithTheirResults(t *testing.T) {
	var passed atomic.Int64
	path := filepath.Join(t.TempDir(), "mockforge.db")
	store := open(t, path, sqlite.Options{Now: func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }})
	apitest.RecordedLately(t, store, 2, nil)
	for i := range 3 {
		job, err := store.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{}}, "ada")
		if err == nil {
			_, err = store.SteerReplayJob(t.Context(), job.ID, []replay.JobAction{replay.StopJob, replay.StopJob, replay.PauseJob}[i], "ada")
		}
		if err != nil {
			t.Fatal(err)
		}
		passed.Add(int64(time.Hour))
	}
	// The first ended an hour before the second did; the third is not over.
	if err := store.DeleteReplays(t.Context(), time.Now().Add(30*time.Minute)); err != nil {
		t.Fatal(err)
	}
	page, err := store.ReplayJobs(t.Context(), "", 10)
	if err != nil || len(page.Jobs) != 2 {
		t.Errorf("%+v, %v; want two jobs", page, err)
	}
	if err := store.DeleteReplays(t.Context(), time.Now().Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if page, err = store.ReplayJobs(t.Context(), "", 10); err != nil || len(page.Jobs) != 1 {
		t.Errorf("%+v, %v; want the one that is not over", page, err)
	}
}
