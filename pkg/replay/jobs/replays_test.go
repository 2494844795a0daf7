package jobs_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// recorded has the store have n recordings, of the gateways in turn.
func (m *memory) recorded(n int, gateways ...string) {
	for i := range n {
		m.recordings = append(m.recordings, recording.Recording{
			ID: uuid.New(), Timestamp: time.Now().Add(time.Duration(i) * time.Second), Protocol: recording.HTTP, Gateway: gateways[i%len(gateways)], Method: "GET", Path: "/",
		})
	}
}

// sends notes who has sent what, and when; each takes a while.
type sends struct {
	mu    sync.Mutex
	takes time.Duration
	all   map[uuid.UUID]int
	by    map[string][]time.Duration
	start time.Time
}

func newSends(takes time.Duration) *sends {
	return &sends{takes: takes, all: map[uuid.UUID]int{}, by: map[string][]time.Duration{}, start: time.Now()}
}

func (s *sends) begin(name string) replay.Begin {
	return func(context.Context, string, replay.Request) (replay.Sender, func(), error) {
		return func(ctx context.Context, r recording.Recording) (replay.Comparison, error) {
			s.mu.Lock()
			s.all[r.ID]++
			s.by[name] = append(s.by[name], time.Since(s.start))
			s.mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(s.takes):
			}
			return replay.Comparison{Diff: replay.Diff{Equal: true}}, ctx.Err()
		}, func() {}, nil
	}
}

// of returns how many a collector has sent.
func (s *sends) of(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.by[name])
}

// serve has a process work on jobs; stop ends it, in order where it is not dead.
func serve(t *testing.T, p *apitest.Process, m *memory, name string, gateways []string, s *sends) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- jobs.New(p.Config(m.config())).ServeReplayJobs(ctx, name, gateways, s.begin(name)) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func create(t *testing.T, m *memory, request replay.JobRequest) replay.Job {
	t.Helper()
	request.Filter = &recording.Filter{}
	job, err := jobs.New(m.config()).CreateReplayJob(t.Context(), request, "ada")
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func read(t *testing.T, m *memory, id uuid.UUID) replay.Job {
	t.Helper()
	job, err := jobs.New(m.config()).ReplayJob(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// The clock of the store may be anything: leases last as long.
func TestWhatADeadCollectorHadIsTakenWhenItsLeaseIsOverAndNotBefore(t *testing.T) {
	for _, skew := range []time.Duration{0, time.Hour, -40 * 24 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), newSends(2500*time.Millisecond)
				m.skew = skew
				m.recorded(5, "shop")
				var dead, alive apitest.Process
				first := serve(t, &dead, m, "first", []string{"shop"}, s)
				job := create(t, m, replay.JobRequest{})
				time.Sleep(3 * time.Second) // The second is under way; it was granted at 2.5 s, and the lease last renewed not before.
				dead.Kill()
				first()
				defer serve(t, &alive, m, "second", []string{"shop"}, s)()
				time.Sleep(9 * time.Second)
				if got := read(t, m, job.ID); got.TakenBy != "first" || s.of("second") != 0 {
					t.Errorf("12 s after the beginning it is of %q, and the second has sent %d", got.TakenBy, s.of("second"))
				}
				time.Sleep(2500 * time.Millisecond)
				if got := read(t, m, job.ID); got.TakenBy != "second" || got.Failed != 1 || got.Same != 1 {
					t.Errorf("once the lease is over: %+v", got)
				}
				time.Sleep(time.Minute)
				if got := read(t, m, job.ID); got.Status != replay.JobDone || got.Same != 4 || got.Failed != 1 || len(s.all) != 5 {
					t.Errorf("in the end %+v, %d sent", got, len(s.all))
				}
			})
		})
	}
}

func TestSharesOfGatewaysThatNobodyHasWaitForHalfAMinute(t *testing.T) {
	for name, test := range map[string]struct {
		gateway scenario.Gateway
		live    bool
		skipped bool
	}{
		"nobody has it":           {scenario.Gateway{Name: "blog", Upstream: "http://blog"}, true, true},
		"somebody has it":         {scenario.Gateway{Name: "shop", Upstream: "http://shop"}, true, false},
		"who has it is gone":      {scenario.Gateway{Name: "shop", Upstream: "http://shop"}, false, true},
		"it leads nowhere":        {scenario.Gateway{Name: "shop", Upstream: "pipelines"}, true, true},
		"it leads to others only": {scenario.Gateway{Name: "shop", Upstream: "pipelines", ReplayTargets: []string{"staging"}}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				m.recorded(3, "shop")
				m.instances = []scenario.Instance{{ID: "i", Live: test.live, Gateways: []scenario.Gateway{test.gateway}}}
				job := create(t, m, replay.JobRequest{})
				time.Sleep(29 * time.Second)
				if got := read(t, m, job.ID); got.Status != replay.JobQueued {
					t.Errorf("after 29 s: %+v", got)
				}
				time.Sleep(2 * time.Second)
				want := replay.JobQueued
				if test.skipped {
					want = replay.JobDone
				}
				if got := read(t, m, job.ID); got.Status != want || (got.Skipped == 3) != test.skipped {
					t.Errorf("after 31 s: %+v", got)
				}
			})
		})
	}
}

func TestAJobMayTakeADay(t *testing.T) {
	for _, action := range []replay.JobAction{replay.PauseJob, replay.ResumeJob} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			m.recorded(3, "shop")
			m.instances = []scenario.Instance{{ID: "i", Live: true, Gateways: []scenario.Gateway{{Name: "shop", Upstream: "http://shop"}}}}
			job := create(t, m, replay.JobRequest{HeaderOverrides: map[string]string{"X-Key": "hunter2"}})
			if _, err := jobs.New(m.config()).SteerReplayJob(t.Context(), job.ID, action, "ada"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(24*time.Hour - time.Second)
			if got := read(t, m, job.ID); got.Status.Over() {
				t.Errorf("before: %+v", got)
			}
			time.Sleep(2 * time.Second)
			if got := read(t, m, job.ID); got.Status != replay.JobStopped || got.Problem == "" || len(m.headers) != 0 {
				t.Errorf("after: %+v, %d header values", got, len(m.headers))
			}
		})
	}
}

// Collectors die, stand still and miss answers at any time, and come back under another name. Whatever happens, no recording is sent
// twice, each has one outcome in the end, and the counts are those of the outcomes.
func TestNothingIsSentTwiceWhateverHappensToCollectors(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				m, s := newMemory(), newSends(300*time.Millisecond)
				m.recorded(120, "shop", "blog")
				pace := []replay.Pace{{Mode: replay.PaceSequential}, {Mode: replay.PaceRate, Rate: 20}, {Mode: replay.PaceMultiple, Multiple: 10}}[seed%3]
				job := create(t, m, replay.JobRequest{Pace: pace, Concurrency: map[bool]int{true: 0, false: 8}[pace.Mode == replay.PaceSequential]})
				names := 0
				begin := func() (*apitest.Process, func()) {
					names++
					p := &apitest.Process{}
					return p, serve(t, p, m, fmt.Sprintf("collector-%d", names), []string{"shop", "blog"}, s)
				}
				type running struct {
					process *apitest.Process
					stop    func()
				}
				all := make([]running, 3)
				for i := range all {
					all[i].process, all[i].stop = begin()
				}
				for range 25 {
					time.Sleep(time.Duration(random.IntN(4000)) * time.Millisecond)
					one := &all[random.IntN(len(all))]
					switch random.IntN(4) {
					case 0:
						one.process.Kill()
						one.stop()
						one.process, one.stop = begin()
					case 1:
						resume := one.process.Pause()
						time.Sleep(time.Duration(random.IntN(15000)) * time.Millisecond)
						resume()
					case 2:
						one.process.Deafen(1 + random.IntN(3))
					case 3:
						one.stop()
						one.process, one.stop = begin()
					}
				}
				time.Sleep(5 * time.Minute)
				for _, one := range all {
					one.stop()
				}
				got := read(t, m, job.ID)
				if got.Status != replay.JobDone || got.Same+got.Failed != 120 || got.Same == 0 {
					t.Errorf("the job ended as %+v", got)
				}
				for id, n := range s.all {
					if n > 1 {
						t.Errorf("recording %s was sent %d times", id, n)
					}
				}
				outcomes := map[replay.Outcome]int{}
				for _, item := range m.jobs[job.ID].items {
					outcomes[item.result.Outcome]++
				}
				if outcomes[replay.Same] != got.Same || outcomes[replay.Failed] != got.Failed || len(s.all) < got.Same {
					t.Errorf("%d sent, the outcomes are %v, the counts %+v", len(s.all), outcomes, got)
				}
			})
		})
	}
}

// meddled has something happen before a change of jobs.
type meddled struct {
	jobs.JobStore
	before func()
}

func (m meddled) Change(ctx context.Context, f func(jobs.JobTx) error) error {
	m.before()
	return m.JobStore.Change(ctx, f)
}

// It stands still when all that is left to do is to give the share back: that is another's by then.
func TestACollectorThatIsLateGivesNothingBackThatIsAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), newSends(time.Second)
		m.recorded(4, "shop")
		replays := jobs.New(m.config())
		job := create(t, m, replay.JobRequest{})
		steer := func(action replay.JobAction) {
			if _, err := replays.SteerReplayJob(t.Context(), job.ID, action, "ada"); err != nil {
				t.Error(err)
			}
		}
		var stops []func()
		late := m.config()
		once := sync.OnceFunc(func() {
			time.Sleep(11 * time.Second)
			steer(replay.ResumeJob)
			stops = append(stops, serve(t, &apitest.Process{}, m, "second", []string{"shop"}, s))
			time.Sleep(500 * time.Millisecond) // It has one under way.
			if s.of("second") != 1 {
				t.Errorf("the second has sent %d", s.of("second"))
			}
		})
		turn := make(chan struct{}, 1) // a mutex would keep the clock from going on
		late.Jobs = meddled{m, func() {
			turn <- struct{}{} // the rest of it stands still, too
			defer func() { <-turn }()
			// What it has sent is written: it gives back what is left.
			if got := read(t, m, job.ID); got.Status == replay.JobPaused && got.Same == 1 {
				once()
			}
		}}
		ctx, cancel := context.WithCancel(t.Context())
		var serving sync.WaitGroup
		serving.Go(func() { _ = jobs.New(late).ServeReplayJobs(ctx, "first", []string{"shop"}, s.begin("first")) })
		time.Sleep(500 * time.Millisecond)
		steer(replay.PauseJob)
		time.Sleep(time.Minute)
		cancel()
		serving.Wait()
		for _, stop := range stops {
			stop()
		}
		if got := read(t, m, job.ID); got.Status != replay.JobDone || got.Same != 4 {
			t.Errorf("%+v", got)
		}
		for id, n := range s.all {
			if n > 1 {
				t.Errorf("recording %s was sent %d times", id, n)
			}
		}
	})
}

// Two that are to send in order do so, whoever has which gateway.
func TestASequentialJobKeepsItsOrderWhereACollectorDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), newSends(400*time.Millisecond)
		m.recorded(10, "shop", "blog")
		var order []uuid.UUID
		var mu sync.Mutex
		noted := func(name string) replay.Begin {
			return func(ctx context.Context, gateway string, request replay.Request) (replay.Sender, func(), error) {
				send, end, err := s.begin(name)(ctx, gateway, request)
				return func(ctx context.Context, r recording.Recording) (replay.Comparison, error) {
					mu.Lock()
					order = append(order, r.ID)
					mu.Unlock()
					return send(ctx, r)
				}, end, err
			}
		}
		var serving sync.WaitGroup
		start := func(p *apitest.Process, name, gateway string) (stop func()) {
			ctx, cancel := context.WithCancel(t.Context())
			serving.Go(func() { _ = jobs.New(p.Config(m.config())).ServeReplayJobs(ctx, name, []string{gateway}, noted(name)) })
			return cancel
		}
		var one, two, three apitest.Process
		stopOne, stopTwo := start(&one, "one", "shop"), start(&two, "two", "blog")
		job := create(t, m, replay.JobRequest{Pace: replay.Pace{Mode: replay.PaceSequential}})
		time.Sleep(1200 * time.Millisecond)
		two.Kill()
		stopTwo()
		stopThree := start(&three, "three", "blog")
		time.Sleep(time.Minute)
		stopOne()
		stopThree()
		serving.Wait()
		if got := read(t, m, job.ID); got.Status != replay.JobDone || got.Same+got.Failed != 10 {
			t.Errorf("%+v", got)
		}
		at := -1
		for _, id := range order {
			for i := range m.recordings {
				if m.recordings[i].ID == id {
					if i <= at {
						t.Errorf("number %d was sent after number %d", i+1, at+1)
					}
					at = i
				}
			}
		}
	})
}
