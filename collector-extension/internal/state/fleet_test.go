package state_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// fleet is a store that others change, too. It can be away, and can hold its calls up.
type fleet struct {
	store
	api.Scenarios               // nil: presets and history are not asked for
	row           chan struct{} // held by a change until it commits; synctest does not see through a mutex
	state         sync.Mutex
	current       scenario.Scenario
	changed       time.Time
	actions       []string
	frozen        chan struct{}
	notify        chan struct{}
	late          chan scenario.Scenario
	readOnly      bool
	committed     func() // called by a change that has its row, before it commits
}

func newFleet() *fleet {
	healthy := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
	return &fleet{current: scenario.Scenario{Definition: healthy}, row: make(chan struct{}, 1), notify: make(chan struct{}, 1), late: make(chan scenario.Scenario)}
}

// writes is as answers, of what changes something.
func (f *fleet) writes(ctx context.Context) error {
	f.state.Lock()
	readOnly := f.readOnly
	f.state.Unlock()
	if readOnly {
		return fmt.Errorf("%w: read-only", api.ErrUnavailable)
	}
	return f.answers(ctx)
}

func (f *fleet) answers(ctx context.Context) error {
	f.state.Lock()
	frozen := f.frozen
	f.state.Unlock()
	if frozen != nil {
		<-frozen // whatever ctx says: a driver may not notice
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if f.check() != nil {
		return fmt.Errorf("%w: refused", api.ErrUnavailable)
	}
	return nil
}

func (f *fleet) Current(ctx context.Context) (scenario.Scenario, error) {
	if err := f.answers(ctx); err != nil {
		return scenario.Scenario{}, err
	}
	f.state.Lock()
	defer f.state.Unlock()
	return f.current, nil
}

// write is called with the lock held.
func (f *fleet) write(next scenario.Scenario, action string) scenario.Scenario {
	next.Version = f.current.Version + 1
	f.current = next
	f.actions = append(f.actions, action)
	select {
	case f.notify <- struct{}{}:
	default:
	}
	return next
}

func (f *fleet) Change(ctx context.Context, audit api.Audit, _ *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error) {
	if err := f.writes(ctx); err != nil {
		return scenario.Scenario{}, err
	}
	f.row <- struct{}{}
	defer func() { <-f.row }()
	f.state.Lock()
	next := f.current
	f.state.Unlock()
	if err := change(&next); err != nil {
		return scenario.Scenario{}, err
	}
	if f.committed != nil {
		f.committed()
	}
	f.state.Lock()
	defer f.state.Unlock()
	f.changed = time.Now()
	next.SetAt, next.SetBy, next.Reason = f.changed, audit.By, audit.Reason
	return f.write(next, audit.Action), nil
}

func (f *fleet) Relieve(ctx context.Context, stop scenario.Stop) (scenario.Scenario, bool, error) {
	if err := f.writes(ctx); err != nil {
		return scenario.Scenario{}, false, err
	}
	f.row <- struct{}{}
	defer func() { <-f.row }()
	f.state.Lock()
	defer f.state.Unlock()
	switch {
	case stop.Is(f.current):
		return f.current, true, nil
	case f.current.Version > stop.Base && time.Since(f.changed) < time.Since(stop.At):
		return f.current, false, nil
	}
	return f.write(stop.Over(f.current), stop.Action), true, nil
}

func (f *fleet) Watch(ctx context.Context, apply func(scenario.Scenario)) error {
	poll := time.NewTicker(500 * time.Millisecond)
	defer poll.Stop()
	var version int64
	for {
		if current, err := f.Current(ctx); err == nil && current.Version != version {
			version = current.Version
			apply(current)
		}
		select {
		case s := <-f.late:
			version = s.Version
			apply(s)
		case <-f.notify:
		case <-poll.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (f *fleet) setReadOnly(readOnly bool) {
	f.state.Lock()
	defer f.state.Unlock()
	f.readOnly = readOnly
}

func (f *fleet) freeze() (thaw func()) {
	frozen := make(chan struct{})
	f.state.Lock()
	defer f.state.Unlock()
	f.frozen = frozen
	return func() {
		f.state.Lock()
		defer f.state.Unlock()
		f.frozen = nil
		close(frozen)
	}
}

// others returns a change by somebody else, elsewhere.
func (f *fleet) others(t *testing.T, mode scenario.Mode) scenario.Scenario {
	t.Helper()
	f.state.Lock()
	defer f.state.Unlock()
	f.changed = time.Now()
	next := f.current
	next.Behavior, next.SetBy, next.SetAt = scenario.Behavior{Mode: mode}, "bob", f.changed
	return f.write(next, "mode")
}

// member is one collector.
type member struct {
	state.Scenarios
	follower *state.Follower
	live     *scenario.Live
}

func join(t *testing.T, f *fleet, directory string) member {
	t.Helper()
	live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := state.NewStopFile(directory)
	pending, err := file.Load()
	if err != nil {
		t.Log(err)
	}
	follower := state.NewFollower(state.FollowerOptions{
		Store: f, Live: live, RetentionDays: 1, StopFile: file, Pending: pending, Logger: slog.New(slog.DiscardHandler),
	})
	follower.Start(scenario.Instance{ID: "one"})
	return member{follower.Scenarios(f), follower, live}
}

func (m member) mode() scenario.Mode { return m.live.Load().Scenario().Mode }

func (m member) set(t *testing.T, mode scenario.Mode) (scenario.Scenario, error) {
	t.Helper()
	return m.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.Behavior = scenario.Behavior{Mode: mode}
		return nil
	})
}

func (m member) halt(t *testing.T) (scenario.Scenario, api.Reach) {
	t.Helper()
	s, reach, err := m.Stop(t.Context(), api.Audit{By: "ada", Action: "stop", Reason: "enough"}, nil, scenario.Everything())
	if err != nil {
		t.Fatalf("stop: %v", err)
	}
	return s, reach
}

func (m member) is(t *testing.T, when string, want scenario.Mode) {
	t.Helper()
	if got := m.mode(); got != want {
		t.Errorf("%s: %s is in force, want %s", when, got, want)
	}
}
