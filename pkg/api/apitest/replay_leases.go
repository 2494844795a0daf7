package apitest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Leased is a store of replays whose clock can be moved.
type Leased struct {
	ReplayStore
	// Replaying is what replays need of the same store as another process has it.
	Replaying func(t *testing.T) jobs.Config
	// Pass has a time pass by the clock of the store, and by no other.
	Pass func(t *testing.T, time time.Duration)
}

// How long leases last, and a little: what is promised of them is said in ADRs 2 and 4.
const (
	pastLease    = 11 * time.Second
	pastOneLease = 24 * time.Second
)

// TestLeases holds a store to what is promised where collectors die, are stopped for a while, or miss what the store answers: each
// recording is sent once at most, and what became of it is said. newStore returns an empty store; it is called once per subtest.
func TestLeases(t *testing.T, newStore func(t *testing.T) Leased) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store Leased)
	}{
		{"another collector goes on where one died", goesOnWhereOneDied},
		{"collectors that die one after another send nothing twice", diesAgainAndAgain},
		{"a collector that was stopped past its lease can neither send nor settle", stoppedPastItsLease},
		{"a collector that was stopped past its lease goes on where nobody has taken over", stoppedAndNobodyElse},
		{"a collector that misses answers sends nothing twice", missesAnswers},
		{"a job is stopped whose collector died", stoppedAfterADeath},
		{"a job is stopped while its collector is", stoppedMeanwhile},
		{"a paused job is not taken, and has time to be taken once it is resumed", pausedJob},
		{"a replay whose collector died fails, and is not sent again", oneWhoseCollectorDied},
		{"a replay that was given up is not sent", oneGivenUp},
		{"recordings may be in another store than jobs", recordingsElsewhere},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newStore(t)) })
	}
}

// collector is one that works on jobs of the gateway shop, and on replays.
type collector struct {
	Process
	*Sends
	// Stop ends it in order, and is not to be called after Die.
	Stop func()
	// Die ends it where it is.
	Die func()
}

// collect starts a collector. Where hold is true each of its sends waits for a value of Hold.
func (l *Leased) collect(t *testing.T, name string, hold bool) *collector {
	t.Helper()
	c := &collector{Sends: NewSends()}
	if hold {
		c.Hold = make(chan struct{})
	}
	replays := jobs.New(c.Config(l.Replaying(t)))
	ctx, cancel := context.WithCancel(t.Context())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := replays.ServeReplayJobs(ctx, name, []string{"shop"}, c.Begin(name)); err != nil {
			t.Errorf("ServeReplayJobs: %v", err)
		}
	})
	serving.Go(func() {
		if err := replays.ServeReplays(ctx, name, []string{"shop"}, func(ctx context.Context, r recording.Recording, request replay.Request) (replay.Comparison, error) {
			send, _, _ := c.Begin(name)(ctx, r.Gateway, request)
			return send(ctx, r)
		}); err != nil {
			t.Errorf("ServeReplays: %v", err)
		}
	})
	c.Stop = sync.OnceFunc(func() { cancel(); serving.Wait() })
	c.Die = func() { c.Kill(); c.Stop() }
	t.Cleanup(c.Stop)
	return c
}

// sentOnce holds the sends of collectors to be so many recordings, none twice.
func sentOnce(t *testing.T, want int, all ...*collector) {
	t.Helper()
	sent := map[uuid.UUID]int{}
	for _, c := range all {
		c.Sends.mu.Lock()
		for id, n := range c.all {
			if sent[id] += n; sent[id] > 1 {
				t.Errorf("recording %s was sent %d times", id, sent[id])
			}
		}
		c.Sends.mu.Unlock()
	}
	if len(sent) != want {
		t.Errorf("%d recordings were sent, want %d", len(sent), want)
	}
}

// holdsUp holds the counts of a job that is over to be those of its results.
func holdsUp(t *testing.T, store api.ReplayJobs, job replay.Job) {
	t.Helper()
	page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[replay.Outcome]int{}
	for _, r := range page.Results {
		counts[r.Outcome]++
	}
	if counts[replay.Same] != job.Same || counts[replay.Different] != job.Different || counts[replay.Failed] != job.Failed || counts[replay.Skipped] != job.Skipped {
		t.Errorf("the results are %v, the counts of the job %+v", counts, job)
	}
}

// shop makes a job of n recordings of the gateway shop, one after another.
func (l *Leased) shop(t *testing.T, n int) replay.Job {
	t.Helper()
	RecordedLately(t, l, n, nil)
	return createJob(t, l.ReplayStore, replay.JobRequest{Filter: &recording.Filter{}})
}

func goesOnWhereOneDied(t *testing.T, store Leased) {
	first := store.collect(t, "first", true)
	job := store.shop(t, 6)
	<-first.Began
	first.Hold <- struct{}{}
	<-first.Began
	first.Die() // with the second under way
	second := store.collect(t, "second", false)
	store.Pass(t, pastLease)
	job = untilJob(t, store, job.ID, "done", isOver)
	if job.Status != replay.JobDone || job.Same != 5 || job.Failed != 1 {
		t.Errorf("%+v", job)
	}
	sentOnce(t, 6, first, second)
	holdsUp(t, store, job)
	page, err := store.ReplayResults(t.Context(), job.ID, replay.ResultQuery{Outcome: replay.Failed, Limit: 10})
	if err != nil || len(page.Results) != 1 || page.Results[0].Sequence != 2 || page.Results[0].Problem != replay.NotSentAgain {
		t.Errorf("%+v, %v", page, err)
	}
}

func diesAgainAndAgain(t *testing.T, store Leased) {
	job := store.shop(t, 20)
	var all []*collector
	for i := range 4 {
		c := store.collect(t, fmt.Sprintf("collector-%d", i), true)
		all = append(all, c)
		for range i + 1 {
			<-c.Began
			c.Hold <- struct{}{}
		}
		<-c.Began
		c.Die()
		store.Pass(t, pastLease)
	}
	all = append(all, store.collect(t, "last", false))
	job = untilJob(t, store, job.ID, "done", isOver)
	// Of each that died one was under way.
	if job.Status != replay.JobDone || job.Same != 16 || job.Failed != 4 {
		t.Errorf("%+v", job)
	}
	sentOnce(t, 20, all...)
	holdsUp(t, store, job)
}

func stoppedPastItsLease(t *testing.T, store Leased) {
	first := store.collect(t, "first", true)
	job := store.shop(t, 5)
	<-first.Began
	resume := first.Pause()
	defer resume()
	store.Pass(t, pastLease)
	second := store.collect(t, "second", false)
	job = untilJob(t, store, job.ID, "done", isOver)
	first.Hold <- struct{}{} // Its answer comes, and it is another's by now to say what became of it.
	resume()
	second.Stop()
	next := createJob(t, store.ReplayStore, replay.JobRequest{Filter: &recording.Filter{}, Limit: 1})
	<-first.Began // It is there for others.
	first.Hold <- struct{}{}
	untilJob(t, store, next.ID, "done", isOver)
	if again, err := store.ReplayJob(t.Context(), job.ID); err != nil || again.Same != 4 || again.Failed != 1 || again.Status != replay.JobDone {
		t.Errorf("%+v, %v", again, err)
	}
	holdsUp(t, store, job)
	if n, _ := first.Total(); n != 2 {
		t.Errorf("the first sent %d, want one of each job", n)
	}
	if n, twice := second.Total(); n != 4 || twice != 0 {
		t.Errorf("the second sent %d, %d of them twice; want 4", n, twice)
	}
}

func stoppedAndNobodyElse(t *testing.T, store Leased) {
	only := store.collect(t, "only", true)
	job := store.shop(t, 3)
	<-only.Began
	resume := only.Pause()
	defer resume()
	store.Pass(t, pastLease)
	resume()
	close(only.Hold)
	job = untilJob(t, store, job.ID, "done", isOver)
	// Its own look may find the share free before its work is heard of again: what was under way then is failed.
	if job.Status != replay.JobDone || job.Same+job.Failed != 3 || job.Failed > 1 {
		t.Errorf("%+v", job)
	}
	sentOnce(t, 3, only)
	holdsUp(t, store, job)
}

func missesAnswers(t *testing.T, store Leased) {
	RecordedLately(t, store, 20, nil)
	job := createJob(t, store.ReplayStore, replay.JobRequest{Filter: &recording.Filter{}, Pace: replay.Pace{Mode: replay.PaceRate, Rate: 1000}, Concurrency: 3})
	c := store.collect(t, "collector", true)
	for range 6 {
		<-c.Began
		c.Deafen(1)
		c.Hold <- struct{}{}
	}
	close(c.Hold)
	job = untilJob(t, store, job.ID, "done", isOver)
	if job.Status != replay.JobDone || job.Same != 20 {
		t.Errorf("%+v", job)
	}
	sentOnce(t, 20, c)
	holdsUp(t, store, job)
}

func stoppedAfterADeath(t *testing.T, store Leased) {
	first := store.collect(t, "first", true)
	job := store.shop(t, 4)
	<-first.Began
	first.Die()
	if got, err := store.SteerReplayJob(t.Context(), job.ID, replay.StopJob, "ada"); err != nil || got.Status.Over() && got.Failed != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	store.Pass(t, pastLease)
	// There is no collector: who reads it finds out.
	got, err := store.ReplayJob(t.Context(), job.ID)
	if err != nil || got.Status != replay.JobStopped || got.Failed != 1 || got.Sent != 1 || got.EndedAt == nil {
		t.Errorf("%+v, %v", got, err)
	}
	sentOnce(t, 1, first)
	holdsUp(t, store, got)
}

func stoppedMeanwhile(t *testing.T, store Leased) {
	first := store.collect(t, "first", true)
	job := store.shop(t, 4)
	<-first.Began
	resume := first.Pause()
	defer resume()
	if _, err := store.SteerReplayJob(t.Context(), job.ID, replay.StopJob, "ada"); err != nil {
		t.Fatal(err)
	}
	store.Pass(t, pastLease)
	job = untilJob(t, store, job.ID, "stopped", isOver)
	close(first.Hold)
	resume()
	first.Stop()
	if again, err := store.ReplayJob(t.Context(), job.ID); err != nil || again.Status != replay.JobStopped || again.Failed != 1 || again.Same != 0 {
		t.Errorf("%+v, %v", again, err)
	}
	sentOnce(t, 1, first)
}

func pausedJob(t *testing.T, store Leased) {
	job := store.shop(t, 2)
	if _, err := store.SteerReplayJob(t.Context(), job.ID, replay.PauseJob, "ada"); err != nil {
		t.Fatal(err)
	}
	store.Pass(t, time.Hour) // Shares of a gateway that nobody has are skipped after half a minute, but for those of a paused job.
	if got, err := store.ReplayJob(t.Context(), job.ID); err != nil || got.Status != replay.JobPaused || got.Skipped != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := store.SteerReplayJob(t.Context(), job.ID, replay.ResumeJob, "ada"); err != nil || got.Status != replay.JobQueued || got.Skipped != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	store.Pass(t, 31*time.Second)
	got, err := store.ReplayJob(t.Context(), job.ID)
	if err != nil || got.Status != replay.JobDone || got.Skipped != 2 || got.Sent != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	holdsUp(t, store, got)
}

func oneWhoseCollectorDied(t *testing.T, store Leased) {
	r := ToReplay(t, store, nil)
	first := store.collect(t, "first", true)
	answer := make(chan error, 1)
	go func() {
		_, err := store.Replay(t.Context(), r.ID, replay.Request{}, "ada")
		answer <- err
	}()
	<-first.Began
	first.Die()
	second := store.collect(t, "second", false)
	store.Pass(t, pastOneLease)
	if err := <-answer; !errors.Is(err, api.ErrReplayFailed) {
		t.Errorf("%v", err)
	}
	if _, err := store.Replay(t.Context(), ToReplay(t, store, nil).ID, replay.Request{}, "ada"); err != nil {
		t.Errorf("the next one: %v", err)
	}
	sentOnce(t, 2, first, second)
}

func oneGivenUp(t *testing.T, store Leased) {
	r := ToReplay(t, store, nil)
	c := store.collect(t, "collector", false)
	resume := c.Pause()
	defer resume()
	config := store.Replaying(t)
	config.TakeWithin = 20 * time.Millisecond
	if _, err := jobs.New(config).Replay(t.Context(), r.ID, replay.Request{}, "ada"); !errors.Is(err, api.ErrReplayNotTaken) {
		t.Errorf("%v", err)
	}
	resume()
	other := ToReplay(t, store, nil)
	if _, err := store.Replay(t.Context(), other.ID, replay.Request{}, "ada"); err != nil {
		t.Error(err)
	}
	if n, _ := c.Total(); n != 1 {
		t.Errorf("%d were sent, want the other one alone", n)
	}
}

// elsewhere is where recordings are that are in no store of jobs.
type elsewhere struct{ jobs.Recordings }

func recordingsElsewhere(t *testing.T, store Leased) {
	recordings := RecordedLately(t, store, 5, func(i int, r *recording.Recording) {
		if i == 0 {
			r.Gateway = "blog"
		}
	})
	config := store.Replaying(t)
	config.Recordings, config.Selector = elsewhere{config.Recordings}, nil
	replays := jobs.New(config)
	whole, err := replays.CreateReplayJob(t.Context(), replay.JobRequest{Filter: &recording.Filter{Gateways: []string{"shop"}}, Limit: 3}, "ada")
	if err != nil || whole.Total != 3 {
		t.Fatalf("%+v, %v", whole, err)
	}
	named, err := replays.CreateReplayJob(t.Context(), replay.JobRequest{RecordingIDs: []uuid.UUID{recordings[4].ID, recordings[1].ID}}, "ada")
	if err != nil || named.Total != 2 {
		t.Fatalf("%+v, %v", named, err)
	}
	_, err = replays.CreateReplayJob(t.Context(), replay.JobRequest{RecordingIDs: []uuid.UUID{recordings[0].ID, uuid.New()}}, "ada")
	if all := validation.All(err); len(all) != 1 || all[0].Field != "recording_ids[1]" {
		t.Errorf("one that does not exist: %v", err)
	}
	store.collect(t, "collector", false)
	for id, want := range map[uuid.UUID][]recording.Recording{whole.ID: recordings[2:], named.ID: {recordings[1], recordings[4]}} {
		untilJob(t, store, id, "done", isOver)
		page, err := replays.ReplayResults(t.Context(), id, replay.ResultQuery{Limit: 10})
		if err != nil || len(page.Results) != len(want) {
			t.Fatalf("%+v, %v", page, err)
		}
		for i, r := range page.Results {
			if r.RecordingID != want[i].ID || r.Path != want[i].Path || r.Method != want[i].Method || r.Outcome != replay.Same {
				t.Errorf("result %d is %+v, want that of %s", i+1, r, want[i].Path)
			}
		}
	}
}
