package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// What stands in front lets through what its actor may do, and nothing else.
func TestAFrontChecksBeforeItForwards(t *testing.T) {
	forwarded := 0
	front := api.Front(api.Options{Authorize: func(r *http.Request) (api.Actor, error) {
		if r.Header.Get("X-None") != "" {
			return api.Actor{}, errors.New("not you")
		}
		return api.Actor{Name: "vi", CanWrite: r.Header.Get("X-Editor") != ""}, nil
	}}, func(w http.ResponseWriter, r *http.Request, actor api.Actor) error {
		forwarded++
		if actor.Name != "vi" {
			t.Errorf("for %+v", actor)
		}
		if strings.HasPrefix(r.URL.Path, "/instances") {
			return &api.UnavailableError{Detail: "the collector at x does not answer", Err: errors.New("hunter2")}
		}
		w.WriteHeader(http.StatusTeapot)
		return nil
	})
	for _, test := range []struct {
		method, target, header string
		status, forwarded      int
	}{
		{"GET", "/scenarios/mode", "", 418, 1},
		{"PUT", "/scenarios/mode", "", 403, 0},
		{"PUT", "/scenarios/mode", "X-Editor", 418, 1},
		{"GET", "/scenarios/mode", "X-None", 403, 0},
		{"GET", "/recordings/" + recordingID.String() + "/body", "X-Editor", 403, 0},
		{"GET", "/recordings/" + recordingID.String() + "/else", "X-Editor", 404, 0},
		{"GET", "/instances", "", 503, 1},
		{"GET", "/ws/metrics", "", 404, 0},
		{"DELETE", "/scenarios/mode", "X-Editor", 405, 0},
	} {
		forwarded = 0
		r := httptest.NewRequest(test.method, test.target, nil)
		if test.header != "" {
			r.Header.Set(test.header, "1")
		}
		w := httptest.NewRecorder()
		front.ServeHTTP(w, r)
		if w.Code != test.status || forwarded != test.forwarded || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s %s %s: %d %s, forwarded %d times", test.method, test.target, test.header, w.Code, w.Body, forwarded)
		}
	}
}
