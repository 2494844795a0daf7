package state

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Scenarios are the scenarios of the store as the control API of one collector gives and changes them: what it has answered is in
// force at the collector.
type Scenarios struct {
	api.Scenarios
	follower *Follower
}

var (
	_ api.Scenarios = Scenarios{}
	_ api.Stops     = Scenarios{}
)

// Scenarios returns the scenarios of store, which is that of the follower.
func (f *Follower) Scenarios(store api.Scenarios) Scenarios { return Scenarios{store, f} }

// Current returns what the store says; while a stop is pending, what is in force here.
func (s Scenarios) Current(ctx context.Context) (scenario.Scenario, error) {
	f := s.follower
	f.applying.Lock()
	pending := f.pending != nil
	f.applying.Unlock()
	if pending {
		return f.Live.Load().Scenario(), nil
	}
	return s.Scenarios.Current(ctx)
}

// Change changes the scenario of the store, and puts what that gave in force here before it returns. One that a stop at
// this collector overtakes is an api.ErrConflict.
func (s Scenarios) Change(ctx context.Context, audit api.Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error) {
	f := s.follower
	stops, err := f.behind(ctx)
	if err != nil {
		return scenario.Scenario{}, err
	}
	changed, err := s.Scenarios.Change(ctx, audit, ifVersion, func(next *scenario.Scenario) error {
		version := next.Version + 1
		if err := change(next); err != nil {
			return err
		}
		f.applying.Lock()
		defer f.applying.Unlock()
		if f.stops != stops {
			return api.ErrConflict
		}
		f.attempted = version
		return nil
	})
	if err == nil {
		f.give(ctx, changed)
	}
	return changed, err
}

// Stop takes harm away at once. See Follower.Stop.
func (s Scenarios) Stop(ctx context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, api.Reach, error) {
	return s.follower.Stop(ctx, audit, ifVersion, relief)
}
