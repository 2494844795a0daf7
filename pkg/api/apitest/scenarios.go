// Package apitest has the contract that every implementation of the control API's ports is held to.
package apitest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Start is what the clock of TestScenarios shows at first.
var Start = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

// Clock is a clock that stands until it is moved. It is safe for use by several goroutines.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock shows Start.
func NewClock() *Clock { return &Clock{now: Start} }

// Now returns the time that the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// TestScenarios holds a store to the comments of api.Scenarios. newStore returns an empty store, with the built-in
// presets and without configured ones, that takes its time from now; it is called once per subtest.
func TestScenarios(t *testing.T, newStore func(t *testing.T, now func() time.Time) api.Scenarios) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, api.Scenarios, *Clock)
	}{
		{"starts healthy at version 0", startsHealthy},
		{"a change is the next version, with who, when and why", changes},
		{"a whole definition survives storage", keepsDefinition},
		{"a change from an older version is a conflict", conflicts},
		{"a refused change leaves the state", refuses},
		{"an invalid state is never stored", validates},
		{"concurrent changes lose none", concurrent},
		{"history is newest first, in pages", history},
		{"an expired scenario is healthy, and in the history once", expires},
		{"has the built-in presets", builtIn},
		{"saves, changes and deletes presets of users", userPresets},
		{"keeps built-in presets as they are", readOnlyPresets},
		{"saves many presets, all or none", manyPresets},
		{"presets of users are bounded", boundedPresets},
	} {
		t.Run(test.name, func(t *testing.T) {
			clock := NewClock()
			test.run(t, newStore(t, clock.Now), clock)
		})
	}
}

var errRefused = errors.New("refused")

func setMode(b scenario.Behavior) func(*scenario.Scenario) error {
	return func(s *scenario.Scenario) error {
		s.Behavior = b
		return nil
	}
}

var failing = scenario.Behavior{Mode: scenario.Error}

func mustChange(t *testing.T, store api.Scenarios, audit api.Audit, change func(*scenario.Scenario) error) scenario.Scenario {
	t.Helper()
	s, err := store.Change(t.Context(), audit, nil, change)
	if err != nil {
		t.Fatalf("Change: %v", err)
	}
	return s
}

func current(t *testing.T, store api.Scenarios) scenario.Scenario {
	t.Helper()
	s, err := store.Current(t.Context())
	if err != nil {
		t.Fatalf("Current: %v", err)
	}
	return s
}

// same compares states as clients see them: a database may keep microseconds only.
var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(time.Millisecond)}

func startsHealthy(t *testing.T, store api.Scenarios, _ *Clock) {
	s := current(t, store)
	if s.Mode != scenario.Healthy || s.Version != 0 || s.Injects() {
		t.Errorf("Current() = mode %q version %d, want healthy 0", s.Mode, s.Version)
	}
	changes, err := store.History(t.Context(), 0, 10)
	if err != nil || len(changes) != 0 {
		t.Errorf("History() = %v, %v, want none", changes, err)
	}
}

func changes(t *testing.T, store api.Scenarios, clock *Clock) {
	clock.Advance(time.Minute)
	audit := api.Audit{By: "ada", Action: "mode", Reason: "game day"}
	changed := mustChange(t, store, audit, setMode(failing))
	want := scenario.Scenario{
		Definition: scenario.Definition{Behavior: failing},
		Version:    1, SetAt: Start.Add(time.Minute), SetBy: "ada", Reason: "game day",
	}
	if diff := cmp.Diff(want, changed, same); diff != "" {
		t.Errorf("Change() (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, current(t, store), same); diff != "" {
		t.Errorf("Current() (-want +got):\n%s", diff)
	}
	got, err := store.History(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	entry := []scenario.Change{{Version: 1, At: want.SetAt, By: "ada", Action: "mode", Reason: "game day", Scenario: want}}
	if diff := cmp.Diff(entry, got, same); diff != "" {
		t.Errorf("History() (-want +got):\n%s", diff)
	}
}

func keepsDefinition(t *testing.T, store api.Scenarios, _ *Clock) {
	expires := Start.Add(time.Hour)
	want := scenario.Scenario{
		Definition: scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(0.0), TimeoutMS: new(1), RandomErrors: new(false)},
			Latency:  &scenario.Latency{MinMS: 0, MaxMS: 20},
			Seed:     new(uint64(scenario.MaxSeed)),
			Rules: []scenario.Rule{
				{
					Name: "payments \"only\" \u00e9", Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{599, 100}},
					Target: scenario.Target{Methods: []string{"POST"}, Path: "/pay/{id}/**", Headers: map[string]string{"x-a": "b"}, Query: map[string]string{"q": "*"}, Share: new(0.25), ShareBy: "consumer"},
				},
				{Name: "health", Exclude: true, Disabled: true},
				{Name: "faults", Behavior: scenario.Behavior{Mode: scenario.Degraded, Faults: faultsOfAllForms()}},
			},
		},
		Preset: "mine", ExpiresAt: &expires, ChaosConfig: &scenario.Behavior{Mode: scenario.Chaos, SpikeProbability: new(1.0)},
	}
	mustChange(t, store, api.Audit{By: "ada", Action: "rules"}, func(s *scenario.Scenario) error {
		version := s.Version
		*s = want
		s.Version = version
		return nil
	})
	got := current(t, store)
	if diff := cmp.Diff(want, got, same, cmpopts.IgnoreFields(scenario.Scenario{}, "Version", "SetAt", "SetBy")); diff != "" {
		t.Errorf("Current() (-want +got):\n%s", diff)
	}
}

// faultsOfAllForms have numbers, texts, lists, objects and nulls that a store must not lose.
func faultsOfAllForms() []scenario.Fault {
	return []scenario.Fault{
		{Kind: scenario.FaultLatency, Distribution: scenario.Pareto, DelayMS: new(0.125), Alpha: new(2.5), Share: new(0.0), When: &scenario.When{Every: new(3), Per: scenario.PerTrace, RampMS: new(1)}},
		{Kind: scenario.FaultReplace, Body: new(""), SetHeaders: map[string]string{"X-Empty": "", "X-A": "\"\u00e9"}},
		{Kind: scenario.FaultTruncate, AfterBytes: new(int64(1 << 40))},
		{
			Kind:       scenario.FaultPatch,
			Patch:      []scenario.PatchOperation{{Op: "add", Path: "/a~1b/-"}, {Op: "replace", Path: "", Value: map[string]any{"n": nil, "l": []any{1.5, "x", true, map[string]any{}}}}},
			NullPaths:  []string{"orders[*].total"},
			Extensions: map[string]any{"code": "X", "deep": map[string]any{"a": []any{}}},
		},
	}
}

func conflicts(t *testing.T, store api.Scenarios, _ *Clock) {
	first := mustChange(t, store, api.Audit{Action: "mode"}, setMode(failing))
	stale := first.Version - 1
	if _, err := store.Change(t.Context(), api.Audit{Action: "mode"}, &stale, setMode(scenario.Behavior{Mode: scenario.Chaos})); !errors.Is(err, api.ErrConflict) {
		t.Errorf("Change from version %d: %v, want ErrConflict", stale, err)
	}
	if got := current(t, store); got.Mode != scenario.Error || got.Version != first.Version {
		t.Errorf("after a conflict: mode %s version %d", got.Mode, got.Version)
	}
	next, err := store.Change(t.Context(), api.Audit{Action: "mode"}, &first.Version, setMode(scenario.Behavior{Mode: scenario.Chaos}))
	if err != nil || next.Version != first.Version+1 {
		t.Errorf("Change from the current version: version %d, %v", next.Version, err)
	}
}

func refuses(t *testing.T, store api.Scenarios, _ *Clock) {
	_, err := store.Change(t.Context(), api.Audit{Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.Mode = scenario.Chaos
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("Change: %v, want the error of the change itself", err)
	}
	if got := current(t, store); got.Mode != scenario.Healthy || got.Version != 0 {
		t.Errorf("after a refused change: mode %s version %d", got.Mode, got.Version)
	}
}

func validates(t *testing.T, store api.Scenarios, _ *Clock) {
	_, err := store.Change(t.Context(), api.Audit{Action: "mode"}, nil, setMode(scenario.Behavior{Mode: scenario.Error, ErrorRate: new(1.5)}))
	fields := validation.All(err)
	if len(fields) != 1 || fields[0].Field != "error_rate" {
		t.Errorf("Change to an error rate of 1.5: %v, want a validation error of error_rate", err)
	}
	if got := current(t, store); got.Version != 0 {
		t.Errorf("after an invalid change: version %d", got.Version)
	}
}

func concurrent(t *testing.T, store api.Scenarios, _ *Clock) {
	const writers, each = 4, 5
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				rule := scenario.Rule{Name: fmt.Sprintf("%d-%d", w, i), Behavior: failing}
				if _, err := store.Change(t.Context(), api.Audit{Action: "rules"}, nil, func(s *scenario.Scenario) error {
					s.Rules = append(s.Rules, rule)
					return nil
				}); err != nil {
					t.Errorf("Change: %v", err)
				}
			}
		})
	}
	group.Wait()
	if got := current(t, store); got.Version != writers*each || len(got.Rules) != writers*each {
		t.Errorf("after %d changes: version %d with %d rules", writers*each, got.Version, len(got.Rules))
	}
}

func history(t *testing.T, store api.Scenarios, clock *Clock) {
	for range 5 {
		clock.Advance(time.Second)
		mustChange(t, store, api.Audit{By: "ada", Action: "mode"}, setMode(failing))
	}
	for _, page := range []struct {
		before int64
		limit  int
		want   []int64
	}{
		{0, 2, []int64{5, 4}},
		{4, 2, []int64{3, 2}},
		{2, 2, []int64{1}},
		{1, 2, nil},
		{0, 200, []int64{5, 4, 3, 2, 1}},
	} {
		changes, err := store.History(t.Context(), page.before, page.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, c := range changes {
			got = append(got, c.Version)
		}
		if !slices.Equal(got, page.want) {
			t.Errorf("History(before %d, limit %d) = versions %v, want %v", page.before, page.limit, got, page.want)
		}
	}
}

func expires(t *testing.T, store api.Scenarios, clock *Clock) {
	until := Start.Add(time.Minute)
	set := mustChange(t, store, api.Audit{By: "ada", Action: "mode"}, func(s *scenario.Scenario) error {
		s.Behavior, s.ExpiresAt = failing, &until
		s.Latency = &scenario.Latency{MaxMS: 10}
		s.Rules = []scenario.Rule{{Name: "all", Behavior: failing}}
		s.ChaosConfig = &scenario.Behavior{Mode: scenario.Chaos, SpikeProbability: new(1.0)}
		return nil
	})
	clock.Advance(time.Minute - time.Second)
	if got := current(t, store); got.Mode != scenario.Error {
		t.Errorf("before the expiry: mode %s", got.Mode)
	}
	clock.Advance(time.Second)
	for range 2 {
		if got := current(t, store); got.Injects() || got.ExpiresAt != nil || got.Version < set.Version {
			t.Errorf("after the expiry: %+v", got)
		} else if got.ChaosConfig == nil || *got.ChaosConfig.SpikeProbability != 1 {
			t.Errorf("the parameters for the next switch to chaos are lost: %+v", got.ChaosConfig)
		}
	}
	changes, err := store.History(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, c := range changes {
		actions = append(actions, c.Action)
	}
	if want := []string{"expired", "mode"}; !slices.Equal(actions, want) {
		t.Errorf("history after the expiry: %v, want %v", actions, want)
	}
	next := mustChange(t, store, api.Audit{By: "ada", Action: "latency"}, func(s *scenario.Scenario) error {
		if s.Injects() {
			t.Errorf("a change after the expiry begins with %+v, want healthy", s.Definition)
		}
		return nil
	})
	if next.Injects() || next.Version <= set.Version {
		t.Errorf("a change after the expiry gives %+v", next)
	}
}

func presetNames(t *testing.T, store api.Scenarios) []string {
	t.Helper()
	presets, err := store.Presets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	scenario.SortPresets(presets)
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return names
}

func builtIn(t *testing.T, store api.Scenarios, _ *Clock) {
	presets, err := store.Presets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	scenario.SortPresets(presets)
	if diff := cmp.Diff(scenario.BuiltInPresets(), presets, same); diff != "" {
		t.Errorf("Presets() (-want +got):\n%s", diff)
	}
	if _, err := store.Preset(t.Context(), "absent"); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("Preset(absent): %v, want ErrNotFound", err)
	}
}

func userPresets(t *testing.T, store api.Scenarios, _ *Clock) {
	p := scenario.Preset{Name: "b-mine", Description: "Mine.", Source: scenario.User, Definition: scenario.Definition{
		Behavior: failing, Latency: &scenario.Latency{MaxMS: 5}, Rules: []scenario.Rule{{Name: "r", Behavior: failing}},
	}}
	if err := store.SavePreset(t.Context(), p, true); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("replacing an absent preset: %v, want ErrNotFound", err)
	}
	if err := store.SavePreset(t.Context(), p, false); err != nil {
		t.Fatalf("saving: %v", err)
	}
	if err := store.SavePreset(t.Context(), p, false); !errors.Is(err, api.ErrConflict) {
		t.Errorf("saving again: %v, want ErrConflict", err)
	}
	got, err := store.Preset(t.Context(), p.Name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got, same); diff != "" {
		t.Errorf("Preset() (-want +got):\n%s", diff)
	}
	p.Description, p.Mode = "Changed.", scenario.Chaos
	if err := store.SavePreset(t.Context(), p, true); err != nil {
		t.Fatalf("replacing: %v", err)
	}
	if got, err := store.Preset(t.Context(), p.Name); err != nil || got.Description != "Changed." || got.Mode != scenario.Chaos {
		t.Errorf("after replacing: %+v, %v", got, err)
	}
	if err := store.SavePreset(t.Context(), scenario.Preset{Name: "a-mine", Definition: scenario.Definition{Behavior: failing}}, false); err != nil {
		t.Fatal(err)
	}
	if want, got := []string{"production", "staging", "high-load", "network-issues", "chaos", "a-mine", "b-mine"}, presetNames(t, store); !slices.Equal(got, want) {
		t.Errorf("Presets() = %v, want %v", got, want)
	}
	if err := store.DeletePreset(t.Context(), p.Name); err != nil {
		t.Fatalf("deleting: %v", err)
	}
	if err := store.DeletePreset(t.Context(), p.Name); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("deleting again: %v, want ErrNotFound", err)
	}
}

func readOnlyPresets(t *testing.T, store api.Scenarios, _ *Clock) {
	p := scenario.Preset{Name: "staging", Definition: scenario.Definition{Behavior: failing}}
	if err := store.SavePreset(t.Context(), p, true); !errors.Is(err, api.ErrReadOnly) {
		t.Errorf("changing staging: %v, want ErrReadOnly", err)
	}
	if err := store.SavePreset(t.Context(), p, false); !errors.Is(err, api.ErrReadOnly) && !errors.Is(err, api.ErrConflict) {
		t.Errorf("saving another staging: %v, want ErrReadOnly or ErrConflict", err)
	}
	if err := store.DeletePreset(t.Context(), "staging"); !errors.Is(err, api.ErrReadOnly) {
		t.Errorf("DeletePreset(staging): %v, want ErrReadOnly", err)
	}
}

func boundedPresets(t *testing.T, store api.Scenarios, _ *Clock) {
	preset := func(name string) scenario.Preset {
		return scenario.Preset{Name: name, Source: scenario.User, Definition: scenario.Definition{Behavior: failing}}
	}
	var presets []scenario.Preset
	for i := range scenario.MaxPresets {
		presets = append(presets, preset(fmt.Sprint("p", i)))
	}
	another := preset("another")
	var problem *validation.Error
	if got, err := store.SavePresets(t.Context(), slices.Concat(presets, []scenario.Preset{another}), true); !errors.As(err, &problem) || problem.Field != "presets" {
		t.Fatalf("one too many at once: %+v, %v", got, err)
	}
	if _, err := store.SavePresets(t.Context(), presets, false); err != nil {
		t.Fatal(err)
	}
	if err := store.SavePreset(t.Context(), another, false); !errors.As(err, &problem) || problem.Field != "name" {
		t.Errorf("one too many: %v", err)
	}
	if _, err := store.SavePresets(t.Context(), []scenario.Preset{another}, false); !errors.As(err, &problem) || problem.Field != "presets" {
		t.Errorf("one too many of many: %v", err)
	}
	if err := store.SavePreset(t.Context(), presets[7], true); err != nil {
		t.Errorf("replacing one of as many as there may be: %v", err)
	}
	if err := store.DeletePreset(t.Context(), "p7"); err != nil {
		t.Fatal(err)
	}
	if err := store.SavePreset(t.Context(), another, false); err != nil {
		t.Errorf("one where there is room again: %v", err)
	}
}

func manyPresets(t *testing.T, store api.Scenarios, _ *Clock) {
	preset := func(name string, b scenario.Behavior) scenario.Preset {
		return scenario.Preset{Name: name, Source: scenario.User, Definition: scenario.Definition{Behavior: b}}
	}
	save := func(replace bool, presets ...scenario.Preset) (api.SavedPresets, error) {
		return store.SavePresets(t.Context(), presets, replace)
	}
	healthy := scenario.Behavior{Mode: scenario.Healthy}
	if got, err := save(false, preset("b", failing), preset("a", failing)); err != nil || got != (api.SavedPresets{Created: 2}) {
		t.Fatalf("two new ones: %+v, %v", got, err)
	}
	// As they are already, built-in ones among them.
	all, err := store.Presets(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := save(false, all...); err != nil || got != (api.SavedPresets{}) {
		t.Errorf("all again: %+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		replace bool
		preset  scenario.Preset
		want    error
	}{
		"exists":   {false, preset("a", healthy), api.ErrConflict},
		"built in": {true, preset("staging", healthy), api.ErrReadOnly},
		"invalid":  {true, preset("c", scenario.Behavior{Mode: "sick"}), nil},
	} {
		got, err := save(test.replace, preset("new", healthy), test.preset)
		var at *api.PresetError
		if !errors.As(err, &at) || at.Index != 1 || test.want != nil && !errors.Is(err, test.want) || got != (api.SavedPresets{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if slices.Contains(presetNames(t, store), "new") {
		t.Error("a part was saved")
	}
	if got, err := save(true, preset("a", healthy), preset("new", healthy), preset("b", failing)); err != nil || got != (api.SavedPresets{Created: 1, Replaced: 1}) {
		t.Errorf("one changed, one new, one as it is: %+v, %v", got, err)
	}
	if got, err := store.Preset(t.Context(), "a"); err != nil || got.Mode != scenario.Healthy {
		t.Errorf("after replacing: %+v, %v", got, err)
	}
	if got, err := save(false); err != nil || got != (api.SavedPresets{}) {
		t.Errorf("none: %+v, %v", got, err)
	}
}
