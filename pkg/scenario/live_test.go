package scenario_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

var start = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func TestLiveFallsBackToHealthyWhenTheScenarioExpires(t *testing.T) {
	now := start
	live, err := scenario.NewLive(scenario.Scenario{
		Version: 3, ExpiresAt: new(start.Add(time.Minute)),
		Definition: scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Error}, Latency: &scenario.Latency{MinMS: 1, MaxMS: 1},
			Rules: []scenario.Rule{{Name: "r", Behavior: scenario.Behavior{Mode: scenario.Error}}},
		},
	}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	if d := live.Load().Decide(scenario.Exchange{}); d.Status == 0 {
		t.Errorf("before the expiry: %+v", d)
	}
	now = start.Add(time.Minute)
	want := scenario.Decision{Mode: scenario.Healthy, Version: 3}
	if diff := cmp.Diff(want, live.Load().Decide(scenario.Exchange{})); diff != "" {
		t.Errorf("after the expiry (-want +got):\n%s", diff)
	}
	if s := live.Load().Scenario(); s.Mode != scenario.Healthy || s.Version != 3 || s.Injects() {
		t.Errorf("after the expiry the scenario is %+v", s)
	}
	if err := live.Store(scenario.Scenario{Version: 4, Definition: behavior(scenario.Behavior{Mode: scenario.Error})}); err != nil {
		t.Fatal(err)
	}
	if d := live.Load().Decide(scenario.Exchange{}); d.Status == 0 || d.Version != 4 {
		t.Errorf("the next scenario: %+v", d)
	}
}

func TestLiveKeepsWhatIsInForceWhenTheNextIsInvalid(t *testing.T) {
	live, err := scenario.NewLive(scenario.Scenario{Version: 1, Definition: behavior(scenario.Behavior{Mode: scenario.Healthy})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := live.Store(scenario.Scenario{Version: 2}); err == nil {
		t.Error("a scenario without a mode is taken")
	}
	if got := live.Load().Scenario().Version; got != 1 {
		t.Errorf("version %d is in force, want 1", got)
	}
	if _, err := scenario.NewLive(scenario.Scenario{}, nil); err == nil {
		t.Error("NewLive takes a scenario without a mode")
	}
}

func TestLiveIsReadWhileItChanges(t *testing.T) {
	live, err := scenario.NewLive(scenario.Scenario{Definition: behavior(scenario.Behavior{Mode: scenario.Healthy})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		for v := range int64(200) {
			if err := live.Store(scenario.Scenario{Version: v, Definition: behavior(scenario.Behavior{Mode: scenario.Error})}); err != nil {
				t.Error(err)
			}
		}
	})
	group.Go(func() {
		last := int64(0)
		for range 2000 {
			v := live.Load().Decide(scenario.Exchange{}).Version
			if v < last {
				t.Errorf("version %d after %d", v, last)
			}
			last = v
		}
	})
	group.Wait()
}

func TestLimits(t *testing.T) {
	failing := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}}
	limits := scenario.Limits{MaxDuration: time.Hour, MaxLatencyMS: 1000, MaxTimeoutMS: 2000}
	for _, test := range []struct {
		name    string
		in      scenario.Definition
		expires time.Duration
		want    time.Duration
		blames  string
	}{
		{"nothing injected never expires", scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}, time.Minute, 0, ""},
		{"without an expiry it gets the longest", failing, 0, time.Hour, ""},
		{"a shorter one stays", failing, time.Minute, time.Minute, ""},
		{"the longest is allowed", failing, time.Hour, time.Hour, ""},
		{"longer is refused", failing, time.Hour + 1, 0, "expires_in"},
		{"the past is refused", failing, -time.Second, 0, "expires_in"},
		{"healthy with latency expires, too", scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Latency: &scenario.Latency{MaxMS: 1}}, 0, time.Hour, ""},
		{"healthy with a rule expires, too", scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: []scenario.Rule{{Name: "r", Behavior: failing.Behavior}}}, 0, time.Hour, ""},
		{"latency", scenario.Definition{Behavior: failing.Behavior, Latency: &scenario.Latency{MaxMS: 1001}}, 0, 0, "latency.max_ms"},
		{"spikes", scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos, LatencyMaxMS: new(1001), TimeoutMS: new(1)}}, 0, 0, "latency_max_ms"},
		{"timeouts of a rule", scenario.Definition{Behavior: failing.Behavior, Rules: []scenario.Rule{{Name: "r", Behavior: scenario.Behavior{Mode: scenario.Chaos, LatencyMaxMS: new(1)}}}}, 0, 0, "rules[0].timeout_ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scenario.Scenario{Definition: test.in}
			if test.expires != 0 {
				s.ExpiresAt = new(start.Add(test.expires))
			}
			err := limits.Apply(&s, start)
			if test.blames != "" {
				if got := fields(err); len(got) != 1 || got[0] != test.blames {
					t.Errorf("blames %v (%v), want %s", got, err, test.blames)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want *time.Time
			if test.want != 0 {
				want = new(start.Add(test.want))
			}
			if diff := cmp.Diff(want, s.ExpiresAt); diff != "" {
				t.Errorf("expiry (-want +got):\n%s", diff)
			}
		})
	}
	s := scenario.Scenario{Definition: failing}
	if err := (scenario.Limits{}).Apply(&s, start); err != nil || s.ExpiresAt != nil {
		t.Errorf("without limits: expiry %v, %v", s.ExpiresAt, err)
	}
}

func TestCapEndsWhatWasSetElsewhereWithoutTheLimit(t *testing.T) {
	limits := scenario.Limits{MaxDuration: time.Hour}
	failing := behavior(scenario.Behavior{Mode: scenario.Error})
	for name, test := range map[string]struct {
		in   scenario.Scenario
		want *time.Time
	}{
		"never expires":         {scenario.Scenario{Definition: failing, SetAt: start}, new(start.Add(time.Hour))},
		"expires too late":      {scenario.Scenario{Definition: failing, SetAt: start, ExpiresAt: new(start.Add(2 * time.Hour))}, new(start.Add(time.Hour))},
		"expires soon":          {scenario.Scenario{Definition: failing, SetAt: start, ExpiresAt: new(start.Add(time.Minute))}, new(start.Add(time.Minute))},
		"has nothing to expire": {scenario.Scenario{Definition: behavior(scenario.Behavior{Mode: scenario.Healthy}), SetAt: start}, nil},
	} {
		if diff := cmp.Diff(test.want, limits.Cap(test.in).ExpiresAt); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := (scenario.Limits{}).Cap(scenario.Scenario{Definition: failing, SetAt: start}); got.ExpiresAt != nil {
		t.Errorf("without a limit: %v", got.ExpiresAt)
	}
}
