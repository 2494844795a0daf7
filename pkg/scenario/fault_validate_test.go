package scenario_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

type problem struct {
	Field   string `json:"field"`
	Problem string `json:"problem"`
}

type example struct {
	Name   string          `json:"name"`
	Fault  json.RawMessage `json:"fault"`
	Errors []problem       `json:"errors"`
}

// examples returns the examples that the frontend's tests read, too.
func examples(t testing.TB) (valid, invalid []example) {
	t.Helper()
	data, err := os.ReadFile("testdata/faults.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Valid, Invalid []example }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Valid, file.Invalid
}

func validFaults(t testing.TB) []scenario.Fault {
	t.Helper()
	var faults []scenario.Fault
	valid, _ := examples(t)
	for _, e := range valid {
		f, err := decodeJSON[scenario.Fault](e.Fault)
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		faults = append(faults, f)
	}
	return faults
}

func TestFaultsAreTakenInBothFormsAndStayAsTheyAre(t *testing.T) {
	kinds := map[scenario.FaultKind]bool{}
	valid, _ := examples(t)
	for _, e := range valid {
		t.Run(e.Name, func(t *testing.T) {
			want, err := decodeJSON[scenario.Fault](e.Fault)
			if err != nil {
				t.Fatal(err)
			}
			kinds[want.Kind] = true
			asJSON, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			var before, after any
			if json.Unmarshal(e.Fault, &before) != nil || json.Unmarshal(asJSON, &after) != nil {
				t.Fatal("no JSON")
			}
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("written again (-want +got):\n%s", diff)
			}
			asYAML, err := yaml.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := decodeYAML[scenario.Fault](asYAML); err != nil || !cmp.Equal(want, got) {
				t.Errorf("YAML: %v, (-want +got):\n%s", err, cmp.Diff(want, got))
			}
			if err := want.WithDefaults().Validate(); err != nil {
				t.Errorf("with its defaults it is refused: %v", err)
			}
		})
	}
	for _, k := range scenario.FaultKinds() {
		if !kinds[k] {
			t.Errorf("no example of %s", k)
		}
	}
}

func TestFaultsAreRefusedByField(t *testing.T) {
	_, invalid := examples(t)
	for _, e := range invalid {
		t.Run(e.Name, func(t *testing.T) {
			_, err := decodeJSON[scenario.Fault](e.Fault)
			var got []problem
			for _, e := range validation.All(err) {
				got = append(got, problem{e.Field, e.Problem})
			}
			if diff := cmp.Diff(e.Errors, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsThatJSONCannotSayAreRefused(t *testing.T) {
	long := strings.Repeat("x", scenario.MaxFaultBody+1)
	for name, test := range map[string]struct {
		in   scenario.Fault
		want string
	}{
		"NaN":             {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(math.NaN())}, "delay_ms"},
		"infinite":        {scenario.Fault{Kind: scenario.FaultLatency, Distribution: scenario.LogNormal, DelayMS: new(1.0), Sigma: new(math.Inf(1))}, "sigma"},
		"large body":      {scenario.Fault{Kind: scenario.FaultReplace, Body: &long}, "body"},
		"large extension": {scenario.Fault{Kind: scenario.FaultError, Extensions: map[string]any{"a": []any{long[1:]}}}, "extensions"},
		"large patch":     {scenario.Fault{Kind: scenario.FaultPatch, Patch: []scenario.PatchOperation{{Op: "add", Path: "/a", Value: long[1:]}}}, "patch"},
		"many operations": {scenario.Fault{Kind: scenario.FaultPatch, Patch: make([]scenario.PatchOperation, scenario.MaxPatchOperations+1)}, "patch"},
		"long message":    {scenario.Fault{Kind: scenario.FaultError, Message: long}, "message"},
		"many headers":    {scenario.Fault{Kind: scenario.FaultHeaders, RemoveHeaders: slices.Repeat([]string{"A"}, scenario.MaxConditions+1)}, "remove_headers"},
	} {
		if got := fields(test.in.Validate()); len(got) != 1 || got[0] != test.want {
			t.Errorf("%s: blames %v, want %s", name, got, test.want)
		}
	}
}

func TestListsOfFaultsAreRefusedByPath(t *testing.T) {
	reset := scenario.Fault{Kind: scenario.FaultReset}
	refuse := scenario.Fault{Kind: scenario.FaultRefuse}
	rule := func(target scenario.Target, faults ...scenario.Fault) scenario.Definition {
		return scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Healthy},
			Rules:    []scenario.Rule{{Name: "r", Target: target, Behavior: scenario.Behavior{Mode: scenario.Error, Faults: faults}}},
		}
	}
	for _, test := range []struct {
		name string
		in   scenario.Definition
		want []string
	}{
		{"healthy", behavior(scenario.Behavior{Mode: scenario.Healthy, Faults: []scenario.Fault{reset}}), []string{"faults"}},
		{"too many", behavior(scenario.Behavior{Mode: scenario.Error, Faults: slices.Repeat([]scenario.Fault{reset}, scenario.MaxFaults+1)}), []string{"faults"}},
		{"in the mode", behavior(scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{reset, {Kind: "x"}}}), []string{"faults[1].kind"}},
		{"in a rule", rule(scenario.Target{}, reset, scenario.Fault{Kind: scenario.FaultThrottle}), []string{"rules[0].faults[1].bytes_per_second"}},
		{"in a rule that excludes", scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: []scenario.Rule{
			{Name: "r", Exclude: true, Behavior: scenario.Behavior{Faults: []scenario.Fault{reset}}},
		}}, []string{"rules[0].exclude"}},
		{"refused connections of a path", rule(scenario.Target{Gateway: "shop", Path: "/a"}, reset, refuse), []string{"rules[0].faults[1].kind"}},
		{"refused connections of a share", rule(scenario.Target{Share: new(0.5)}, refuse), []string{"rules[0].faults[0].kind"}},

		{"refused connections of a gateway", rule(scenario.Target{Gateway: "shop"}, refuse), nil},
		{"an empty list", behavior(scenario.Behavior{Mode: scenario.Healthy, Faults: []scenario.Fault{}}), nil},
		{"the most", behavior(scenario.Behavior{Mode: scenario.Chaos, Faults: slices.Repeat([]scenario.Fault{reset}, scenario.MaxFaults)}), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fields(test.in.Validate())); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFaultsShareNothingWithTheirCopies(t *testing.T) {
	for _, f := range validFaults(t) {
		before, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		b := scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{f}}.WithDefaults()
		got := b.Faults[0]
		for _, p := range []**float64{&got.Share, &got.DelayMS, &got.MinMS, &got.MaxMS, &got.DeviationMS, &got.Sigma, &got.Alpha, &got.Keep} {
			spoil(p)
		}
		for _, p := range []**int{&got.Status, &got.RetryAfterS, &got.TimeoutMS, &got.DurationMS, &got.WindowMS, &got.Limit, &got.AfterMessages, &got.CloseCode, &got.BytesChanged} {
			spoil(p)
		}
		spoil(&got.AfterBytes)
		spoil(&got.BytesPerSecond)
		if got.Body != nil {
			*got.Body = "spoilt"
		}
		if w := got.When; w != nil {
			for _, p := range []**int{&w.Every, &w.First, &w.BurstLength, &w.BurstOf, &w.WindowOnMS, &w.WindowOfMS, &w.RampMS} {
				spoil(p)
			}
			w.Per = "spoilt"
		}
		for i := range got.StatusCodes {
			got.StatusCodes[i] = 1
		}
		for name := range got.SetHeaders {
			got.SetHeaders[name] = "spoilt"
		}
		for i := range got.RemoveHeaders {
			got.RemoveHeaders[i] = "spoilt"
		}
		for i := range got.NullPaths {
			got.NullPaths[i] = "spoilt"
		}
		for i := range got.Patch {
			got.Patch[i].Path = "spoilt"
			if object, ok := got.Patch[i].Value.(map[string]any); ok {
				object["x"].([]any)[0] = "spoilt"
			}
		}
		if tries, ok := got.Extensions["tries"].([]any); ok {
			tries[0] = "spoilt"
		}
		if after, _ := json.Marshal(f); string(after) != string(before) {
			t.Errorf("a change of the copy changed %s to %s", before, after)
		}
	}
}

func spoil[T int | int64 | float64](p **T) {
	if *p != nil {
		**p = -1
	}
}

func TestWithFaultsTheModeDoesOnlyWhatItIsTold(t *testing.T) {
	reset := []scenario.Fault{{Kind: scenario.FaultReset}}
	for _, test := range []struct {
		name string
		in   scenario.Behavior
		want scenario.Decision
	}{
		{"degraded", scenario.Behavior{Mode: scenario.Degraded}, scenario.Decision{Multiplier: 1}},
		{"degraded with a multiplier", scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(2.0)}, scenario.Decision{Multiplier: 2, Floor: 100e6}},
		{"error", scenario.Behavior{Mode: scenario.Error}, scenario.Decision{}},
		{"error with a rate", scenario.Behavior{Mode: scenario.Error, ErrorRate: new(1.0), StatusCodes: []int{503}}, scenario.Decision{Status: 503}},
		{"chaos", scenario.Behavior{Mode: scenario.Chaos}, scenario.Decision{}},
		{"chaos with codes", scenario.Behavior{Mode: scenario.Chaos, StatusCodes: []int{503}}, scenario.Decision{}},
		{"chaos with timeouts", scenario.Behavior{Mode: scenario.Chaos, TimeoutRate: new(1.0), TimeoutMS: new(5)}, scenario.Decision{Timeout: 5e6}},
		{"chaos with spikes", scenario.Behavior{Mode: scenario.Chaos, SpikeProbability: new(1.0), LatencyMinMS: new(7), LatencyMaxMS: new(7)}, scenario.Decision{Delay: 7e6}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.in.Faults = reset
			for range 50 {
				got := compile(t, behavior(test.in)).Decide(scenario.Exchange{TraceID: traceID(1)})
				if len(got.Faults) != 1 || got.Faults[0].Kind != scenario.FaultReset || !got.Injects() {
					t.Fatalf("faults: %+v", got.Faults)
				}
				got.Faults = nil
				test.want.Mode, test.want.Version = test.in.Mode, 7
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Fatalf("Decide (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestPathsOfFieldsMayBeJSONPath(t *testing.T) {
	for path, ok := range map[string]bool{
		"user.email": true, "orders[*].lines[0].total": true, "**.email": true, "$..email": true, "$.orders[-1]['line items']": true, "orders[].total": true,
		"$": false, "**": false, "$.orders[?@.total > 1]": false, "a-b": false,
	} {
		if _, err := scenario.ParseNullPath(path); (err == nil) != ok {
			t.Errorf("%s: %v", path, err)
		}
	}
}
