package api_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestWithoutWriteAccessAllReadsAndNoChangesWork(t *testing.T) {
	for name, authorize := range map[string]func(*http.Request) (api.Actor, error){
		"viewer":  func(*http.Request) (api.Actor, error) { return api.Actor{Name: "eve", CanReadBodies: true}, nil },
		"default": nil,
	} {
		s := newServer(t, func(o *api.Options) { o.Authorize = authorize })
		for _, c := range story {
			a := s.send(c.method, c.target, c.body)
			if reads := c.method == http.MethodGet || c.target == "/recordings/query"; reads == (a.status == http.StatusForbidden) {
				t.Errorf("%s: %s %s: %d", name, c.method, c.target, a.status)
			}
		}
		if got := s.mustScenario(t, "GET", "/scenarios/mode", ""); got.Version != 0 {
			t.Errorf("%s: the scenario was changed", name)
		}
	}
}

func TestUnknownPathsAndMethodsAreProblemsToo(t *testing.T) {
	s := newServer(t, nil)
	for _, test := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/", 404, ""},
		{"GET", "/scenarios", 404, ""},
		{"GET", "/scenarios/mode/", 404, ""},
		{"GET", "/ws/metrics", 404, ""},
		{"POST", "/scenarios/mode", 405, "GET, HEAD, PUT"},
		{"GET", "/scenarios/stop", 405, "POST"},
		{"PATCH", "/scenarios/presets/a", 405, "DELETE, GET, HEAD, POST, PUT"},
		{"POST", "/scenarios/presets/A%20B", 404, ""},
	} {
		a := s.send(test.method, test.target, "")
		if a.status != test.status || a.header.Get("Allow") != test.allow || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d, Allow %q, %s", test.method, test.target, a.status, a.header.Get("Allow"), a.header.Get("Content-Type"))
		}
		if p := decode[api.Problem](t, a); p.Status != test.status || p.Detail == "" {
			t.Errorf("%s %s: %s", test.method, test.target, a.body)
		}
	}
}

func TestBodiesMustBeJSONOfReasonableSize(t *testing.T) {
	s := newServer(t, nil)
	for contentType, want := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200,
		// curl -d without a header, and clients that name none.
		"application/x-www-form-urlencoded": 200, "": 200,
		"text/plain": 415, "application/json;=": 415,
	} {
		r := httptest.NewRequest("PUT", "/scenarios/mode", strings.NewReader(`{"mode":"error"}`))
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		if a := s.serve(r); a.status != want {
			t.Errorf("content type %q: %d, want %d", contentType, a.status, want)
		}
	}
	if a := s.send("PUT", "/scenarios/mode", `{"mode":"error","reason":"`+strings.Repeat("x", 1<<20)+`"}`); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body above 1 MiB: %d %s", a.status, a.body)
	}
	a := s.send("PUT", "/scenarios/mode", `{"`+strings.Repeat("x", 1<<19)+`":1}`)
	if a.status != http.StatusBadRequest || len(a.body) > 1000 {
		t.Errorf("an unknown field of 512 KiB: %d with %d bytes", a.status, len(a.body))
	}
}

// TestARequestMayHaveNoBodyAtAll is how the SDK of Grafana makes requests of resource calls.
func TestARequestMayHaveNoBodyAtAll(t *testing.T) {
	s := newServer(t, nil)
	for _, c := range story {
		r := httptest.NewRequest(c.method, c.target, nil)
		r.Body = nil
		if a := s.serve(r); c.body == "" && c.status == http.StatusBadRequest && a.status != c.status || a.status >= 500 {
			t.Errorf("%s %s: %d %s", c.method, c.target, a.status, a.body)
		}
	}
	for _, target := range []string{"/scenarios/stop", "/scenarios/presets/staging", "/recordings/replay/" + recordingID.String()} {
		r := httptest.NewRequest("POST", target, nil)
		r.Body = nil
		if a := s.serve(r); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", target, a.status, a.body)
		}
	}
}

func TestChangesFromOtherSitesPagesAreRefused(t *testing.T) {
	s := newServer(t, func(o *api.Options) { o.CrossOrigin = http.NewCrossOriginProtection() })
	send := func(method, site string) int {
		r := httptest.NewRequest(method, "/scenarios/stop", nil)
		if method == http.MethodGet {
			r = httptest.NewRequest(method, "/scenarios/mode", nil)
		}
		if site != "" {
			r.Header.Set("Sec-Fetch-Site", site)
		}
		return s.serve(r).status
	}
	if got := send("POST", "cross-site"); got != http.StatusForbidden {
		t.Errorf("a change from another site: %d", got)
	}
	for _, site := range []string{"", "same-origin", "none"} {
		if got := send("POST", site); got != http.StatusOK {
			t.Errorf("a change from %q: %d", site, got)
		}
	}
	if got := send("GET", "cross-site"); got != http.StatusOK {
		t.Errorf("a read from another site: %d", got)
	}
}

func TestChangesAreLoggedAndRequestsAreNot(t *testing.T) {
	var log bytes.Buffer
	s := newServer(t, func(o *api.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	s.send("GET", "/scenarios/mode", "")
	s.send("PUT", "/scenarios/mode", `{"mode":"sick"}`)
	if log.Len() > 0 {
		t.Errorf("logged without a change: %s", &log)
	}
	s.send("PUT", "/scenarios/mode", `{"mode":"error"}`)
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "mode=error version=1 by=ada") {
		t.Errorf("log of a change: %q", got)
	}
}

func TestStatsFilterReadsAsItsJSON(t *testing.T) {
	s := newServer(t, nil)
	got := decode[recording.Stats](t, s.send("GET", "/recordings/stats?methods=GET&methods=POST&min_duration_ms=1.5&from=2026-03-14T15:09:26Z&statuses=503&text=007&injected=true", ""))
	if got.Total != 2 || *got.P50MS != 1.5 || got.Oldest == nil {
		t.Errorf("the filter did not arrive: %+v", got)
	}
	if body := s.send("GET", "/recordings/stats", "").body; strings.Contains(body, "null") {
		t.Errorf("absent counts are null: %s", body)
	}
}

// filters remembers the filter that it was asked with.
type filters struct {
	figures
	seen *recording.Filter
}

func (f filters) Stats(_ context.Context, filter recording.Filter) (recording.Stats, error) {
	*f.seen = filter
	return recording.Stats{}, nil
}

func TestWhatIsInsideAFilterReadsAsItsJSON(t *testing.T) {
	var got recording.Filter
	s := newServer(t, func(o *api.Options) { o.Recordings = filters{seen: &got} })
	s.send("GET", "/recordings/stats?headers.x-a=1&headers.x.b=*&not.routes=/a&not.routes=/b&not.injected=true&not.headers.X-C=2&failures=false&rules=r", "")
	want := recording.Filter{
		Headers: map[string]string{"x-a": "1", "x.b": "*"}, Failures: new(false), Rules: []string{"r"},
		Not: &recording.Filter{Routes: []string{"/a", "/b"}, Injected: new(true), Headers: map[string]string{"X-C": "2"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for query, field := range map[string]string{
		"not.speed=1": "not.speed", "not=1": "not", "not.not.routes=a": "not.not.routes", "headers=a": "headers", "routes.a=b": "routes.a", "headers.a=1&headers.a=2": "headers.a",
		"not.path=a&not.path=b": "not.path", "not.injected=perhaps": "not.injected", "not.headers.a=%00": "not.headers.a", "headers.=1": "headers.", "not.statuses=6": "not.statuses[0]",
	} {
		a := s.send("GET", "/recordings/stats?"+query, "")
		if p := decode[api.Problem](t, a); a.status != http.StatusBadRequest || p.Field != field {
			t.Errorf("%s: %s", query, a.body)
		}
	}
}

func TestPresetsAreShownFromTheMildestToTheWildest(t *testing.T) {
	s := newServer(t, nil)
	s.send("POST", "/scenarios/presets", `{"name":"a-mine","mode":"healthy"}`)
	var names []string
	for _, p := range decode[struct{ Presets []scenario.Preset }](t, s.send("GET", "/scenarios/presets", "")).Presets {
		names = append(names, p.Name)
	}
	if got, want := strings.Join(names, " "), "production staging high-load network-issues chaos a-mine"; got != want {
		t.Errorf("presets %s, want %s", got, want)
	}
}

func FuzzBodies(f *testing.F) {
	for _, c := range story {
		f.Add(c.method, c.target, c.body)
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		r, err := http.NewRequest(method, "http://127.0.0.1/", strings.NewReader(body))
		if err != nil {
			return
		}
		if path, query, _ := strings.Cut(target, "?"); strings.HasPrefix(path, "/") {
			r.URL.Path, r.URL.RawQuery = path, query
		}
		r.Header.Set("Content-Type", "application/json")
		s := newServer(t, nil)
		if a := s.serve(r); a.status >= 500 {
			t.Errorf("%s %s %q: %d %s", method, target, body, a.status, a.body)
		}
		if got := s.mustScenario(t, "GET", "/scenarios/mode", ""); got.Validate() != nil {
			t.Errorf("%s %s %q leaves an invalid scenario: %v", method, target, body, got.Validate())
		}
	})
}
