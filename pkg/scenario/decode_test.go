package scenario_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestPresetsReadAsTheyAreWritten(t *testing.T) {
	for _, want := range append(scenario.BuiltInPresets(), scenario.Preset{Name: "all", Source: scenario.User, Definition: scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(1.5)},
		Latency:  &scenario.Latency{MinMS: 1, MaxMS: 2}, Seed: new(uint64(scenario.MaxSeed)),
		Rules: []scenario.Rule{{Name: "r", Disabled: true, Target: scenario.Target{Share: new(0.5)}, Behavior: scenario.Behavior{Mode: scenario.Healthy}}, {Name: "x", Exclude: true}},
	}}) {
		t.Run(want.Name, func(t *testing.T) {
			asJSON, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeJSON[scenario.Preset](asJSON)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("JSON: %v, (-want +got):\n%s", err, diff)
			}
			asYAML, err := yaml.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err = decodeYAML[scenario.Preset](asYAML)
			want.Source = "" // not part of the YAML form
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("YAML: %v, (-want +got):\n%s", err, diff)
			}
		})
	}
}

// The presets of the original plan, as its users wrote them.
const planPresets = `
production: {mode: healthy}
staging: {mode: degraded, latency_multiplier: 1.5}
high-load: {mode: degraded, latency_multiplier: 3.0, error_rate: 0.05}
network-issues: {mode: error, error_rate: 0.15, status_codes: [502, 503, 504]}
chaos: {mode: chaos, error_rate: 0.1, timeout_rate: 0.05, latency_min_ms: 0, latency_max_ms: 5000, spike_probability: 0.2}
`

func TestBuiltInPresetsAreThoseOfThePlan(t *testing.T) {
	planned, err := scenario.DecodePresets([]byte(planPresets))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]scenario.Definition{}
	for _, p := range planned {
		want[p.Name] = p.Definition
	}
	got := map[string]scenario.Definition{}
	for _, p := range scenario.BuiltInPresets() {
		got[p.Name] = p.Definition
		if p.Description == "" || p.Validate() != nil {
			t.Errorf("%s: description %q, %v", p.Name, p.Description, p.Validate())
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("presets (-plan +built in):\n%s", diff)
	}
}

func TestConfiguredPresetsAreRefusedByPath(t *testing.T) {
	for in, want := range map[string]string{
		"a: {mode: error, error_rte: 1}":                       "a.error_rte",
		"a: {mode: error, error_rate: 2}":                      "a.error_rate",
		"a: {mode: error, status_codes: [500, 1]}":             "a.status_codes[1]",
		"a: {mode: healthy, rules: [{name: r, mode: broken}]}": "a.rules[0].mode",
		"A: {mode: healthy}":                                   "A.name",
		"a: {name: b, mode: healthy}":                          "a.name",
		"a: {mode: degraded, latency_multiplier: .inf}":        "a.latency_multiplier",
		"- a": "",
	} {
		_, err := scenario.DecodePresets([]byte(in))
		if got := fields(err); len(got) != 1 || got[0] != want {
			t.Errorf("%s: blames %q (%v), want %q", in, got, err, want)
		}
	}
}

func TestMergedPresetsHaveEachNameOnce(t *testing.T) {
	preset := func(name string) scenario.Preset {
		return scenario.Preset{Name: name, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}
	}
	got := scenario.MergePresets([]scenario.Preset{preset("zeta"), preset("chaos")}, []scenario.Preset{preset("mine"), preset("staging"), preset("beta")})
	type line struct {
		Name   string
		Source scenario.Source
	}
	var lines []line
	for _, p := range got {
		lines = append(lines, line{p.Name, p.Source})
	}
	want := []line{
		{"production", scenario.BuiltIn},
		{"staging", scenario.BuiltIn},
		{"high-load", scenario.BuiltIn},
		{"network-issues", scenario.BuiltIn},
		{"chaos", scenario.Configuration},
		{"zeta", scenario.Configuration},
		{"beta", scenario.User},
		{"mine", scenario.User},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

func FuzzDecodePreset(f *testing.F) {
	f.Add([]byte(planPresets))
	f.Add([]byte(`{"name":"a","mode":"chaos","rules":[{"name":"r","mode":"error","target":{"path":"/a/{id}/**","headers":{"a":"b"}}}]}`))
	for _, fault := range validFaults(f) {
		preset, err := json.Marshal(scenario.Preset{Name: "a", Definition: faults(fault, fault)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(preset)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = scenario.DecodePresets(data)
		for _, decode := range []func([]byte) (scenario.Preset, error){decodeJSON[scenario.Preset], decodeYAML[scenario.Preset]} {
			p, err := decode(data)
			if err != nil {
				if len(fields(err)) == 0 {
					t.Errorf("an error that names no field: %v", err)
				}
				continue
			}
			engine, err := scenario.Compile(scenario.Scenario{Definition: p.Definition})
			if err != nil {
				t.Fatalf("valid but not compiled: %v", err)
			}
			engine.Decide(scenario.Exchange{})
			engine.Refuses("shop", 1)
			engine.Decide(scenario.Exchange{Method: "GET", Path: "/a/b/c", RawQuery: "a=%zz&b", TraceID: [16]byte{1}})
		}
	})
}

type valid interface{ Validate() error }

// decodeJSON reads one Behavior, Fault, Preset or Scenario as requests are read, and validates it.
func decodeJSON[T valid](data []byte) (T, error) { return decoded[T](validation.DecodeJSON, data) }

// decodeYAML reads what decodeJSON reads, from YAML.
func decodeYAML[T valid](data []byte) (T, error) { return decoded[T](validation.DecodeYAML, data) }

func decoded[T valid](decode func([]byte, any) error, data []byte) (T, error) {
	var v, none T
	if err := decode(data, &v); err != nil {
		return none, err
	}
	if err := v.Validate(); err != nil {
		return none, err
	}
	return v, nil
}
