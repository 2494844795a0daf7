package state

import (
	"context"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// soloWindow is how long a collector without a database remembers its figures.
	soloWindow = time.Hour
	// maxSoloIntervals bounds what that takes of memory, to about 40 MB where traffic has very many routes.
	maxSoloIntervals = 100_000
	// maxSoloPoints bounds one answer; the API asks for 1,000 at most.
	maxSoloPoints = 10_000
)

// SoloOptions are what a Solo is made of. All are required.
type SoloOptions struct {
	// Current reads the scenario, Applied the one that is in force.
	Current func(ctx context.Context) (scenario.Scenario, error)
	Applied func() scenario.Scenario
	// Instance is the collector.
	Instance func() scenario.Instance
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Solo is the fleet of a collector without a database: itself, with the figures that it counts. It is safe for use by
// any number of goroutines.
type Solo struct {
	options SoloOptions

	mu        sync.Mutex
	intervals []traffic.Interval
	watchers  map[chan struct{}]struct{}
}

// NewSolo makes a Solo without figures.
func NewSolo(o SoloOptions) *Solo {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Solo{options: o, watchers: map[chan struct{}]struct{}{}}
}

// Current returns the scenario.
func (s *Solo) Current(ctx context.Context) (scenario.Scenario, error) { return s.options.Current(ctx) }

// Instances returns the collector alone, which is alive.
func (s *Solo) Instances(context.Context) ([]scenario.Instance, error) {
	instance, applied := s.options.Instance(), s.options.Applied()
	instance.Live, instance.LastSeen, instance.AppliedVersion = true, s.options.Now().UTC(), applied.Version
	if !applied.SetAt.IsZero() {
		instance.AppliedAt = &applied.SetAt
	}
	return []scenario.Instance{instance}, nil
}

// WriteTraffic remembers what was counted, for an hour.
func (s *Solo) WriteTraffic(_ context.Context, intervals []traffic.Interval) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intervals = append(s.intervals, intervals...)
	oldest, drop := s.options.Now().Add(-soloWindow), max(0, len(s.intervals)-maxSoloIntervals)
	for drop < len(s.intervals) && s.intervals[drop].Start.Before(oldest) {
		drop++
	}
	// Not copied, so that the memory of what was dropped is free once append makes room.
	s.intervals = s.intervals[drop:]
	return nil
}

// Points sums up what is remembered, one point per step in [from, to). See api.Traffic.
func (s *Solo) Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	return s.GatewayPoints(ctx, "", from, to, step)
}

// GatewayPoints returns Points of one gateway; of all where its name is empty. See api.GatewayTraffic.
func (s *Solo) GatewayPoints(_ context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	switch {
	case step < time.Second:
		return nil, validation.Errorf("step", "must be at least 1s, is %s", step)
	case !from.Before(to):
		return nil, validation.Errorf("from", "must be before to")
	case to.Sub(from)/step >= maxSoloPoints:
		return nil, validation.Errorf("step", "must be larger: from and to are more than %d steps apart", maxSoloPoints)
	}
	from = from.UTC().Truncate(step)
	// The last step is counted in whole.
	end := from.Add((to.Sub(from) + step - 1) / step * step)
	var found []traffic.Interval
	s.mu.Lock()
	for _, in := range s.intervals {
		if middle := in.Middle(); !middle.Before(from) && middle.Before(end) && (gateway == "" || gateway == in.Gateway) {
			found = append(found, in)
		}
	}
	s.mu.Unlock()
	return traffic.Sum(found, from, end, step), nil
}

// Changed wakes those who watch the scenario.
func (s *Solo) Changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for watcher := range s.watchers {
		select {
		case watcher <- struct{}{}:
		default:
		}
	}
}

// Watch calls changed with the scenario, and again after every change, until ctx ends.
func (s *Solo) Watch(ctx context.Context, changed func(scenario.Scenario)) error {
	return s.watch(ctx, func() error {
		current, err := s.options.Current(ctx)
		if err == nil {
			changed(current)
		}
		return err
	})
}

// WatchInstances calls seen with the collector, and again after every change, until ctx ends. See api.WatchedInstances.
func (s *Solo) WatchInstances(ctx context.Context, seen func([]scenario.Instance)) error {
	err := s.watch(ctx, func() error {
		instances, err := s.Instances(ctx)
		if err == nil {
			seen(instances)
		}
		return err
	})
	if ctx.Err() == nil {
		return err
	}
	return nil
}

// watch calls look at once and after every change, until ctx ends or look fails.
func (s *Solo) watch(ctx context.Context, look func() error) error {
	woken := make(chan struct{}, 1)
	s.mu.Lock()
	s.watchers[woken] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, woken)
	}()
	for {
		if err := look(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-woken:
		}
	}
}
