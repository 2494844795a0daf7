package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const collectorToken = "hunter2-collector"

// controlAPI is the control API of a collector, which notes what it is asked.
type controlAPI struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newControlAPI(t *testing.T, status int, answer string) *controlAPI {
	t.Helper()
	c := &controlAPI{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		c.asked = append(c.asked, r.Method+" "+r.URL.Path+" "+string(body))
		c.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+collectorToken {
			status = http.StatusUnauthorized
		}
		if status == http.StatusTemporaryRedirect {
			w.Header().Set("Location", "http://elsewhere.example/")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(c.Close)
	return c
}

// appOver makes an app over a database that is away, with collectors.
// nobodyListens returns an address of which that is true.
func nobodyListens(t *testing.T) string {
	t.Helper()
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func appOver(t *testing.T, token string, urls ...string) *App {
	t.Helper()
	data, err := json.Marshal(map[string]any{"collectorUrls": urls, "tracesDatasourceUid": "x"})
	if err != nil {
		t.Fatal(err)
	}
	dsn := "postgres://nobody@" + nobodyListens(t) + "/none"
	instance, err := NewApp(t.Context(), backend.AppInstanceSettings{
		JSONData: data, DecryptedSecureJSONData: map[string]string{"dsn": dsn, "collectorToken": token},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(instance.(*App).Dispose)
	return instance.(*App)
}

const halfway = `{"mode":"healthy","version":7,"set_at":"2026-11-27T12:00:00Z","reach":{"collector":"in force","fleet":"pending","durable":true,"detail":"Later."}}`

func TestTheStopButtonReachesCollectorsWhereTheDatabaseIsAway(t *testing.T) {
	first, second := newControlAPI(t, 202, halfway), newControlAPI(t, 202, strings.Replace(halfway, "7", "8", 1))
	broken, away, elsewhere := newControlAPI(t, 500, "oops"), "http://"+nobodyListens(t), newControlAPI(t, 307, "")
	app := appOver(t, collectorToken, first.URL+"/", second.URL, broken.URL, away, elsewhere.URL, "ftp://user:hush@x?hush=1")
	for _, test := range []struct{ method, path, body, asked string }{
		{"POST", "/scenarios/stop", `{"reason":"enough"}`, `POST /scenarios/stop {"reason":"enough (someone in Grafana)"}`},
		{"PUT", "/scenarios/mode", `{"mode":"healthy","if_version":7,"expires_in":"1h"}`, `PUT /scenarios/mode {"expires_in":"`},
		{"PUT", "/scenarios/latency", `{}`, `PUT /scenarios/latency {"reason":"(someone in Grafana)"}`},
		{"PUT", "/scenarios/rules", `{"rules":[]}`, `PUT /scenarios/rules {"reason":"(someone in Grafana)","rules":[]}`},
		{"POST", "/scenarios/presets/production", ``, `POST /scenarios/stop {"reason":"(someone in Grafana)"}`},
	} {
		got := call(t, app, "Editor", test.method, test.path, test.body)
		var answer stopAnswer
		if err := json.Unmarshal(got.body, &answer); err != nil || got.status != 202 {
			t.Errorf("%s %s: %d %s", test.method, test.path, got.status, got.body)
			continue
		}
		if answer.Version != 8 || answer.Mode != scenario.Healthy || answer.Reach.Fleet != api.Pending || !answer.Reach.Durable ||
			!strings.Contains(answer.Reach.Detail, "2 of 6") {
			t.Errorf("%s %s: %s", test.method, test.path, got.body)
		}
		var reached []bool
		for _, c := range answer.Reach.Collectors {
			reached = append(reached, c.Reached)
			if c.Detail == "" {
				t.Errorf("%s: nothing is said of %s", test.path, c.URL)
			}
		}
		if diff := cmp.Diff([]bool{true, true, false, false, false, false}, reached); diff != "" {
			t.Errorf("%s: reached (-want +got):\n%s", test.path, diff)
		}
		if text := string(got.body); strings.Contains(text, "hunter2") || strings.Contains(text, "hush") {
			t.Errorf("%s: a secret is in %s", test.path, text)
		}
		if asked := first.asked[len(first.asked)-1]; !strings.HasPrefix(asked, test.asked) {
			t.Errorf("asked %s, want %s", asked, test.asked)
		}
	}
	// Harm needs the database, and a viewer stops nothing.
	before := len(first.asked)
	if got := call(t, app, "Editor", "PUT", "/scenarios/mode", `{"mode":"chaos"}`); got.status != 503 {
		t.Errorf("chaos: %d %s", got.status, got.body)
	}
	if got := call(t, app, "Viewer", "POST", "/scenarios/stop", ``); got.status != 403 {
		t.Errorf("a viewer: %d %s", got.status, got.body)
	}
	if len(first.asked) != before {
		t.Error("a collector was asked")
	}
}

func TestWhereNothingIsReachedTheAnswerSaysWhatToDo(t *testing.T) {
	refusing := newControlAPI(t, 202, halfway)
	for name, test := range map[string]struct {
		app  *App
		says string
	}{
		"none configured": {appOver(t, ""), "name no collector"},
		"a wrong token":   {appOver(t, "hunter2-wrong", refusing.URL), "refuses the token"},
	} {
		got := call(t, test.app, "Editor", "POST", "/scenarios/stop", `{"reason":"'; rm -rf /"}`)
		detail := got.detail(t)
		if got.status != 503 || !strings.Contains(detail, test.says) || !strings.Contains(detail, "curl -X POST") ||
			strings.Contains(detail, "hunter2") || strings.Contains(detail, "rm -rf") {
			t.Errorf("%s: %d %s", name, got.status, detail)
		}
	}
}

func TestWithTheDatabaseThereNoCollectorIsAsked(t *testing.T) {
	collector := newControlAPI(t, 202, halfway)
	data := fmt.Sprintf(`{"collectorUrls":[%q]}`, collector.URL)
	instance, err := NewApp(t.Context(), backend.AppInstanceSettings{
		JSONData: []byte(data), DecryptedSecureJSONData: map[string]string{"dsn": postgrestest.DSN(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	app := instance.(*App)
	t.Cleanup(app.Dispose)
	if got := call(t, app, "Editor", "PUT", "/scenarios/mode", `{"mode":"error"}`); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	got := call(t, app, "Editor", "POST", "/scenarios/stop", ``)
	var answer stopAnswer
	if err := json.Unmarshal(got.body, &answer); err != nil || got.status != 200 || answer.Reach.Fleet != api.Told || answer.Version != 2 || answer.Injects() {
		t.Errorf("%d %s", got.status, got.body)
	}
	if len(collector.asked) > 0 {
		t.Errorf("asked %v", collector.asked)
	}
	if got := call(t, app, "Editor", "PUT", "/scenarios/mode", `{"mode":"healthy","if_version":1}`); got.status != 409 {
		t.Errorf("of an old version: %d %s", got.status, got.body)
	}
}

// frozen is a database whose driver does not notice that a call is over.
type frozen struct {
	api.Scenarios
	thaw chan struct{}
}

func (f frozen) Change(context.Context, api.Audit, *int64, func(*scenario.Scenario) error) (scenario.Scenario, error) {
	<-f.thaw
	return scenario.Scenario{}, api.ErrUnavailable
}

func TestADatabaseThatIsFrozenIsNotWaitedFor(t *testing.T) {
	collector := newControlAPI(t, 202, halfway)
	asked, err := collectorsFrom(backend.AppInstanceSettings{
		JSONData: []byte(fmt.Sprintf(`{"collectorUrls":[%q]}`, collector.URL)), DecryptedSecureJSONData: map[string]string{"collectorToken": collectorToken},
	})
	if err != nil {
		t.Fatal(err)
	}
	database := frozen{thaw: make(chan struct{})}
	defer close(database.thaw)
	s := stops{scenarios: database, collectors: asked, logger: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, reach, err := s.Stop(ctx, api.Audit{By: "ada"}, nil, scenario.Everything()); err != nil || len(reach.Collectors) != 1 || !reach.Collectors[0].Reached {
		t.Errorf("%+v, %v", reach, err)
	}
}
