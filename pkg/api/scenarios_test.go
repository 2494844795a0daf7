package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestBadInputNamesTheFieldAndChangesNothing(t *testing.T) {
	s := newServer(t, func(o *api.Options) { o.Limits = scenario.Limits{MaxDuration: time.Hour, MaxLatencyMS: 10_000} })
	before := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"degraded"}`)
	for _, test := range []struct{ method, target, body, field string }{
		{"PUT", "/scenarios/mode", `{}`, "mode"},
		{"PUT", "/scenarios/mode", `{"mode":"sick"}`, "mode"},
		{"PUT", "/scenarios/mode", `{"mode":7}`, "mode"},
		{"PUT", "/scenarios/mode", `{"mode":"error","error_rate":1.5}`, "error_rate"},
		{"PUT", "/scenarios/mode", `{"mode":"error","error_rate":-0.1}`, "error_rate"},
		{"PUT", "/scenarios/mode", `{"mode":"error","error_rate":"a"}`, "error_rate"},
		{"PUT", "/scenarios/mode", `{"mode":"error","status_codes":[500,600]}`, "status_codes[1]"},
		{"PUT", "/scenarios/mode", `{"mode":"error","status_codes":[500.5]}`, "status_codes[0]"},
		{"PUT", "/scenarios/mode", `{"mode":"error","latency_multiplier":2}`, "latency_multiplier"},
		{"PUT", "/scenarios/mode", `{"mode":"chaos","latency_min_ms":10,"latency_max_ms":5}`, "latency_min_ms"},
		{"PUT", "/scenarios/mode", `{"mode":"chaos","latency_max_ms":10001}`, "latency_max_ms"},
		{"PUT", "/scenarios/mode", `{"mode":"error","speed":1}`, "speed"},
		{"PUT", "/scenarios/mode", `{"mode":"error","seed":-1}`, "seed"},
		{"PUT", "/scenarios/mode", `{"mode":"error","seed":9007199254740992}`, "seed"},
		{"PUT", "/scenarios/mode", `{"mode":"error","reason":"` + strings.Repeat("x", 501) + `"}`, "reason"},
		{"PUT", "/scenarios/mode", `{"mode":"error","reason":"\u0000"}`, "reason"},
		{"PUT", "/scenarios/mode", `{"mode":"error","expires_in":"soon"}`, "expires_in"},
		{"PUT", "/scenarios/mode", `{"mode":"error","expires_in":"-1m"}`, "expires_in"},
		{"PUT", "/scenarios/mode", `{"mode":"error","expires_in":"61m"}`, "expires_in"},
		{"PUT", "/scenarios/mode", `{"mode":"error","if_version":"1"}`, "if_version"},
		{"PUT", "/scenarios/mode", `{"mode":"error"`, ""},
		{"PUT", "/scenarios/latency", `{"min_ms":-1,"max_ms":5}`, "min_ms"},
		{"PUT", "/scenarios/latency", `{"min_ms":6,"max_ms":5}`, "min_ms"},
		{"PUT", "/scenarios/latency", `{"min_ms":6}`, "max_ms"},
		{"PUT", "/scenarios/latency", `{"max_ms":10001}`, "max_ms"},
		{"PUT", "/scenarios/chaos/config", `{"mode":"error"}`, "mode"},
		{"PUT", "/scenarios/chaos/config", `{"timeout_rate":2}`, "timeout_rate"},
		{"PUT", "/scenarios/rules", `{}`, "rules"},
		{"PUT", "/scenarios/rules", `{"rules":[{"name":"a","target":{},"mode":"error"},{"name":"b","target":{"share":2},"mode":"error"}]}`, "rules[1].target.share"},
		{"PUT", "/scenarios/rules", `{"rules":[{"name":"a","target":{"speed":1},"mode":"error"}]}`, "rules[0].target.speed"},
		{"POST", "/scenarios/presets", `{"name":"A","mode":"error"}`, "name"},
		{"POST", "/scenarios/presets", `{"name":"a","mode":"error","error_rate":2}`, "error_rate"},
		{"POST", "/scenarios/presets", `{"name":"a","mode":"error","latency":{"min_ms":1,"max_ms":10001}}`, "latency.max_ms"},
		{"PUT", "/scenarios/presets/a", `{"name":"b","mode":"error"}`, "name"},
		{"POST", "/scenarios/presets/staging", `{"speed":1}`, "speed"},
		{"POST", "/scenarios/stop", `{"expires_in":"1m"}`, "expires_in"},
		{"GET", "/scenarios/presets/staging?format=xml", "", "format"},
		{"GET", "/scenarios/history?limit=0", "", "limit"},
		{"GET", "/scenarios/history?limit=x", "", "limit"},
		{"GET", "/scenarios/history?before=-1", "", "before"},
		{"GET", "/scenarios/history?speed=1", "", "speed"},
		{"GET", "/traffic?from=yesterday", "", "from"},
		{"GET", "/traffic?from=2026-03-15T00:00:00Z", "", "from"},
		{"GET", "/traffic?step=0.5s", "", "step"},
		{"GET", "/traffic?step=fast", "", "step"},
		{"GET", "/traffic?from=2026-03-14T00:00:00Z&step=1s", "", "step"},
		{"POST", "/recordings/query", `{"limit":-1}`, "limit"},
		{"POST", "/recordings/query", `{"from":"yesterday"}`, "from"},
		{"GET", "/recordings/stats?speed=1", "", "speed"},
		{"GET", "/recordings/stats?path=a&path=b", "", "path"},
		{"GET", "/recordings/stats?min_duration_ms=fast", "", "min_duration_ms"},
		{"GET", "/recordings/stats?from=now", "", "from"},
		{"GET", "/recordings/{7}", "", "id"},
	} {
		a := s.send(test.method, strings.NewReplacer("{", "%7B", "}", "%7D").Replace(test.target), test.body)
		if a.status != http.StatusBadRequest || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s %s: %d %s %s", test.method, test.target, test.body, a.status, a.header.Get("Content-Type"), a.body)
			continue
		}
		p := decode[api.Problem](t, a)
		if p.Field != test.field || p.Status != 400 || len(p.Errors) == 0 || !strings.HasPrefix(p.Detail, test.field) {
			t.Errorf("%s %s %s: blames %q: %s", test.method, test.target, test.body, p.Field, a.body)
		}
	}
	if diff := cmp.Diff(before, s.mustScenario(t, "GET", "/scenarios/mode", "")); diff != "" {
		t.Errorf("the scenario was changed:\n%s", diff)
	}
}

func TestModeKeepsRulesLatencyAndSeed(t *testing.T) {
	s := newServer(t, nil)
	s.mustScenario(t, "PUT", "/scenarios/latency", `{"max_ms":20}`)
	s.mustScenario(t, "PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{},"exclude":true}]}`)
	s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"error","seed":7}`)
	got := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"degraded","latency_multiplier":1.5,"reason":"drill"}`)
	want := scenario.Scenario{
		Definition: scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(1.5)},
			Latency:  &scenario.Latency{MaxMS: 20}, Seed: new(uint64(7)), Rules: []scenario.Rule{{Name: "r", Exclude: true}},
		},
		Version: 4, SetAt: apitest.Start, SetBy: "ada", Reason: "drill",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scenario (-want +got):\n%s", diff)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"error","seed":null}`); got.Seed != nil {
		t.Errorf("seed %d after it was set to null", *got.Seed)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/latency", `{}`); got.Latency != nil {
		t.Errorf("latency %+v after it was removed", got.Latency)
	}
}

func TestPresetReplacesTheWholeDefinition(t *testing.T) {
	s := newServer(t, nil)
	s.mustScenario(t, "PUT", "/scenarios/latency", `{"max_ms":20}`)
	got := s.mustScenario(t, "POST", "/scenarios/presets/high-load", "")
	if got.Preset != "high-load" || got.Mode != scenario.Degraded || *got.LatencyMultiplier != 3 || got.Latency != nil {
		t.Errorf("after high-load: %+v", got)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/latency", `{"max_ms":20}`); got.Preset != "" || got.Mode != scenario.Degraded {
		t.Errorf("after a change on top of it: preset %q, mode %s", got.Preset, got.Mode)
	}
}

func TestStopReturnsAllToHealthy(t *testing.T) {
	s := newServer(t, nil)
	s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"error","seed":1,"expires_in":"1h"}`)
	s.mustScenario(t, "PUT", "/scenarios/latency", `{"max_ms":20}`)
	s.mustScenario(t, "PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{},"mode":"error"}]}`)
	got := s.mustScenario(t, "POST", "/scenarios/stop", `{"reason":"enough"}`)
	want := scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}, Version: 4, SetAt: apitest.Start, SetBy: "ada", Reason: "enough"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scenario (-want +got):\n%s", diff)
	}
}

func TestChaosConfigCountsAtOnceWhereChaosIsLiveAndIsKeptWhereNot(t *testing.T) {
	s := newServer(t, nil)
	rate := func() float64 {
		return *decode[scenario.Behavior](t, s.send("GET", "/scenarios/chaos/config", "")).ErrorRate
	}
	if got := rate(); got != 0.1 {
		t.Errorf("by default: error rate %v", got)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/chaos/config", `{"error_rate":0.3}`); got.Mode != scenario.Healthy || rate() != 0.3 {
		t.Errorf("while healthy: mode %s, error rate %v", got.Mode, rate())
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"chaos"}`); *got.ErrorRate != 0.3 {
		t.Errorf("chaos begins with an error rate of %v", *got.ErrorRate)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/chaos/config", `{"error_rate":0.4}`); *got.ErrorRate != 0.4 || rate() != 0.4 {
		t.Errorf("while chaos is live: %+v", got)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"chaos","spike_probability":0.5}`); got.ErrorRate != nil || rate() != 0.1 {
		t.Errorf("chaos with parameters of its own: %+v", got.Behavior)
	}
	s.mustScenario(t, "POST", "/scenarios/stop", "")
	if rate() != 0.4 {
		t.Errorf("after the stop: error rate %v, want what was kept", rate())
	}
}

func TestExpiry(t *testing.T) {
	s := newServer(t, func(o *api.Options) { o.Limits.MaxDuration = time.Hour })
	expires := func(got scenario.Scenario) time.Duration {
		if got.ExpiresAt == nil {
			return 0
		}
		return got.ExpiresAt.Sub(s.clock.Now())
	}
	for _, step := range []struct {
		name, target, body string
		want               time.Duration
	}{
		{"the longest where none is asked for", "/scenarios/mode", `{"mode":"error"}`, time.Hour},
		{"what is asked for", "/scenarios/mode", `{"mode":"error","expires_in":"15m"}`, 15 * time.Minute},
		{"a change of a part keeps it", "/scenarios/latency", `{"max_ms":5}`, 15 * time.Minute},
		{"or sets it", "/scenarios/rules", `{"rules":[],"expires_in":"20m"}`, 20 * time.Minute},
		{"another mode begins anew", "/scenarios/mode", `{"mode":"chaos"}`, time.Hour},
		{"healthy with latency still ends", "/scenarios/mode", `{"mode":"healthy","expires_in":"1m"}`, time.Minute},
		{"nothing left, nothing to end", "/scenarios/latency", `{}`, 0},
		{"for the test below", "/scenarios/mode", `{"mode":"error","expires_in":"1m"}`, time.Minute},
	} {
		if got := expires(s.mustScenario(t, "PUT", step.target, step.body)); got != step.want {
			t.Errorf("%s: expires in %s, want %s", step.name, got, step.want)
		}
	}
	s.clock.Advance(time.Minute)
	if got := s.mustScenario(t, "GET", "/scenarios/mode", ""); got.Mode != scenario.Healthy || got.ExpiresAt != nil {
		t.Errorf("after the expiry: %+v", got)
	}
	if got := s.mustScenario(t, "PUT", "/scenarios/latency", `{"max_ms":5}`); got.Mode != scenario.Healthy {
		t.Errorf("a change after the expiry revives mode %s", got.Mode)
	}
}

func TestVersionGuardsAgainstOverwriting(t *testing.T) {
	s := newServer(t, nil)
	first := s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"error","if_version":0}`)
	a := s.send("PUT", "/scenarios/mode", `{"mode":"chaos","if_version":0}`)
	if a.status != http.StatusConflict || !strings.Contains(a.body, "someone else") {
		t.Errorf("a stale version: %d %s", a.status, a.body)
	}
	if got := s.mustScenario(t, "GET", "/scenarios/mode", ""); got.Version != first.Version || got.Mode != scenario.Error {
		t.Errorf("after it: %+v", got)
	}
}

func TestHistorySaysWhoWhatAndWhy(t *testing.T) {
	s := newServer(t, nil)
	s.mustScenario(t, "PUT", "/scenarios/mode", `{"mode":"error","reason":"drill"}`)
	s.mustScenario(t, "PUT", "/scenarios/latency", `{"max_ms":5}`)
	s.mustScenario(t, "PUT", "/scenarios/chaos/config", `{"error_rate":0.5}`)
	s.mustScenario(t, "PUT", "/scenarios/rules", `{"rules":[]}`)
	s.mustScenario(t, "POST", "/scenarios/presets/chaos", "")
	s.mustScenario(t, "POST", "/scenarios/stop", "")
	type changes struct{ Changes []scenario.Change }
	all := decode[changes](t, s.send("GET", "/scenarios/history", "")).Changes
	var actions []string
	for _, c := range all {
		actions = append(actions, c.Action)
		if c.By != "ada" {
			t.Errorf("version %d was set by %q", c.Version, c.By)
		}
	}
	if want := []string{"stop", "preset", "rules", "chaos", "latency", "mode"}; !slices.Equal(actions, want) {
		t.Errorf("actions %v, want %v", actions, want)
	}
	if first := all[len(all)-1]; first.Reason != "drill" || first.Scenario.Mode != scenario.Error {
		t.Errorf("first change: %+v", first)
	}
	if page := decode[changes](t, s.send("GET", "/scenarios/history?before=3&limit=1", "")).Changes; len(page) != 1 || page[0].Version != 2 {
		t.Errorf("page below 3: %+v", page)
	}
}

func TestExportedPresetIsImportedAsItIs(t *testing.T) {
	s := newServer(t, nil)
	if a := s.send("POST", "/scenarios/presets", chaosPreset); a.status != http.StatusCreated {
		t.Fatal(a.body)
	}
	want := decode[scenario.Preset](t, s.send("GET", "/scenarios/presets/mine", ""))
	for format, contentType := range map[string]string{"json": "application/json", "yaml": "application/yaml"} {
		exported := s.send("GET", "/scenarios/presets/mine?format="+format, "")
		if got := exported.header.Get("Content-Type"); got != contentType {
			t.Errorf("%s is exported as %s", format, got)
		}
		if a := s.send("DELETE", "/scenarios/presets/mine", ""); a.status != http.StatusNoContent {
			t.Fatal(a.body)
		}
		r := httptest.NewRequest("POST", "/scenarios/presets", strings.NewReader(exported.body))
		r.Header.Set("Content-Type", contentType)
		if a := s.serve(r); a.status != http.StatusCreated {
			t.Fatalf("import of %s: %d %s", exported.body, a.status, a.body)
		}
		if diff := cmp.Diff(want, decode[scenario.Preset](t, s.send("GET", "/scenarios/presets/mine", ""))); diff != "" {
			t.Errorf("%s (-exported +imported):\n%s", format, diff)
		}
	}
	copied := strings.Replace(s.send("GET", "/scenarios/presets/staging", "").body, `"staging"`, `"copy"`, 1)
	if got := decode[scenario.Preset](t, s.send("POST", "/scenarios/presets", copied)); got.Source != scenario.User || *got.LatencyMultiplier != 1.5 {
		t.Errorf("a copy of a built-in preset: %+v", got)
	}
}
