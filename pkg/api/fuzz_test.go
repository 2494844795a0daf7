package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// FuzzPresetFile: whatever a file holds, it is refused with a problem, or all that it holds is valid afterwards.
func FuzzPresetFile(f *testing.F) {
	for _, file := range []string{
		"presets: []", "presets: [{name: a, mode: error, error_rate: .5}]", "presets: [{name: a, mode: healthy}, {name: a, mode: healthy}]",
		"presets:\n- &p {name: a, mode: chaos}\n- *p", "presets: {a: {mode: error}}", "? [a]\n: b", "presets: [.nan]", `{"presets":[{"name":"x","mode":"healthy"}]}`,
	} {
		f.Add(file, true)
	}
	f.Fuzz(func(t *testing.T, file string, replace bool) {
		s := newServer(t, nil)
		target := "/scenarios/presets/import"
		if replace {
			target += "?replace=true"
		}
		a := s.importYAML(target, file)
		if a.status >= 500 || a.status >= 300 && a.header.Get("Content-Type") != "application/problem+json" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		for name, p := range s.presets(t) {
			if err := p.Validate(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if a.status >= 300 && p.Source == scenario.User {
				t.Errorf("a refused file left %s", name)
			}
		}
		// What was taken is exported such that it is taken again.
		if again := s.importYAML("/scenarios/presets/import", s.send("GET", "/scenarios/presets/export", "").body); again.status != 200 {
			t.Errorf("the export is refused: %d %s", again.status, again.body)
		}
	})
}

// FuzzQueryStrings: whatever parameters there are, the answer is good or a problem that blames the client.
func FuzzQueryStrings(f *testing.F) {
	paths := []string{"/recordings/stats", "/recordings/export", "/recordings/patterns", "/recordings/diagram", "/traffic", "/scenarios/history"}
	for i, query := range []string{
		"methods=GET&methods=POST&injected=true", "format=har&limit=5&statuses=5xx", "gateways=a&from=2026-03-14T15:00:00Z", "consumer=web&format=mermaid",
		"step=5s&from=2026-03-14T15:00:00Z", "before=3&limit=2", "a=%zz", "not.routes=/a&headers.x-a=1&not.headers.x=*", "=&&;", "format=csv&path=/a/**/{}",
	} {
		f.Add(i, query)
	}
	f.Fuzz(func(t *testing.T, path int, query string) {
		r := httptest.NewRequest("GET", paths[uint(path)%uint(len(paths))], nil)
		r.URL.RawQuery = query
		a := newServer(t, nil).serve(r)
		if a.status >= 500 {
			t.Errorf("%s?%s: %d %s", r.URL.Path, query, a.status, a.body)
		}
		var p api.Problem
		if a.status >= 300 && (json.Unmarshal([]byte(a.body), &p) != nil || p.Detail == "") {
			t.Errorf("%s?%s: %d %s", r.URL.Path, query, a.status, a.body)
		}
	})
}
