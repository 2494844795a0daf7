package remote_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// fronted is the control API of a collector as a user has it.
func fronted(t *testing.T, address, token string, user api.Actor) http.Handler {
	store := newRemote(t, address, token)
	return api.Front(api.Options{Authorize: func(*http.Request) (api.Actor, error) { return user, nil }}, store.Forward)
}

func send(t *testing.T, handler http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestForwardedRequestsAreTheUsers(t *testing.T) {
	store, _ := newOver(t, nil)
	address := remotetest.Serve(t, store.Store)
	if err := store.WriteRecordings(t.Context(), []recording.Recording{apitest.MarkedRecording(time.Now().UTC())}); err != nil {
		t.Fatal(err)
	}
	editor := fronted(t, address, remotetest.Token, api.Actor{Name: "Ádá", CanWrite: true, CanReadBodies: true})
	// What browsers and Grafana send besides is not handed on: the collector would refuse another site, and other rights are not theirs to give.
	w := send(t, editor, "PUT", "/scenarios/mode?wait=1ms", `{"mode":"error","reason":"drill"}`,
		"Origin", "https://grafana.example", "Sec-Fetch-Site", "cross-site", "Cookie", "session=1", api.OnBehalfOf, "eve", api.RightsHeader, "")
	var changed scenario.Scenario
	if err := json.Unmarshal(w.Body.Bytes(), &changed); err != nil || w.Code != 200 || changed.SetBy != "Ádá" || changed.Reason != "drill" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, test := range []struct {
		method, target, body string
		status               int
		says                 string
	}{
		{"PUT", "/scenarios/mode", `{"mode":"error","if_version":99}`, 409, "changed by someone else"},
		{"PUT", "/scenarios/mode", `{"mode":"error","error_rate":2}`, 400, `"field":"error_rate"`},
		{"POST", "/scenarios/presets", `{"name":"mine","mode":"healthy"}`, 201, `"mine"`},
		{"DELETE", "/scenarios/presets/mine", "", 204, ""},
		{"GET", "/scenarios/presets/mine", "", 404, "no preset of that name"},
		{"GET", "/recordings/export?format=jsonl", "", 200, apitest.Marker},
		{"POST", "/scenarios/stop", "", 200, `"collector":"in force"`},
	} {
		if w := send(t, editor, test.method, test.target, test.body, "Content-Type", "application/json"); w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s %s: %d %s, want %d %s", test.method, test.target, w.Code, w.Body, test.status, test.says)
		}
	}
	body := "/recordings/" + apitest.MarkedID.String() + "/body?part=message:0"
	if w := send(t, editor, "GET", body, "", "Range", "bytes=0-5"); w.Code != http.StatusPartialContent || w.Body.String() != "marker" || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("a range: %d %q %v", w.Code, w.Body, w.Header())
	}
	// The collector withholds what the user may not read.
	viewer := fronted(t, address, remotetest.Token, api.Actor{Name: "vi"})
	if w := send(t, viewer, "GET", "/recordings/"+apitest.MarkedID.String(), ""); w.Code != 200 || apitest.IsMarked(w.Header(), w.Body.String()) || !strings.Contains(w.Body.String(), `"withheld"`) {
		t.Errorf("a viewer: %d %s", w.Code, w.Body)
	}
	for token, says := range map[string]string{remotetest.Plain: "control::delegates", "hunter2-wrong": "refuses the token"} {
		w := send(t, fronted(t, address, token, api.Actor{Name: "ada"}), "GET", "/scenarios/mode", "")
		if w.Code < 400 || w.Code == 401 || !strings.Contains(w.Body.String(), says) || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", token, w.Code, w.Body)
		}
	}
	if err := newRemote(t, address, remotetest.Token).Represents(t.Context()); err != nil {
		t.Error(err)
	}
	if err := newRemote(t, address, remotetest.Plain).Represents(t.Context()); err == nil || !strings.Contains(err.Error(), "control::delegates") {
		t.Errorf("a token that may not: %v", err)
	}
}

// A server that knows nothing of the header would answer with the rights of the token: what it says is not shown.
func TestWhoIgnoresTheUserIsNotBelieved(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"an answer":       func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"secret":"hunter2"}`) },
		"another's":       func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(api.OnBehalfOf, "eve") },
		"no such path":    http.NotFound,
		"a page of login": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
	} {
		server := httptest.NewServer(handler)
		w := send(t, fronted(t, server.URL, "", api.Actor{Name: "ada"}), "GET", "/scenarios/mode", "")
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "is no control API of a collector that knows of users") || strings.Contains(w.Body.String(), "hunter2") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		server.Close()
	}
}

// An export that is cut off on the way does not look complete.
func TestAnExportThatBreaksOffSaysSo(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(api.OnBehalfOf, r.Header.Get(api.OnBehalfOf))
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "{}\n")
	}))
	defer server.Close()
	front := fronted(t, server.URL, "", api.Actor{Name: "ada", CanReadBodies: true})
	if w := send(t, front, "GET", "/recordings/export?format=jsonl", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "ended early") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestACollectorThatIsAwayIsNamed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	w := send(t, fronted(t, server.URL, "", api.Actor{Name: "ada", CanWrite: true}), "POST", "/scenarios/stop", "")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "The collector at "+server.URL+" does not answer.") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
