package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

type faultExample struct {
	Name   string          `json:"name"`
	Fault  json.RawMessage `json:"fault"`
	Errors []struct {
		Field, Problem string
	} `json:"errors"`
}

func faultExamples(t *testing.T) (valid, invalid []faultExample) {
	t.Helper()
	data, err := os.ReadFile("../scenario/testdata/faults.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Valid, Invalid []faultExample }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Valid, file.Invalid
}

func TestFaultsAreTakenAsTheOpenAPIDocumentSays(t *testing.T) {
	router := newRouter(t)
	s := newServer(t, nil)
	valid, invalid := faultExamples(t)
	for _, e := range valid {
		for _, c := range []call{
			{"PUT", "/scenarios/mode", fmt.Sprintf(`{"mode":"chaos","faults":[%s]}`, e.Fault), 200},
			{"PUT", "/scenarios/rules", fmt.Sprintf(`{"rules":[{"name":"r","target":{"gateway":"shop"},"mode":"error","faults":[%s]}]}`, e.Fault), 200},
			{"POST", "/scenarios/presets/import?replace=true", fmt.Sprintf(`{"presets":[{"name":"p","mode":"degraded","faults":[%s]}]}`, e.Fault), 200},
			{"GET", "/scenarios/presets/p", "", 200},
			{"GET", "/scenarios/mode", "", 200},
		} {
			a := s.send(c.method, c.target, c.body)
			if a.status != c.status {
				t.Errorf("%s: %s %s: %d %s", e.Name, c.method, c.target, a.status, a.body)
				continue
			}
			holdTo(t, router, c, a)
		}
	}
	for _, e := range invalid {
		body := fmt.Sprintf(`{"rules":[{"name":"r","target":{},"mode":"error","faults":[{"kind":"reset"},%s]}]}`, e.Fault)
		a := s.send("PUT", "/scenarios/rules", body)
		var problem struct{ Field string }
		if err := json.Unmarshal([]byte(a.body), &problem); err != nil {
			t.Fatal(err)
		}
		if want := "rules[0].faults[1]." + e.Errors[0].Field; a.status != 400 || problem.Field != want {
			t.Errorf("%s: %d %s, want 400 about %s", e.Name, a.status, a.body, want)
		}
	}
}

func TestOpenAPIKnowsEveryParameterOfFaults(t *testing.T) {
	schemas := document(t).Components.Schemas
	for name, v := range map[string]any{"Fault": scenario.Fault{}, "When": scenario.When{}, "PatchOperation": scenario.PatchOperation{}} {
		var described, known []string
		for property := range schemas[name].Value.Properties {
			described = append(described, property)
		}
		for _, f := range reflect.VisibleFields(reflect.TypeOf(v)) {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			known = append(known, tag)
		}
		slices.Sort(described)
		slices.Sort(known)
		if diff := cmp.Diff(known, described); diff != "" {
			t.Errorf("%s (-known +described):\n%s", name, diff)
		}
	}
	var kinds []any
	for _, k := range scenario.FaultKinds() {
		kinds = append(kinds, string(k))
	}
	if diff := cmp.Diff(kinds, schemas["Fault"].Value.Properties["kind"].Value.Enum); diff != "" {
		t.Errorf("kinds (-known +described):\n%s", diff)
	}
}
