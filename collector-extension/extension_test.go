package mockforgeextension

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func TestMain(m *testing.M) {
	// The PostgreSQL that all tests share is stopped when the process has ended.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/mockforge/mockforge-observability-app/dev/postgres.startProcess.func1"))
}

// patience bounds waits for what must happen; nothing depends on its value.
const patience = time.Minute

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

// freePort returns an address on which nothing listens.
func freePort(t testing.TB) string {
	t.Helper()
	address, err := probe.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// config has one gateway in front of upstream, free ports, and a file of its own.
func config(t testing.TB, upstream string) *Config {
	t.Helper()
	c := createDefaultConfig().(*Config)
	c.Control.NetAddr.Endpoint, c.Prometheus.Endpoint = freePort(t), freePort(t)
	g := defaultGateway()
	g.Name, g.Server.NetAddr.Endpoint, g.Upstream.Endpoint = "shop", freePort(t), upstream
	g.Routes = []string{"/users/{id}"}
	c.Gateways = []GatewayConfig{g}
	c.Recorder.Storage.Path = filepath.Join(t.TempDir(), databaseName)
	return c
}

func made(t testing.TB, c *Config) extension.Extension {
	t.Helper()
	e, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(componentType), c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func start(t *testing.T, c *Config) extension.Extension {
	t.Helper()
	e := made(t, c)
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return e
}

func shop(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, `{"path":%q,"token":"hunter2"}`, r.URL.Path)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func get(t *testing.T, url string) (int, string) { return send(t, "GET", url, "") }

func send(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer hunter2")
	response, err := http.DefaultClient.Do(r)
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

func TestLifecycle(t *testing.T) {
	t.Run("stop without start", func(t *testing.T) {
		if err := made(t, config(t, shop(t))).Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("start and stop twice", func(t *testing.T) {
		e := made(t, config(t, shop(t)))
		for range 2 {
			if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := e.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for name, key := range map[string]func(*Config) (*string, string){
		"gateway": func(c *Config) (*string, string) {
			return &c.Gateways[0].Server.NetAddr.Endpoint, "gateways::0: server::endpoint: cannot listen"
		},
		"control":    func(c *Config) (*string, string) { return &c.Control.NetAddr.Endpoint, "control: cannot listen" },
		"prometheus": func(c *Config) (*string, string) { return &c.Prometheus.Endpoint, "prometheus: cannot listen" },
	} {
		t.Run("a taken port of "+name+" fails the start and names its key", func(t *testing.T) {
			taken, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer taken.Close()
			c := config(t, shop(t))
			endpoint, want := key(c)
			*endpoint = taken.Addr().String()
			err = made(t, c).Start(t.Context(), componenttest.NewNopHost())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, want it to say %q", err, want)
			}
		})
	}
	t.Run("an unknown auth extension fails the start", func(t *testing.T) {
		c := config(t, shop(t))
		c.Control.Auth.GetOrInsertDefault().Config.AuthenticatorID = component.MustNewID("bearertokenauth")
		if err := made(t, c).Start(t.Context(), componenttest.NewNopHost()); err == nil || !strings.Contains(err.Error(), "bearertokenauth") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestWithoutADatabaseScenariosLiveInMemory(t *testing.T) {
	c := config(t, shop(t))
	start(t, c)
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	if status, body := get(t, gateway+"/users/1"); status != 200 || !strings.Contains(body, "/users/1") {
		t.Fatalf("healthy: got %d %s", status, body)
	}
	if status, body := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","error_rate":1,"status_codes":[503]}`); status != 200 {
		t.Fatalf("switching: got %d %s", status, body)
	}
	if status, _ := get(t, gateway+"/users/1"); status != 503 {
		t.Errorf("error: got %d, want 503", status)
	}
	if status, body := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","error_rate":1.5}`); status != 400 || !strings.Contains(body, `"field":"error_rate"`) {
		t.Errorf("bad input: got %d %s", status, body)
	}
	if status, _ := get(t, gateway+"/users/1"); status != 503 {
		t.Errorf("after bad input: got %d, want the state unchanged", status)
	}
	if status, body := send(t, "POST", control+"/scenarios/stop", `{}`); status != 200 {
		t.Fatalf("stopping: got %d %s", status, body)
	}
	if status, _ := get(t, gateway+"/users/1"); status != 200 {
		t.Errorf("after the kill switch: got %d, want 200", status)
	}
	for _, line := range []string{
		`mockforge_http_requests_total{gateway="shop",injected="false",method="GET",mode="healthy",route="/users/{id}",status="200"} 2`,
		`mockforge_http_requests_total{gateway="shop",injected="true",method="GET",mode="error",route="/users/{id}",status="503"} 2`,
		`mockforge_injected_faults_total{fault="error",gateway="shop",mode="error",protocol="http"} 2`,
		`mockforge_errors_total{gateway="shop",kind="error",origin="injected",protocol="http"} 2`,
		`mockforge_active_scenario{mode="healthy"} 1`,
	} {
		// An exchange is counted when it is over, which its client may know first.
		eventually(t, "metrics have "+line, func() bool {
			_, metrics := get(t, "http://"+c.Prometheus.Endpoint+"/metrics")
			return strings.Contains(metrics, line+"\n")
		})
	}
}

func TestAPathOfAnyBytesPassesAndIsCounted(t *testing.T) {
	c := config(t, shop(t))
	start(t, c)
	for _, path := range []string{"/%ff%fe", "/a%00b", "/%F0%9F%92%A9", "/" + strings.Repeat("x/", 200), "/" + strings.Repeat("y", 5000)} {
		if status, _ := get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+path); status != 200 {
			t.Errorf("%.20s: got %d", path, status)
		}
	}
	if status, metrics := get(t, "http://"+c.Prometheus.Endpoint+"/metrics"); status != 200 || !strings.Contains(metrics, "mockforge_http_requests_total") {
		t.Errorf("metrics: got %d", status)
	}
}

func TestScenariosThatAreTurnedOffHarmNothing(t *testing.T) {
	c := config(t, shop(t))
	c.Scenarios.Enabled = false
	c.Scenarios.DefaultMode = "error"
	start(t, c)
	if status, _ := get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/"); status != 200 {
		t.Errorf("got %d, want 200", status)
	}
}

// withDSN has PostgreSQL in place of the file.
func withDSN(c *Config, dsn string) {
	c.Recorder.Storage.Path, c.Recorder.Storage.DSN = "", configopaque.String(dsn)
}

func withDatabase(t *testing.T, c *Config, dsn string) *postgres.Store {
	t.Helper()
	withDSN(c, dsn)
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func TestExchangesAreRecordedWithoutTheirSecrets(t *testing.T) {
	c := config(t, shop(t))
	store := withDatabase(t, c, postgrestest.DSN(t))
	e := start(t, c)
	gateway := "http://" + c.Gateways[0].Server.NetAddr.Endpoint
	send(t, "POST", gateway+"/users/1?verbose=1", `{"name":"Ada","password":"hunter2"}`)
	get(t, gateway+"/health")
	// What is still held is written at the latest when the Collector stops.
	eventually(t, "the schema is there", func() bool { _, err := store.Instances(t.Context()); return err == nil })
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := store.Query(t.Context(), recording.Query{})
	if err != nil || len(page.Recordings) != 1 {
		t.Fatalf("got %d recordings (%v), want 1: /health is excluded", len(page.Recordings), err)
	}
	got, err := store.Get(t.Context(), page.Recordings[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.Path != "/users/1" || got.Route != "/users/{id}" || got.ResponseStatus != 200 || got.Gateway != "shop" ||
		got.TraceID == "" || got.ScenarioMode != "healthy" || got.QueryParams["verbose"][0] != "1" || got.Injected() {
		t.Errorf("recorded %+v", got)
	}
	if !strings.Contains(string(got.Body.Content), "Ada") || !strings.Contains(string(got.ResponseBody.Content), "/users/1") {
		t.Errorf("recorded bodies %s and %s", got.Body.Content, got.ResponseBody.Content)
	}
	if text := fmt.Sprintf("%s %s %v %v", got.Body.Content, got.ResponseBody.Content, got.Headers, got.ResponseHeaders); strings.Contains(text, "hunter2") {
		t.Errorf("a secret was recorded: %s", text)
	}
	if instances, err := store.Instances(t.Context()); err != nil || len(instances) != 0 {
		t.Errorf("instances are %v (%v), want none after the stop", instances, err)
	}
}

func TestASwitchReachesEveryCollector(t *testing.T) {
	dsn, upstream := postgrestest.DSN(t), shop(t)
	var gateways []string
	var control string
	var store *postgres.Store
	for range 2 {
		c := config(t, upstream)
		store = withDatabase(t, c, dsn)
		start(t, c)
		gateways = append(gateways, "http://"+c.Gateways[0].Server.NetAddr.Endpoint)
		control = "http://" + c.Control.NetAddr.Endpoint
	}
	eventually(t, "both collectors are registered", func() bool {
		instances, err := store.Instances(t.Context())
		return err == nil && len(instances) == 2 && instances[0].Live && len(instances[0].Gateways) == 1
	})
	if status, body := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","error_rate":1,"status_codes":[418]}`); status != 200 {
		t.Fatalf("switching: got %d %s", status, body)
	}
	for _, gateway := range gateways {
		eventually(t, gateway+" answers with the error", func() bool { status, _ := get(t, gateway+"/"); return status == 418 })
	}
	eventually(t, "both report the version", func() bool {
		instances, err := store.Instances(t.Context())
		return err == nil && len(instances) == 2 && instances[0].AppliedVersion == 1 && instances[1].AppliedVersion == 1
	})
	presets, err := store.Presets(t.Context())
	if err != nil || len(presets) == 0 {
		t.Errorf("presets are %v (%v)", presets, err)
	}
	eventually(t, "traffic is counted", func() bool {
		points, err := store.Points(t.Context(), time.Now().Add(-2*patience), time.Now(), 20*time.Second)
		return err == nil && slices.ContainsFunc(points, func(p traffic.Point) bool { return p.RequestsPerSecond > 0 })
	})
}

func TestTheScenarioHoldsWhileTheDatabaseIsAway(t *testing.T) {
	server := postgrestest.Server(t)
	c := config(t, shop(t))
	store := withDatabase(t, c, server.DSN())
	start(t, c)
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	eventually(t, "the switch succeeds", func() bool {
		status, _ := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","error_rate":1,"status_codes":[418]}`)
		return status == 200
	})
	eventually(t, "the error is in force", func() bool { status, _ := get(t, gateway+"/"); return status == 418 })
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, gateway+"/away"); status != 418 {
		t.Errorf("with the database away: got %d, want the last known state", status)
	}
	if status, body := send(t, "PUT", control+"/scenarios/mode", `{"mode":"chaos"}`); status != 503 {
		t.Errorf("switching with the database away: got %d %s, want 503", status, body)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what passed meanwhile is recorded", func() bool {
		page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Path: "/away"}})
		return err == nil && len(page.Recordings) == 1
	})
	eventually(t, "the switch succeeds again", func() bool { status, _ := send(t, "POST", control+"/scenarios/stop", `{}`); return status == 200 })
	eventually(t, "traffic is unharmed", func() bool { status, _ := get(t, gateway+"/"); return status == 200 })
}

func TestStartSucceedsWithoutADatabase(t *testing.T) {
	c := config(t, shop(t))
	c.Scenarios.DefaultMode = "error"
	withDSN(c, "postgres://nobody@"+freePort(t)+"/none")
	start(t, c)
	if status, _ := get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/"); status < 500 {
		t.Errorf("got %d, want an error: the default mode", status)
	}
}
