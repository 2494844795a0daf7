package scenario_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func fields(err error) []string {
	var names []string
	for _, e := range validation.All(err) {
		names = append(names, e.Field)
	}
	return names
}

func TestBehaviorIsRefusedByField(t *testing.T) {
	for _, test := range []struct {
		name string
		in   scenario.Behavior
		want []string
	}{
		{"no mode", scenario.Behavior{}, []string{"mode"}},
		{"unknown mode", scenario.Behavior{Mode: "sick"}, []string{"mode"}},
		{"mode in capitals", scenario.Behavior{Mode: "Healthy"}, []string{"mode"}},
		{"healthy with a rate", scenario.Behavior{Mode: scenario.Healthy, ErrorRate: new(0.5)}, []string{"error_rate"}},
		{"error with a multiplier and a timeout", scenario.Behavior{Mode: scenario.Error, LatencyMultiplier: new(2.0), TimeoutMS: new(5)}, []string{"latency_multiplier", "timeout_ms"}},
		{"chaos with a multiplier", scenario.Behavior{Mode: scenario.Chaos, LatencyMultiplier: new(2.0)}, []string{"latency_multiplier"}},
		{"rate above 1", scenario.Behavior{Mode: scenario.Error, ErrorRate: new(1.0001)}, []string{"error_rate"}},
		{"negative rate", scenario.Behavior{Mode: scenario.Degraded, ErrorRate: new(-0.1)}, []string{"error_rate"}},
		{"rate NaN", scenario.Behavior{Mode: scenario.Error, ErrorRate: new(math.NaN())}, []string{"error_rate"}},
		{"rates infinite", scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(math.Inf(1)), TimeoutRate: new(math.Inf(-1)), SpikeProbability: new(math.NaN())}, []string{"error_rate", "timeout_rate", "spike_probability"}},
		{"multiplier below 1", scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(0.5)}, []string{"latency_multiplier"}},
		{"multiplier NaN", scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(math.NaN())}, []string{"latency_multiplier"}},
		{"status codes out of range", scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{99, 500, 600}}, []string{"status_codes[0]", "status_codes[2]"}},
		{"no status code", scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{}}, []string{"status_codes"}},
		{"negative latency", scenario.Behavior{Mode: scenario.Chaos, LatencyMinMS: new(-1), LatencyMaxMS: new(-1)}, []string{"latency_min_ms", "latency_max_ms"}},
		{"min above max", scenario.Behavior{Mode: scenario.Chaos, LatencyMinMS: new(20), LatencyMaxMS: new(10)}, []string{"latency_min_ms"}},
		{"min above the default max", scenario.Behavior{Mode: scenario.Chaos, LatencyMinMS: new(6000)}, []string{"latency_min_ms"}},
		{"timeout of 0", scenario.Behavior{Mode: scenario.Chaos, TimeoutMS: new(0)}, []string{"timeout_ms"}},
		{"latency of a day", scenario.Behavior{Mode: scenario.Chaos, LatencyMaxMS: new(86_400_000)}, []string{"latency_max_ms"}},
		{"errors and timeouts above 1", scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(0.6), TimeoutRate: new(0.5)}, []string{"timeout_rate"}},

		{"healthy", scenario.Behavior{Mode: scenario.Healthy}, nil},
		{"edges of error", scenario.Behavior{Mode: scenario.Error, ErrorRate: new(0.0), StatusCodes: []int{100, 599}}, nil},
		{"edges of degraded", scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(1.0), ErrorRate: new(1.0)}, nil},
		{"chaos that only fails", scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(1.0)}, nil},
		{"chaos that only times out", scenario.Behavior{Mode: scenario.Chaos, TimeoutRate: new(1.0)}, nil},
		{"chaos in full", scenario.Behavior{
			Mode: scenario.Chaos, ErrorRate: new(0.7), TimeoutRate: new(0.3), TimeoutMS: new(1), LatencyMinMS: new(0), LatencyMaxMS: new(0),
			SpikeProbability: new(1.0), RandomErrors: new(true), RandomSlowdowns: new(false), StatusCodes: []int{429},
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fields(test.in.Validate())); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefinitionIsRefusedByPath(t *testing.T) {
	failing := scenario.Behavior{Mode: scenario.Error}
	healthy := scenario.Behavior{Mode: scenario.Healthy}
	rules := func(rules ...scenario.Rule) scenario.Definition {
		return scenario.Definition{Behavior: healthy, Rules: rules}
	}
	target := func(t scenario.Target) scenario.Definition {
		return rules(scenario.Rule{Name: "r", Target: t, Behavior: failing})
	}
	many := make([]scenario.Rule, scenario.MaxRules+1)
	for _, test := range []struct {
		name string
		in   scenario.Definition
		want []string
	}{
		{"negative latency", scenario.Definition{Behavior: healthy, Latency: &scenario.Latency{MinMS: -1}}, []string{"latency.min_ms"}},
		{"latency min above max", scenario.Definition{Behavior: healthy, Latency: &scenario.Latency{MinMS: 2, MaxMS: 1}}, []string{"latency.min_ms"}},
		{"seed that JSON cannot hold", scenario.Definition{Behavior: healthy, Seed: new(uint64(1 << 53))}, []string{"seed"}},
		{"too many rules", rules(many...), []string{"rules"}},
		{"status code in a rule", rules(scenario.Rule{Name: "a", Behavior: failing}, scenario.Rule{Name: "b", Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{200, 700}}}), []string{"rules[1].status_codes[1]"}},
		{"rule without name and mode", rules(scenario.Rule{}), []string{"rules[0].name", "rules[0].mode"}},
		{"same name twice", rules(scenario.Rule{Name: "a", Behavior: failing}, scenario.Rule{Name: "a", Behavior: failing}), []string{"rules[1].name"}},
		{"control characters in a name", rules(scenario.Rule{Name: "a\nb", Behavior: failing}), []string{"rules[0].name"}},
		{"exclude with a mode", rules(scenario.Rule{Name: "a", Exclude: true, Behavior: failing}), []string{"rules[0].mode"}},
		{"exclude with parameters", rules(scenario.Rule{Name: "a", Exclude: true, Behavior: scenario.Behavior{ErrorRate: new(0.1)}}), []string{"rules[0].exclude"}},
		{"protocol", target(scenario.Target{Protocol: "ftp"}), []string{"rules[0].target.protocol"}},
		{"method", target(scenario.Target{Methods: []string{"GET", "NOT GOOD"}}), []string{"rules[0].target.methods[1]"}},
		{"share", target(scenario.Target{Share: new(2.0)}), []string{"rules[0].target.share"}},
		{"share by", target(scenario.Target{ShareBy: "moon"}), []string{"rules[0].target.share_by"}},
		{"header name", target(scenario.Target{Headers: map[string]string{"a b": "c"}}), []string{"rules[0].target.headers.a b"}},
		{"header value too long", target(scenario.Target{Headers: map[string]string{"a": strings.Repeat("x", 2000)}}), []string{"rules[0].target.headers.a"}},
		{"relative path", target(scenario.Target{Path: "users"}), []string{"rules[0].target.path"}},
		{"path with a wildcard in the middle", target(scenario.Target{Path: "/**/a"}), []string{"rules[0].target.path"}},
		{"path with half a parameter", target(scenario.Target{Path: "/a{id}"}), []string{"rules[0].target.path"}},
		{"path with a query", target(scenario.Target{Path: "/a?b"}), []string{"rules[0].target.path"}},
		{"path with an empty segment", target(scenario.Target{Path: "/a//b"}), []string{"rules[0].target.path"}},

		{"exclude alone", rules(scenario.Rule{Name: "a", Exclude: true}), nil},
		{"every condition", target(scenario.Target{
			Gateway: "shop", Protocol: "grpc", Methods: []string{"POST"}, Path: "/a/{id}/**", Headers: map[string]string{"X-A": "b"},
			Query: map[string]string{"q": ""}, Consumer: "web", Operation: "/shop.Shop/Get", Share: new(0.5), ShareBy: "consumer",
		}), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fields(test.in.Validate())); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if _, err := scenario.Compile(scenario.Scenario{Definition: test.in}); (err == nil) != (test.want == nil) {
				t.Errorf("Compile: %v", err)
			}
		})
	}
}

func TestPresetNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"staging": true, "a": true, "0-_z": true, strings.Repeat("a", 64): true,
		"": false, "Staging": false, "a b": false, "a/b": false, "é": false, "a\n": false, strings.Repeat("a", 65): false,
	} {
		p := scenario.Preset{Name: name, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}
		if err := p.Validate(); (err == nil) != ok {
			t.Errorf("preset %q: %v", name, err)
		} else if err != nil && fields(err)[0] != "name" {
			t.Errorf("preset %q: blames %v", name, fields(err))
		}
	}
}

func TestLongInputIsNotRepeatedInErrors(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	err := scenario.Preset{Name: long, Source: scenario.Source(long), Definition: scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Mode(long)},
		Rules:    []scenario.Rule{{Name: long, Target: scenario.Target{Path: long, Protocol: long, Headers: map[string]string{long: long}}}},
	}}.Validate()
	if err == nil || len(err.Error()) > 3000 {
		t.Errorf("the error has %d bytes", len(err.Error()))
	}
}
