package scenario_test

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestPreflightsMeetRulesThatNameOptionsOnly(t *testing.T) {
	failing := scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{503}}
	limited := scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{{Kind: scenario.FaultRateLimit, Limit: new(1), Per: scenario.PerAll}}}
	rule := func(target scenario.Target, behavior scenario.Behavior, exclude bool) []scenario.Rule {
		return []scenario.Rule{{Name: "r", Target: target, Behavior: behavior, Exclude: exclude}}
	}
	for name, test := range map[string]struct {
		definition scenario.Definition
		rule       string
		// preflight and plain are whether a preflight, and an OPTIONS that is none, are harmed.
		preflight, plain bool
	}{
		"a mode":               {scenario.Definition{Behavior: failing}, "", false, true},
		"faults":               {scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{{Kind: scenario.FaultReset}}}}, "", false, true},
		"the latency override": {scenario.Definition{Behavior: failing, Latency: &scenario.Latency{MinMS: 5, MaxMS: 5}}, "", true, true},
		"a rule":               {scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: rule(scenario.Target{Path: "/a"}, failing, false)}, "", false, true},
		"a rule for OPTIONS":   {scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: rule(scenario.Target{Methods: []string{"GET", "options"}}, failing, false)}, "r", true, true},
		"what is excluded": {
			scenario.Definition{Behavior: failing, Latency: &scenario.Latency{MinMS: 5, MaxMS: 5}, Rules: rule(scenario.Target{Path: "/a"}, scenario.Behavior{Mode: scenario.Healthy}, true)}, "r", false, false,
		},
	} {
		engine := compile(t, test.definition)
		x := scenario.Exchange{Method: "OPTIONS", Path: "/a", Preflight: true, TraceID: traceID(1)}
		if got := engine.Decide(x); got.Injects() != test.preflight || got.Rule != test.rule || got.Status != 0 && test.rule == "" {
			t.Errorf("%s: a preflight got %+v", name, got)
		}
		x.Preflight = false
		if got := engine.Decide(x); got.Injects() != test.plain {
			t.Errorf("%s: OPTIONS got %+v", name, got)
		}
	}
	// A preflight takes nothing from what its request is counted by.
	engine := compile(t, scenario.Definition{Behavior: limited})
	for range 3 {
		engine.Decide(scenario.Exchange{Method: "OPTIONS", Preflight: true})
	}
	if got := engine.Decide(scenario.Exchange{Method: "POST"}).Faults; len(got) != 1 || got[0].Quota.Exceeded {
		t.Errorf("the request behind preflights got %+v", got)
	}
}
