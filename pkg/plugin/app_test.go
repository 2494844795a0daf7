package plugin

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
)

// newApp makes an app over dsn that is disposed when the test ends.
func newApp(t *testing.T, dsn string) *App {
	t.Helper()
	return newAppOf(t, dsn, "")
}

// newAppOf is newApp with other settings besides.
func newAppOf(t *testing.T, dsn, jsonData string) *App {
	t.Helper()
	settings := backend.AppInstanceSettings{JSONData: []byte(jsonData), DecryptedSecureJSONData: map[string]string{}}
	if dsn != "" {
		settings.DecryptedSecureJSONData["dsn"] = dsn
	}
	instance, err := NewApp(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	app := instance.(*App)
	t.Cleanup(app.Dispose)
	return app
}

// newFreshApp makes an app over an empty database.
func newFreshApp(t *testing.T) *App {
	t.Helper()
	return newApp(t, postgrestest.DSN(t))
}

type answer struct {
	status int
	kind   string
	header http.Header
	body   []byte
}

func (a answer) detail(t *testing.T) string {
	t.Helper()
	var problem struct {
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(a.body, &problem); err != nil {
		t.Fatalf("not a problem document: %s", a.body)
	}
	return problem.Detail
}

// call sends a resource call as a user with a role; "" is nobody.
func call(t *testing.T, app *App, role, method, path, body string) answer {
	t.Helper()
	withoutQuery, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
	request := &backend.CallResourceRequest{
		Method: method, Path: withoutQuery, URL: strings.TrimPrefix(path, "/"), Body: []byte(body),
		Headers: map[string][]string{"Content-Type": {"application/json"}},
	}
	if role != "" {
		request.PluginContext.User = &backend.User{Login: "someone", Role: role}
	}
	var got answer
	err := app.CallResource(t.Context(), request, backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
		if got.status == 0 {
			got.status, got.header = part.Status, part.Headers
			got.kind = got.header.Get("Content-Type")
		}
		got.body = append(got.body, part.Body...)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOnlyEditorsAndAdminsSwitch(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		app := by.freshApp(t)
		for _, test := range []struct {
			role        string
			read, write int
		}{
			{"Admin", 200, 200},
			{"Editor", 200, 200},
			{"Viewer", 200, 403},
			{"None", 403, 403},
			{"", 403, 403},
		} {
			t.Run("role "+test.role, func(t *testing.T) {
				if got := call(t, app, test.role, "GET", "/scenarios/mode", ""); got.status != test.read {
					t.Errorf("reading: %d %s, want %d", got.status, got.body, test.read)
				}
				if got := call(t, app, test.role, "PUT", "/scenarios/mode", `{"mode":"error"}`); got.status != test.write {
					t.Errorf("switching: %d %s, want %d", got.status, got.body, test.write)
				}
			})
		}
	})
}

func TestHistoryNamesTheUserWhoSwitched(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		app := by.freshApp(t)
		if got := call(t, app, "Editor", "PUT", "/scenarios/mode", `{"mode":"chaos","reason":"game day"}`); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		var history struct{ Changes []scenario.Change }
		if err := json.Unmarshal(call(t, app, "Viewer", "GET", "/scenarios/history", "").body, &history); err != nil {
			t.Fatal(err)
		}
		if len(history.Changes) != 1 || history.Changes[0].By != "someone" || history.Changes[0].Reason != "game day" {
			t.Errorf("history: %+v", history)
		}
	})
}

func TestWithoutSettingsEveryCallSaysWhatIsMissing(t *testing.T) {
	app := newApp(t, "")
	got := call(t, app, "Viewer", "GET", "/scenarios/mode", "")
	if got.status != 503 || got.kind != "application/problem+json" || !strings.Contains(got.detail(t), "not configured") {
		t.Errorf("%d %s %s", got.status, got.kind, got.body)
	}
	if got := call(t, app, "", "GET", "/scenarios/mode", ""); got.status != 403 {
		t.Errorf("without a user: %d %s", got.status, got.body)
	}
}

func TestHealth(t *testing.T) {
	const secret = "correct-horse"
	for _, test := range []struct {
		name, dsn string
		status    backend.HealthStatus
		message   string
	}{
		{"without settings", "", backend.HealthStatusError, "not configured"},
		{"with a setting that is no connection string", "postgres://user:" + secret + "@host:notaport/x", backend.HealthStatusError, "dsn: must be"},
		{"with nothing at the address", "postgres://user:" + secret + "@127.0.0.1:1/x?connect_timeout=1", backend.HealthStatusError, "cannot be reached"},
		{"with a database", postgrestest.DSN(t), backend.HealthStatusOk, "No collector is running"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := newApp(t, test.dsn).CheckHealth(t.Context(), &backend.CheckHealthRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != test.status || !strings.Contains(got.Message, test.message) {
				t.Errorf("%v %q, want %v with %q", got.Status, got.Message, test.status, test.message)
			}
			if strings.Contains(got.Message, secret) {
				t.Errorf("the password is in %q", got.Message)
			}
		})
	}
}

func TestHealthCountsCollectors(t *testing.T) {
	eachWay(t, func(t *testing.T, by way) {
		store := by.fresh(t)
		app := store.app(t, "")
		if err := store.Register(t.Context(), scenario.Instance{ID: "a", Name: "a"}); err != nil {
			t.Fatal(err)
		}
		got, err := app.CheckHealth(t.Context(), &backend.CheckHealthRequest{})
		if err != nil {
			t.Fatal(err)
		}
		var details healthDetails
		if err := json.Unmarshal(got.JSONDetails, &details); err != nil {
			t.Fatal(err)
		}
		if details.ServerVersion == "" || details.SchemaVersion == 0 {
			t.Errorf("details: %+v", details)
		}
		details.ServerVersion, details.SchemaVersion = "", 0
		if by != byDatabase {
			if details.Collector != remotetest.Name || details.CollectorVersion != remotetest.Build || !strings.Contains(got.Message, remotetest.Name) {
				t.Errorf("%q %+v", got.Message, details)
			}
			details.Collector, details.CollectorVersion = "", ""
		}
		if diff := cmp.Diff(healthDetails{Instances: 1, LiveInstances: 1}, details); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(got.Message, "1 collector is running") {
			t.Error(got.Message)
		}
	})
}

func TestDisposeMayComeTwice(t *testing.T) {
	instance, err := NewApp(context.Background(), backend.AppInstanceSettings{})
	if err != nil {
		t.Fatal(err)
	}
	instance.(*App).Dispose()
	instance.(*App).Dispose()
}
