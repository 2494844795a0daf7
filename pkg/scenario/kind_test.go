package scenario_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestEveryFieldOfAFaultIsAParameterOfAKind(t *testing.T) {
	var fields, known []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[scenario.Fault]()) {
		inJSON, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		inYAML, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if inJSON != inYAML {
			t.Errorf("%s is %s in JSON and %s in YAML", field.Name, inJSON, inYAML)
		}
		if inJSON != "kind" && inJSON != "share" && inJSON != "when" {
			fields = append(fields, inJSON)
		}
	}
	for _, p := range scenario.Parameters() {
		known = append(known, p.Name)
		if p.Control == "" || p.Schema == "" && len(p.Words) == 0 {
			t.Errorf("%s has no control or no schema", p.Name)
		}
	}
	if diff := cmp.Diff(fields, known); diff != "" {
		t.Errorf("fields and parameters (-fields +parameters):\n%s", diff)
	}
}

func TestKindsAreComplete(t *testing.T) {
	orders := map[int]scenario.FaultKind{}
	labels := map[string]scenario.FaultKind{}
	for _, kind := range scenario.Kinds() {
		if other, taken := orders[kind.Order]; taken {
			t.Errorf("%s and %s have the same place", kind.Name, other)
		}
		if other, taken := labels[kind.Label]; taken {
			t.Errorf("%s and %s have the same label", kind.Name, other)
		}
		orders[kind.Order], labels[kind.Label] = kind.Name, kind.Name
		if !slices.Contains(scenario.Groups(), kind.Group) {
			t.Errorf("%s is in group %q, which is none", kind.Name, kind.Group)
		}
		if !isSentenceCase(kind.Label) || !isSentenceCase(kind.Description) || !strings.HasSuffix(kind.Description, ".") {
			t.Errorf("%s is %q: %q", kind.Name, kind.Label, kind.Description)
		}
		if kind.Doc == "" || unicode.IsUpper(rune(kind.Doc[0])) {
			t.Errorf("%s is documented as %q, want what goes on after its name", kind.Name, kind.Doc)
		}
		if registered, known := kind.Name.Registered(); !known || registered != kind {
			t.Errorf("%s is registered as %v", kind.Name, registered)
		}
		for _, field := range kind.Fields {
			if !isSentenceCase(field.Label) && field.Label != "gRPC status" {
				t.Errorf("%s: %s is labelled %q", kind.Name, field.Name, field.Label)
			}
			if field.Control == scenario.ControlChoice && len(field.Choices) == 0 {
				t.Errorf("%s: %s has no choices", kind.Name, field.Name)
			}
			for _, choice := range field.Choices {
				if len(field.Words) > 0 && !slices.Contains(field.Words, choice.Value) {
					t.Errorf("%s: %s cannot be %q", kind.Name, field.Name, choice.Value)
				}
			}
			if field.Name == "at" && len(kind.Places()) < 2 {
				t.Errorf("%s has a choice of places, which are %v", kind.Name, kind.Places())
			}
		}
	}
	if _, known := scenario.FaultKind("odd").Registered(); known {
		t.Error("odd is a kind")
	}
}

func isSentenceCase(text string) bool { return text != "" && unicode.IsUpper([]rune(text)[0]) }

// as returns a fault of a kind as a new one is in the editor.
func as(t *testing.T, kind *scenario.Kind) scenario.Fault {
	t.Helper()
	document := kind.Initial
	document.Kind = kind.Name
	switch kind.Name {
	case scenario.FaultLatency:
		document.DelayMS = new(200.0)
	case scenario.FaultThrottle:
		document.BytesPerSecond = new(int64(10_240))
	case scenario.FaultRateLimit:
		document.Limit = new(10)
	}
	if err := document.Validate(); err != nil {
		t.Fatalf("a new %s: %v", kind.Name, err)
	}
	return document
}

func TestEachKindIsDecidedAbout(t *testing.T) {
	for _, kind := range scenario.Kinds() {
		f := as(t, kind)
		f.Share = nil
		engine := compile(t, faults(f))
		decided := engine.Decide(busyExchange).Faults
		refused := engine.Refuses("shop", 1)
		if atConnections := kind.Level == scenario.LevelConnection; refused != atConnections || (len(decided) == 1) == atConnections {
			t.Errorf("%s: decided %v, refused %v", kind.Name, decided, refused)
		}
		if len(decided) == 1 && decided[0].AtMessages() != (kind.Level == scenario.LevelMessage) {
			t.Errorf("%s is decided about by message: %v", kind.Name, decided[0].AtMessages())
		}
	}
}

func TestDefaultsAreTakenAndStay(t *testing.T) {
	for _, kind := range scenario.Kinds() {
		full := as(t, kind).WithDefaults()
		if err := full.Validate(); err != nil {
			t.Errorf("%s with its defaults: %v", kind.Name, err)
		}
		if diff := cmp.Diff(full, full.WithDefaults()); diff != "" {
			t.Errorf("%s has more defaults the second time (-first +second):\n%s", kind.Name, diff)
		}
	}
}

func TestRequestsMayAskAsTheExamplesSay(t *testing.T) {
	for _, kind := range scenario.Kinds() {
		if kind.Request == nil {
			if _, err := scenario.ParseFaultRequest(string(kind.Name)); err == nil {
				t.Errorf("%s may be asked for, and has no form for it", kind.Name)
			}
			continue
		}
		for _, example := range requested(kind) {
			faults, err := scenario.ParseFaultRequest(example)
			if err != nil || len(faults) != 1 || faults[0].Kind != kind.Name {
				t.Errorf("%s: %v, %v", example, faults, err)
			}
		}
		if _, err := scenario.ParseFaultRequest(string(kind.Name)); (err != nil) != kind.Request.Required {
			t.Errorf("%s without a value: %v", kind.Name, err)
		}
	}
}

func TestEveryErrorOfGRPCMayBeChosen(t *testing.T) {
	for _, field := range kindOf(t, scenario.FaultError).Fields {
		if field.Name != "grpc_code" {
			continue
		}
		var codes []string
		for _, choice := range field.Choices {
			code, ok := scenario.GRPCCode(choice.Value)
			if !ok {
				t.Errorf("%s is no error", choice.Value)
			}
			codes = append(codes, fmt.Sprint(int(code)))
		}
		if got := strings.Join(codes, " "); got != "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16" {
			t.Errorf("codes are %s", got)
		}
	}
}

func kindOf(t *testing.T, name scenario.FaultKind) *scenario.Kind {
	t.Helper()
	kind, known := name.Registered()
	if !known {
		t.Fatalf("%s is no kind", name)
	}
	return kind
}

func FuzzFaults(f *testing.F) {
	valid, invalid := examples(f)
	for _, e := range slices.Concat(valid, invalid) {
		f.Add([]byte(e.Fault))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		fault, err := decodeJSON[scenario.Fault](document)
		if err != nil {
			return
		}
		full := fault.WithDefaults()
		if err := full.Validate(); err != nil {
			t.Errorf("%s with its defaults: %v", document, err)
		}
		if again := full.WithDefaults(); !reflect.DeepEqual(again, full) {
			t.Errorf("%s has more defaults the second time", document)
		}
		engine, err := scenario.Compile(scenario.Scenario{Definition: faults(fault)})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for _, d := range engine.Decide(busyExchange).Faults {
				if d.Delay < 0 || d.DelayAt(1) < 0 || d.Code != 0 && (d.Code < 200 || d.Code > 599) {
					t.Errorf("%s draws %+v", document, d)
				}
			}
		}
		engine.Refuses("shop", 1)
	})
}
