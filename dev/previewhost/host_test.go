package previewhost

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/grafana/grafana-plugin-sdk-go/backend/app"
	sdk "github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	nested "github.com/mockforge/mockforge-observability-app/pkg/datasource"
	product "github.com/mockforge/mockforge-observability-app/pkg/plugin"
)

// TestMain lets the test's own executable be the plugin's backend, and that of the nested data source by its name: the
// host starts it as it starts the real ones.
func TestMain(m *testing.M) {
	if os.Getenv(grpcplugin.MagicCookieKey) == grpcplugin.MagicCookieValue {
		if strings.HasPrefix(filepath.Base(os.Args[0]), "gpx_nested") {
			if err := sdk.Manage(nested.ID, nested.New, sdk.ManageOpts{}); err != nil {
				os.Exit(1)
			}
			return
		}
		if err := app.Manage(product.ID, product.NewApp, app.ManageOpts{}); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const manifestText = `{
	"type": "app", "id": "mockforge-observability-app", "name": "MockForge", "backend": true, "executable": "gpx_test",
	"info": {"version": "1.2.3", "logos": {"small": "img/logo.svg", "large": "img/logo.svg"}},
	"includes": [{"type": "page", "name": "Home", "path": "/a/mockforge-observability-app/home", "addToNav": true}]
}`

// built makes a folder as a build leaves it, and one with the page's bundle.
func built(t *testing.T) (dist, web string) {
	t.Helper()
	dist, web = t.TempDir(), t.TempDir()
	write := func(folder, name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(dist, "plugin.json", manifestText)
	write(dist, "module.js", "define([], function () {});")
	write(web, "main.js", "// page")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &plugin{folder: dist}
	p.Executable = "gpx_test"
	if err := os.Symlink(self, p.executable()); err != nil {
		t.Fatal(err)
	}
	return dist, web
}

// start starts a host that is closed when the test ends.
func start(t *testing.T, dsn string) *Host {
	t.Helper()
	dist, web := built(t)
	host, err := Start(t.Context(), Options{Dist: dist, Web: web, DSN: dsn, Logger: slog.New(slog.DiscardHandler)})
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

const api = "/api/plugins/mockforge-observability-app"

// send sends a request as a role, "" for the host's choice, and returns the status and the body.
func send(t *testing.T, host *Host, role Role, method, path, body string, change ...func(*http.Request)) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, host.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if role != "" {
		request.AddCookie(&http.Cookie{Name: roleCookie, Value: string(role)})
	}
	for _, f := range change {
		f(request)
	}
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

func TestCallsReachTheBackendWithTheChosenRole(t *testing.T) {
	host := start(t, postgrestest.DSN(t))
	if status, body := send(t, host, "", "GET", api+"/health", ""); status != 200 || !strings.Contains(body, `"status":"OK"`) {
		t.Fatalf("health: %d %s", status, body)
	}
	if status, body := send(t, host, Viewer, "PUT", api+"/resources/scenarios/mode", `{"mode":"error"}`); status != 403 {
		t.Errorf("a viewer switches: %d %s", status, body)
	}
	if status, body := send(t, host, Editor, "PUT", api+"/resources/scenarios/mode", `{"mode":"error"}`); status != 200 || !strings.Contains(body, `"set_by":"editor"`) {
		t.Errorf("an editor switches: %d %s", status, body)
	}
	if status, body := send(t, host, Viewer, "GET", api+"/resources/scenarios/history?limit=1", ""); status != 200 || !strings.Contains(body, `"by":"editor"`) {
		t.Errorf("a viewer reads with a query: %d %s", status, body)
	}
}

func TestSettingsReachTheBackendAndSecretsStayThere(t *testing.T) {
	host := start(t, "")
	if status, body := send(t, host, "", "GET", api+"/resources/scenarios/mode", ""); status != 503 || !strings.Contains(body, "not_configured") {
		t.Fatalf("before: %d %s", status, body)
	}
	dsn := postgrestest.DSN(t)
	encoded, err := json.Marshal(map[string]any{"enabled": true, "jsonData": map[string]any{"a": 1}, "secureJsonData": map[string]string{"dsn": dsn}})
	if err != nil {
		t.Fatal(err)
	}
	if status, body := send(t, host, Editor, "POST", api+"/settings", string(encoded)); status != 403 {
		t.Errorf("an editor saves: %d %s", status, body)
	}
	if status, body := send(t, host, Admin, "POST", api+"/settings", string(encoded)); status != 200 {
		t.Fatalf("an admin saves: %d %s", status, body)
	}
	if status, body := send(t, host, "", "GET", api+"/health", ""); status != 200 {
		t.Errorf("after: %d %s", status, body)
	}
	for _, path := range []string{api + "/settings", "/boot.js"} {
		if status, body := send(t, host, Admin, "GET", path, ""); status != 200 || strings.Contains(body, dsn) {
			t.Errorf("%s: %d, with the secret: %v", path, status, strings.Contains(body, dsn))
		}
	}
	if _, body := send(t, host, Admin, "GET", api+"/settings", ""); !strings.Contains(body, `"secureJsonFields":{"dsn":true}`) || !strings.Contains(body, `"a":1`) {
		t.Error(body)
	}
}

func TestLiveChannelStreamsFromTheBackend(t *testing.T) {
	host := start(t, postgrestest.DSN(t))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	connection, _, err := websocket.Dial(ctx, host.URL()+"/api/live/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.CloseNow()
	next := func() notice {
		var n notice
		if err := wsjson.Read(ctx, connection, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for channel, want := range map[string]string{"plugin/unknown/live": "not found", "plugin/" + product.ID + "/other": "not found"} {
		if err := wsjson.Write(ctx, connection, order{Action: "subscribe", Channel: channel}); err != nil {
			t.Fatal(err)
		}
		if n := next(); n.Kind != "refused" || n.Error != want {
			t.Errorf("%s: %+v", channel, n)
		}
	}
	channel := "plugin/" + product.ID + "/live"
	if err := wsjson.Write(ctx, connection, order{Action: "subscribe", Channel: channel}); err != nil {
		t.Fatal(err)
	}
	if n := next(); n.Kind != "subscribed" || n.Channel != channel {
		t.Fatalf("%+v", n)
	}
	if n := next(); n.Kind != "message" || !strings.Contains(string(n.Data), `"type":"metrics_update"`) {
		t.Fatalf("%+v: %s", n, n.Data)
	}
	if status, body := send(t, host, Admin, "PUT", api+"/resources/scenarios/mode", `{"mode":"chaos"}`); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	for {
		if n := next(); strings.Contains(string(n.Data), `"mode":"chaos"`) {
			break
		}
	}
}

func TestABackendThatDiedIsStartedAgain(t *testing.T) {
	host := start(t, "")
	process := host.app().process
	process.client.Kill()
	if status, body := send(t, host, "", "GET", api+"/health", ""); status != 400 || !strings.Contains(body, "not configured") {
		t.Errorf("%d %s", status, body)
	}
}

func TestForeignPagesAreRefused(t *testing.T) {
	host := start(t, "")
	for _, test := range []struct {
		name   string
		change func(*http.Request)
		want   int
	}{
		{"own page", func(r *http.Request) { r.Header.Set("Origin", host.URL()) }, 200},
		{"localhost", func(r *http.Request) { r.Host = strings.Replace(r.Host, "127.0.0.1", "localhost", 1) }, 200},
		{"another name for this address", func(r *http.Request) { r.Host = strings.Replace(r.Host, "127.0.0.1", "rebound.example", 1) }, 403},
		{"another port", func(r *http.Request) { r.Host = "127.0.0.1:1" }, 403},
		{"no port", func(r *http.Request) { r.Host = "127.0.0.1" }, 403},
		{"another origin", func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		{"another port's origin", func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") }, 403},
		{"no origin at all", func(r *http.Request) { r.Header.Set("Origin", "null") }, 403},
		{"a form of another site", func(r *http.Request) { r.Method = "POST"; r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			if status, body := send(t, host, "", "GET", api+"/settings", "", test.change); status != test.want {
				t.Errorf("%d %s, want %d", status, body, test.want)
			}
		})
	}
}

func TestFilesAreServedWithoutExecutables(t *testing.T) {
	host := start(t, "")
	for path, want := range map[string]int{
		"/public/plugins/mockforge-observability-app/module.js":                                 200,
		"/public/plugins/mockforge-observability-app/":                                          404,
		"/public/plugins/other/module.js":                                                       404,
		"/public/plugins/mockforge-observability-app/" + filepath.Base(host.app().executable()): 404,
		"/public/plugins/mockforge-observability-app/..%2f..%2fgo.mod":                          404,
		"/public/build/main.js":                                                                 200,
		"/public/build/":                                                                        404,
		"/a/mockforge-observability-app/home":                                                   200,
		"/api/unknown":                                                                          404,
		"/api/plugins/unknown/health":                                                           404,
	} {
		if status, _ := send(t, host, "", "GET", path, ""); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	dist, web := built(t)
	taken := start(t, "")
	noBackend, _ := built(t)
	if err := os.Remove((&plugin{manifest: manifest{Executable: "gpx_test"}, folder: noBackend}).executable()); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"no build":        {Options{Dist: t.TempDir(), Web: web}, "build it first"},
		"no backend":      {Options{Dist: noBackend, Web: web}, "is missing"},
		"no bundle":       {Options{Dist: dist, Web: t.TempDir()}, "webpack"},
		"all interfaces":  {Options{Dist: dist, Web: web, Listen: "0.0.0.0:0"}, "not a loopback address"},
		"no host":         {Options{Dist: dist, Web: web, Listen: ":3000"}, "not a loopback address"},
		"taken port":      {Options{Dist: dist, Web: web, Listen: taken.listener.Addr().String()}, "choose another port"},
		"an unknown role": {Options{Dist: dist, Web: web, Role: "Owner"}, "must be Viewer, Editor or Admin"},
		"no port":         {Options{Dist: dist, Web: web, Listen: "127.0.0.1"}, "is not host:port"},
	} {
		t.Run(name, func(t *testing.T) {
			host, err := Start(t.Context(), test.options)
			if err == nil {
				_ = host.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func TestTheHostStopsWithItsContext(t *testing.T) {
	dist, web := built(t)
	ctx, stop := context.WithCancel(t.Context())
	host, err := Start(ctx, Options{Dist: dist, Web: web, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := host.Wait(); err != nil {
		t.Error(err)
	}
	if !host.app().process.client.Exited() {
		t.Error("the backend still runs")
	}
	if err := host.Close(); err != nil {
		t.Error(err)
	}
}
