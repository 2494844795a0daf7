package state_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is a shared store that can be away.
type store struct {
	mu         sync.Mutex
	away       bool
	refuses    int // so many registrations
	changes    chan scenario.Scenario
	registered []int64
	gone       []string
	presets    int
	traffic    int
}

func (s *store) check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return errors.New("away")
	}
	return nil
}

func (s *store) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

func (s *store) Migrate(context.Context) error                                { return s.check() }
func (s *store) PublishDefault(context.Context, scenario.Definition) error    { return s.check() }
func (s *store) MaintainPartitions(context.Context, scenario.Retention) error { return s.check() }
func (s *store) RollUpTraffic(context.Context, scenario.Retention) error      { return s.check() }
func (s *store) IndexForSearch(context.Context) error                         { return s.check() }
func (s *store) PublishPresets(_ context.Context, p []scenario.Preset) error {
	s.presets = len(p)
	return s.check()
}

func (s *store) Current(context.Context) (scenario.Scenario, error) {
	return scenario.Scenario{}, errors.New("not asked for")
}

func (s *store) Relieve(context.Context, scenario.Stop) (scenario.Scenario, bool, error) {
	return scenario.Scenario{}, false, errors.New("not asked for")
}

func (s *store) Deregister(_ context.Context, id string) error {
	s.gone = append(s.gone, id)
	return nil
}

func (s *store) WriteTraffic(_ context.Context, in []traffic.Interval) error {
	if err := s.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range in {
		s.traffic += int(i.Requests)
	}
	return nil
}

func (s *store) reports() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.registered)
}

func (s *store) written() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.traffic
}

func (s *store) Register(_ context.Context, i scenario.Instance) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses > 0 {
		s.refuses--
		return errors.New("refused")
	}
	s.registered = append(s.registered, i.AppliedVersion)
	return nil
}

func (s *store) Watch(ctx context.Context, apply func(scenario.Scenario)) error {
	for {
		select {
		case change := <-s.changes:
			apply(change)
		case <-ctx.Done():
			return nil
		}
	}
}

func follow(t *testing.T, s *store) (*scenario.Live, *state.Follower) {
	t.Helper()
	live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := state.NewFollower(state.FollowerOptions{
		Store: s, Live: live, Presets: scenario.BuiltInPresets(), RetentionDays: 1, Logger: slog.New(slog.DiscardHandler),
	})
	f.Start(scenario.Instance{ID: "one"})
	return live, f
}

func version(v int64, mode scenario.Mode) scenario.Scenario {
	return scenario.Scenario{Version: v, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: mode}}}
}

func TestAChangeIsAppliedAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{changes: make(chan scenario.Scenario)}
		live, f := follow(t, s)
		synctest.Wait()
		if mode := live.Load().Scenario().Mode; mode != scenario.Degraded {
			t.Errorf("before any change the mode is %s, want the default", mode)
		}
		s.changes <- version(1, scenario.Error)
		synctest.Wait()
		if mode := live.Load().Scenario().Mode; mode != scenario.Error {
			t.Errorf("mode is %s, want error", mode)
		}
		if diff := cmp.Diff([]int64{0, 1}, s.reports()); diff != "" {
			t.Errorf("versions reported at once (-want +got):\n%s", diff)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := len(s.reports()); n != 4 {
			t.Errorf("%d reports after 10s, want one every 4s", n)
		}
		f.Shutdown(t.Context())
		f.Shutdown(t.Context())
		if diff := cmp.Diff([]string{"one"}, s.gone); diff != "" {
			t.Errorf("signed off (-want +got):\n%s", diff)
		}
	})
}

// Somebody may wait for the acknowledgement: it does not wait for the next heartbeat.
func TestAnAcknowledgementThatIsNotTakenIsSentAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{changes: make(chan scenario.Scenario)}
		_, f := follow(t, s)
		synctest.Wait()
		s.mu.Lock()
		s.refuses = 2
		s.mu.Unlock()
		s.changes <- version(1, scenario.Error)
		time.Sleep(time.Second) // about 0.2 and 0.4 s
		synctest.Wait()
		if diff := cmp.Diff([]int64{0, 1}, s.reports()); diff != "" {
			t.Errorf("versions reported after a second (-want +got):\n%s", diff)
		}
		f.Shutdown(t.Context())
	})
}

// A database that is away for long is told of once, and once more when it is back.
func TestTheFollowerSaysOnceThatTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := &store{changes: make(chan scenario.Scenario), away: true}
		f := state.NewFollower(state.FollowerOptions{Store: s, Live: live, RetentionDays: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		f.Start(scenario.Instance{ID: "one"})
		time.Sleep(time.Hour)
		s.setAway(false)
		time.Sleep(6 * time.Second) // at most 5 between two attempts
		f.Shutdown(t.Context())
		for _, line := range []string{"cannot prepare the database", "the database is back: prepare the database"} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("%q is in the log %d times:\n%s", line, n, log.String())
			}
		}
	})
}

func TestAnInvalidScenarioIsNotApplied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{changes: make(chan scenario.Scenario)}
		live, f := follow(t, s)
		s.changes <- version(1, scenario.Error)
		s.changes <- version(2, "sleepy")
		synctest.Wait()
		if got := live.Load().Scenario().Version; got != 1 {
			t.Errorf("version %d is in force, want 1", got)
		}
		f.Shutdown(t.Context())
	})
}

func TestTheFollowerWaitsForTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{changes: make(chan scenario.Scenario), away: true}
		_, f := follow(t, s)
		time.Sleep(time.Minute)
		if len(s.reports()) != 0 {
			t.Error("registered before the schema was there")
		}
		s.setAway(false)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if n := len(s.reports()); n == 0 || s.presets != len(scenario.BuiltInPresets()) {
			t.Errorf("%d registrations, %d presets after the store is back", n, s.presets)
		}
		f.Shutdown(t.Context())
	})
}

func TestTrafficIsWrittenEverySecondAndAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{}
		counter := traffic.NewCounter(nil)
		r := state.NewReporter(s, counter, slog.New(slog.DiscardHandler))
		r.Start()
		count := func() {
			counter.Observe(traffic.Key{Gateway: "shop", Protocol: "http", Route: "/", Mode: "healthy"}, time.Millisecond, traffic.Outcome{})
		}
		count()
		time.Sleep(1001 * time.Millisecond)
		synctest.Wait()
		if s.written() != 1 {
			t.Errorf("%d requests written after a second, want 1", s.written())
		}
		s.setAway(true)
		count()
		time.Sleep(10 * time.Second)
		s.setAway(false)
		count()
		r.Shutdown(t.Context())
		r.Shutdown(t.Context())
		if s.traffic != 3 {
			t.Errorf("%d requests written at the end, want 3", s.traffic)
		}
	})
}
