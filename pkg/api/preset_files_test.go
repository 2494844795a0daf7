package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func (s *server) importYAML(target, file string) answer {
	r := httptest.NewRequest("POST", target, strings.NewReader(file))
	r.Header.Set("Content-Type", "application/yaml")
	return s.serve(r)
}

func (s *server) presets(t *testing.T) map[string]scenario.Preset {
	t.Helper()
	all := map[string]scenario.Preset{}
	for _, p := range decode[struct{ Presets []scenario.Preset }](t, s.send("GET", "/scenarios/presets", "")).Presets {
		all[p.Name] = p
	}
	return all
}

func TestPresetsTravelFromOneInstallationToAnother(t *testing.T) {
	from, to := newServer(t, nil), newServer(t, nil)
	for _, p := range []string{chaosPreset, `{"name":"b-mine","mode":"degraded","latency_multiplier":2.5}`} {
		if a := from.send("POST", "/scenarios/presets", p); a.status != http.StatusCreated {
			t.Fatal(a.body)
		}
	}
	for _, query := range []string{"", "?all=true"} {
		file := from.send("GET", "/scenarios/presets/export"+query, "")
		if file.status != http.StatusOK || file.header.Get("Content-Disposition") != `attachment; filename="mockforge-presets.yaml"` {
			t.Fatalf("%d %v", file.status, file.header)
		}
		if got := strings.Count(file.body, "- name:") + strings.Count(file.body, "    - name:"); query == "" && strings.Contains(file.body, "staging") {
			t.Errorf("%d presets, those that are built in among them:\n%s", got, file.body)
		}
		a := to.importYAML("/scenarios/presets/import", file.body)
		want := api.SavedPresets{Created: 2}
		if query != "" {
			want = api.SavedPresets{} // all is as it should be already
		}
		if got := decode[api.SavedPresets](t, a); a.status != http.StatusOK || got != want {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if diff := cmp.Diff(from.presets(t), to.presets(t)); diff != "" {
		t.Errorf("-exported +imported:\n%s", diff)
	}
}

func TestAnEmptyExportCanBeImported(t *testing.T) {
	s := newServer(t, nil)
	file := s.send("GET", "/scenarios/presets/export", "")
	if a := s.importYAML("/scenarios/presets/import", file.body); a.status != http.StatusOK {
		t.Errorf("%q: %d %s", file.body, a.status, a.body)
	}
}

func TestAnImportChangesWhatExistsOnlyWhenTold(t *testing.T) {
	s := newServer(t, nil)
	s.send("POST", "/scenarios/presets", `{"name":"mine","mode":"error","error_rate":0.1}`)
	file := "presets:\n- name: new\n  mode: healthy\n- name: mine\n  mode: error\n  error_rate: 0.2\n"
	a := s.importYAML("/scenarios/presets/import", file)
	if p := decode[api.Problem](t, a); a.status != http.StatusConflict || p.Field != "presets[1].name" || !strings.Contains(p.Detail, "replace=true") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if all := s.presets(t); all["new"].Name != "" || *all["mine"].ErrorRate != 0.1 {
		t.Error("a refused import changed something")
	}
	a = s.importYAML("/scenarios/presets/import?replace=true", file)
	if got := decode[api.SavedPresets](t, a); got != (api.SavedPresets{Created: 1, Replaced: 1}) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if all := s.presets(t); all["new"].Name != "new" || *all["mine"].ErrorRate != 0.2 {
		t.Errorf("%v", all)
	}
}

func TestABadImportNamesEveryFieldAndChangesNothing(t *testing.T) {
	s := newServer(t, func(o *api.Options) { o.Limits = scenario.Limits{MaxLatencyMS: 100} })
	before := s.presets(t)
	for name, test := range map[string]struct {
		target, file string
		status       int
		fields       []string
	}{
		"one bad field among good presets": {"", "presets: [{name: a, mode: healthy}, {name: b, mode: healthy}, {name: c, mode: error, error_rate: 1.5}]", 400, []string{"presets[2].error_rate"}},
		"several":                          {"", "presets: [{name: A, mode: healthy}, {name: b, mode: sick}]", 400, []string{"presets[0].name", "presets[1].mode"}},
		"unknown field":                    {"", "presets: [{name: a, mode: healthy, speed: 1}]", 400, []string{"presets[0].speed"}},
		"the same name twice":              {"", "presets: [{name: a, mode: healthy}, {name: a, mode: healthy}]", 400, []string{"presets[1].name"}},
		"a reserved name":                  {"", "presets: [{name: export, mode: healthy}]", 400, []string{"presets[0].name"}},
		"more than is allowed":             {"", "presets: [{name: a, mode: healthy, latency: {min_ms: 0, max_ms: 500}}]", 400, []string{"presets[0].latency.max_ms"}},
		"built in":                         {"?replace=true", "presets: [{name: a, mode: healthy}, {name: staging, mode: healthy}]", 409, []string{"presets[1].name"}},
		"no list":                          {"", "name: a\nmode: healthy", 400, []string{"mode", "name"}},
		"null":                             {"", "presets: null", 400, []string{"presets"}},
		"no YAML":                          {"", "presets: [", 400, []string{""}},
		"an alias bomb":                    {"", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\npresets: [*f,*f,*f,*f,*f,*f,*f,*f,*f]", 400, []string{""}},
		"bad parameter":                    {"?replace=1", "presets: []", 400, []string{"replace"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.importYAML("/scenarios/presets/import"+test.target, test.file)
			var fields []string
			p := decode[api.Problem](t, a)
			for _, e := range p.Errors {
				fields = append(fields, e.Field)
			}
			if diff := cmp.Diff(test.fields, fields); a.status != test.status || diff != "" {
				t.Errorf("%d %s\n%s", a.status, a.body, diff)
			}
		})
	}
	if diff := cmp.Diff(before, s.presets(t)); diff != "" {
		t.Error(diff)
	}
}
