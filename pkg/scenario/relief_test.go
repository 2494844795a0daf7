package scenario_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestAReliefTakesAwayWhatItSaysAndNoMore(t *testing.T) {
	soon, later := time.Unix(100, 0).UTC(), time.Unix(200, 0).UTC()
	latency := &scenario.Latency{MaxMS: 20}
	rules := []scenario.Rule{{Name: "r", Behavior: scenario.Behavior{Mode: scenario.Error}}}
	healthy, failing := scenario.Behavior{Mode: scenario.Healthy}, scenario.Behavior{Mode: scenario.Error}
	harmful := scenario.Scenario{
		Definition: scenario.Definition{Behavior: failing, Latency: latency, Rules: rules, Seed: new(uint64(7))},
		Version:    5, Preset: "mine", ExpiresAt: &soon, ChaosConfig: &scenario.Behavior{Mode: scenario.Chaos},
	}
	state := func(d scenario.Definition, expires *time.Time) scenario.Scenario {
		return scenario.Scenario{Definition: d, Version: 5, ExpiresAt: expires, ChaosConfig: harmful.ChaosConfig}
	}
	for name, test := range map[string]struct {
		relief scenario.Relief
		want   scenario.Scenario
	}{
		"a stop": {scenario.Everything(), state(scenario.Definition{Behavior: healthy}, nil)},
		"the mode": {
			scenario.Relief{Mode: true},
			state(scenario.Definition{Behavior: healthy, Latency: latency, Rules: rules, Seed: harmful.Seed}, &soon),
		},
		"the mode, and the rest ends later": {
			scenario.Relief{Mode: true, ExpiresAt: &later},
			state(scenario.Definition{Behavior: healthy, Latency: latency, Rules: rules, Seed: harmful.Seed}, &later),
		},
		"the latency": {
			scenario.Relief{Latency: true},
			state(scenario.Definition{Behavior: failing, Rules: rules, Seed: harmful.Seed}, &soon),
		},
		"the rules": {
			scenario.Relief{Rules: true},
			state(scenario.Definition{Behavior: failing, Latency: latency, Seed: harmful.Seed}, &soon),
		},
		"one after the other": {
			scenario.Relief{Mode: true, ExpiresAt: &later}.Then(scenario.Relief{Latency: true}).Then(scenario.Relief{Rules: true}),
			state(scenario.Definition{Behavior: healthy}, nil),
		},
	} {
		if diff := cmp.Diff(test.want, test.relief.From(harmful)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if harmful.Mode != scenario.Error || len(harmful.Rules) != 1 {
		t.Error("the scenario itself was changed")
	}
}
