package previewhost

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

const nestedText = `{
	"type": "datasource", "id": "mockforge-recordings-datasource", "name": "Recordings", "backend": true, "executable": "gpx_nested",
	"info": {"version": "1.2.3", "logos": {"small": "img/logo.svg", "large": "img/logo.svg"}}
}`

// startNested starts a host of an app with a data source nested in it, and a dashboard.
func startNested(t *testing.T) *Host {
	t.Helper()
	dist, web := built(t)
	nested := filepath.Join(dist, "datasource")
	dashboards := t.TempDir()
	for name, text := range map[string]string{
		filepath.Join(nested, "plugin.json"): nestedText,
		filepath.Join(nested, "module.js"):   "define([], function () {});",
		filepath.Join(dashboards, "own.json"): `{"uid": "own", "title": "Own", "panels": [
			{"type": "table", "datasource": {"uid": "mockforge-recordings-datasource"}}, {"type": "text"}]}`,
		filepath.Join(dashboards, "other.json"):  `{"uid": "other", "title": "Other", "panels": [{"type": "table", "datasource": {"uid": "prometheus"}}]}`,
		filepath.Join(dashboards, "broken.json"): `{`,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &plugin{folder: nested}
	p.Executable = "gpx_nested"
	if err := os.Symlink(self, p.executable()); err != nil {
		t.Fatal(err)
	}
	host, err := Start(t.Context(), Options{
		Dist: dist, Web: web, Dashboards: dashboards, DSN: postgrestest.DSN(t), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
	})
	return host
}

// do sends a request as a role and returns what came back.
func do(t *testing.T, host *Host, role Role, method, path, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, host.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.AddCookie(&http.Cookie{Name: roleCookie, Value: string(role)})
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestQueriesReachTheNestedDataSource(t *testing.T) {
	host := startNested(t)
	// The app brings the schema up to date.
	if status, body := do(t, host, Viewer, "GET", "/api/plugins/mockforge-observability-app/health", ""); status != 200 {
		t.Fatalf("health of the app: %d %s", status, body)
	}
	status, body := do(t, host, Viewer, "POST", "/api/ds/query", `{"from": "1772366400000", "to": "1772370000000", "queries": [
		{"refId": "A", "queryType": "recordings", "datasource": {"uid": "mockforge-recordings-datasource"}, "filter": {"statuses": ["5xx"]}},
		{"refId": "B", "queryType": "recordings", "datasource": {"uid": "mockforge-recordings-datasource"}, "limit": -1}]}`)
	var answer struct {
		Results map[string]struct {
			Status int    `json:"status"`
			Error  string `json:"error"`
			Frames []any  `json:"frames"`
		} `json:"results"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if a := answer.Results["A"]; a.Status != 200 || len(a.Frames) != 1 {
		t.Errorf("A: %+v", a)
	}
	if b := answer.Results["B"]; b.Status != 400 || !strings.HasPrefix(b.Error, "limit: ") {
		t.Errorf("B: %+v", b)
	}
	if status, body := do(t, host, Viewer, "POST", "/api/ds/query", `{"from": "0", "to": "1", "queries": [{"refId": "A", "datasource": {"uid": "other"}}]}`); status != 404 {
		t.Errorf("a data source that is not there: %d %s", status, body)
	}
	if status, body := do(t, host, Viewer, "GET", "/api/datasources/uid/mockforge-recordings-datasource/resources/values/gateways", ""); status != 200 {
		t.Errorf("completions: %d %s", status, body)
	}
}

func TestSettingsOfADataSourceAreItsOwn(t *testing.T) {
	host := startNested(t)
	const path = "/api/datasources/uid/mockforge-recordings-datasource"
	do(t, host, Admin, "GET", "/api/plugins/mockforge-observability-app/health", "")
	if status, body := do(t, host, Editor, "PUT", path, `{"secureJsonData": {"dsn": "hunter2"}}`); status != 403 {
		t.Errorf("an editor changed the settings: %d %s", status, body)
	}
	if status, body := do(t, host, Admin, "GET", path+"/health", ""); status != 200 || !strings.Contains(body, "Connected to PostgreSQL") {
		t.Errorf("before: %d %s", status, body)
	}
	if status, body := do(t, host, Admin, "PUT", path, `{"jsonData": {"tracesUid": "tempo"}, "secureJsonData": {"dsn": "hunter2"}}`); status != 200 || strings.Contains(body, "hunter2") {
		t.Errorf("saved: %d %s", status, body)
	}
	if status, body := do(t, host, Admin, "GET", path, ""); status != 200 || !strings.Contains(body, `"tracesUid":"tempo"`) || strings.Contains(body, "hunter2") {
		t.Errorf("read: %d %s", status, body)
	}
	if status, body := do(t, host, Admin, "GET", path+"/health", ""); status != 400 || strings.Contains(body, "hunter2") {
		t.Errorf("after: %d %s", status, body)
	}
	if status, body := do(t, host, Admin, "GET", "/api/plugins/mockforge-observability-app/health", ""); status != 200 {
		t.Errorf("the app lost its own settings: %d %s", status, body)
	}
}

func TestDashboardsThatTheHostCanShow(t *testing.T) {
	host := startNested(t)
	if status, body := do(t, host, Viewer, "GET", "/api/search?type=dash-db", ""); status != 200 || !strings.Contains(body, `"/d/own"`) || strings.Contains(body, "other") {
		t.Errorf("%d %s", status, body)
	}
	for path, want := range map[string]int{"/api/dashboards/uid/own": 200, "/api/dashboards/uid/other": 404, "/api/dashboards/uid/none": 404} {
		if status, body := do(t, host, Viewer, "GET", path, ""); status != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}
