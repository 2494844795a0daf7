// Package memory keeps scenarios in the memory of one process: for a collector without a database, and for tests.
package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxHistory is how many changes are kept; older ones are forgotten.
const maxHistory = 1000

// Options are what a store starts with.
type Options struct {
	// Initial is the scenario until the first change; a zero mode is healthy.
	Initial scenario.Scenario
	// Presets are the presets of the configuration.
	Presets []scenario.Preset
	// OnChange is told every new state, in order and before the change is answered. It must not call the store.
	OnChange func(scenario.Scenario)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Store implements api.Scenarios. State is held as JSON, so that callers can never share memory with it.
type Store struct {
	configured []scenario.Preset
	onChange   func(scenario.Scenario)
	now        func() time.Time

	mu      sync.Mutex
	state   []byte
	history [][]byte
	presets map[string][]byte
}

var _ api.Scenarios = (*Store)(nil)

// New checks the options; the error joins *validation.Error.
func New(options Options) (*Store, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.OnChange == nil {
		options.OnChange = func(scenario.Scenario) {}
	}
	if options.Initial.Mode == "" {
		options.Initial.Mode = scenario.Healthy
	}
	if options.Initial.SetAt.IsZero() {
		options.Initial.SetAt = options.Now().UTC()
	}
	if err := options.Initial.Validate(); err != nil {
		return nil, err
	}
	for _, p := range options.Presets {
		if err := p.Validate(); err != nil {
			return nil, validation.In("presets."+p.Name, err)
		}
	}
	state, err := json.Marshal(options.Initial)
	if err != nil {
		return nil, fmt.Errorf("keep the initial scenario: %w", err)
	}
	return &Store{
		configured: slices.Clone(options.Presets), onChange: options.OnChange, now: options.Now,
		state: state, presets: map[string][]byte{},
	}, nil
}

// Current implements api.Scenarios. It is healthy once the scenario has expired.
func (s *Store) Current(ctx context.Context) (scenario.Scenario, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return scenario.Scenario{}, err
	}
	return s.current()
}

// current writes an expiry that has passed into the history, once.
func (s *Store) current() (scenario.Scenario, error) {
	var now scenario.Scenario
	if err := json.Unmarshal(s.state, &now); err != nil {
		return scenario.Scenario{}, err
	}
	if !now.Expired(s.now()) {
		return now, nil
	}
	now = now.At(s.now())
	now.Version++
	return now, s.store(now, api.Audit{By: now.SetBy, Action: "expired", Reason: now.Reason})
}

func (s *Store) store(next scenario.Scenario, audit api.Audit) error {
	state, err := json.Marshal(next)
	if err != nil {
		return err
	}
	entry, err := json.Marshal(scenario.Change{
		Version: next.Version, At: next.SetAt, By: audit.By, Action: audit.Action, Reason: audit.Reason, Scenario: next,
	})
	if err != nil {
		return err
	}
	s.state = state
	s.history = append(s.history, entry)
	if len(s.history) > maxHistory {
		s.history = slices.Delete(s.history, 0, len(s.history)-maxHistory)
	}
	s.onChange(next)
	return nil
}

// Change implements api.Scenarios.
func (s *Store) Change(ctx context.Context, audit api.Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return scenario.Scenario{}, err
	}
	next, err := s.current()
	if err != nil {
		return scenario.Scenario{}, err
	}
	version := next.Version
	if ifVersion != nil && *ifVersion != version {
		return scenario.Scenario{}, api.ErrConflict
	}
	if err := change(&next); err != nil {
		return scenario.Scenario{}, err
	}
	next.Version, next.SetAt, next.SetBy, next.Reason = version+1, s.now().UTC(), audit.By, audit.Reason
	if err := next.Validate(); err != nil {
		return scenario.Scenario{}, err
	}
	if err := s.store(next, audit); err != nil {
		return scenario.Scenario{}, err
	}
	return next, nil
}

// History implements api.Scenarios.
func (s *Store) History(ctx context.Context, before int64, limit int) ([]scenario.Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := s.current(); err != nil {
		return nil, err
	}
	changes := []scenario.Change{}
	for _, entry := range slices.Backward(s.history) {
		if len(changes) >= limit {
			break
		}
		var c scenario.Change
		if err := json.Unmarshal(entry, &c); err != nil {
			return nil, err
		}
		if before <= 0 || c.Version < before {
			changes = append(changes, c)
		}
	}
	return changes, nil
}

// Presets implements api.Scenarios, in the order of scenario.MergePresets.
func (s *Store) Presets(ctx context.Context) ([]scenario.Preset, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.all()
}

func (s *Store) all() ([]scenario.Preset, error) {
	users := make([]scenario.Preset, 0, len(s.presets))
	for _, name := range slices.Sorted(maps.Keys(s.presets)) {
		var p scenario.Preset
		if err := json.Unmarshal(s.presets[name], &p); err != nil {
			return nil, err
		}
		users = append(users, p)
	}
	return scenario.MergePresets(s.configured, users), nil
}

// Preset implements api.Scenarios.
func (s *Store) Preset(ctx context.Context, name string) (scenario.Preset, error) {
	presets, err := s.Presets(ctx)
	if err != nil {
		return scenario.Preset{}, err
	}
	for _, p := range presets {
		if p.Name == name {
			return p, nil
		}
	}
	return scenario.Preset{}, api.ErrNotFound
}

// SavePreset implements api.Scenarios.
func (s *Store) SavePreset(ctx context.Context, preset scenario.Preset, replace bool) error {
	preset.Source = scenario.User
	if err := preset.Validate(); err != nil {
		return err
	}
	data, err := json.Marshal(preset)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	_, exists := s.presets[preset.Name]
	switch {
	case s.readOnly(preset.Name):
		return api.ErrReadOnly
	case exists && !replace:
		return api.ErrConflict
	case !exists && replace:
		return api.ErrNotFound
	}
	if !exists {
		all, err := s.all()
		if err != nil {
			return err
		}
		if err := scenario.RoomForPresets("name", all, 1); err != nil {
			return err
		}
	}
	s.presets[preset.Name] = data
	return nil
}

// SavePresets implements api.Scenarios.
func (s *Store) SavePresets(ctx context.Context, presets []scenario.Preset, replace bool) (api.SavedPresets, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return api.SavedPresets{}, err
	}
	all, err := s.all()
	if err != nil {
		return api.SavedPresets{}, err
	}
	changes, saved, err := api.PlanPresets(all, presets, replace)
	if err != nil {
		return api.SavedPresets{}, err
	}
	next := maps.Clone(s.presets)
	for _, p := range changes {
		data, err := json.Marshal(p)
		if err != nil {
			return api.SavedPresets{}, err
		}
		next[p.Name] = data
	}
	s.presets = next
	return saved, nil
}

// DeletePreset implements api.Scenarios.
func (s *Store) DeletePreset(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.readOnly(name) {
		return api.ErrReadOnly
	}
	if _, exists := s.presets[name]; !exists {
		return api.ErrNotFound
	}
	delete(s.presets, name)
	return nil
}

func (s *Store) readOnly(name string) bool {
	return slices.ContainsFunc(scenario.MergePresets(s.configured, nil), func(p scenario.Preset) bool { return p.Name == name })
}
