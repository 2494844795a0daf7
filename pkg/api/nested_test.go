package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// TestANestedFilterIsRefusedForWhatItIs is the input of a Viewer that took gigabytes: 900 kB, nested 9,900 times.
func TestANestedFilterIsRefusedForWhatItIs(t *testing.T) {
	body := strings.Repeat(`{"not":`+strings.Repeat(" ", 83), 9900) + "{}" + strings.Repeat("}", 9900)
	s := newServer(t, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := s.send("POST", "/recordings/query", body)
	runtime.ReadMemStats(&after)
	if p := decode[api.Problem](t, a); a.status != http.StatusBadRequest || p.Field != "not.not.not" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if took, most := after.TotalAlloc-before.TotalAlloc, uint64(10*len(body)); took > most {
		t.Errorf("%d bytes allocated %d bytes, at most %d are allowed", len(body), took, most)
	}
	if a := s.send("POST", "/recordings/query", `{"not":{"not":{}}}`); decode[api.Problem](t, a).Field != "not.not" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestYAMLThatStandsForTooMuchIsRefusedByLine(t *testing.T) {
	file := "presets:\n- &p {name: a, mode: healthy, description: " + strings.Repeat("x", 200<<10) + "}\n" + strings.Repeat("- *p\n", 10_000)
	s := newServer(t, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a := s.importYAML("/scenarios/presets/import", file)
	runtime.ReadMemStats(&after)
	p := decode[api.Problem](t, a)
	if a.status != http.StatusBadRequest || p.Field != "" || !strings.Contains(p.Detail, "line 2 goes beyond") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if took, most := after.TotalAlloc-before.TotalAlloc, uint64(100*len(file)); took > most {
		t.Errorf("%d bytes allocated %d bytes, at most %d are allowed", len(file), took, most)
	}
}

func TestABodyIsNotDecodedForAClientThatHasLeft(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, "PUT", "/scenarios/mode", strings.NewReader(`{"mode":"error"}`))
	s := newServer(t, nil)
	s.serve(r)
	if got := s.mustScenario(t, "GET", "/scenarios/mode", ""); got.Version != 0 {
		t.Errorf("the scenario was changed: %+v", got)
	}
}
