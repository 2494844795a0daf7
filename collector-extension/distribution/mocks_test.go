package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// startMocks runs a Collector with a configuration that has a gateway on GATEWAY.
func startMocks(t *testing.T, environment map[string]string, configuration string) (gateway, control string) {
	t.Helper()
	local := func() string { return "127.0.0.1:" + port(t) }
	gateway, control = local(), local()
	c := &collector{log: &log{}, ended: make(chan error, 1)}
	variables := map[string]string{
		"MOCKFORGE_GATEWAY_ENDPOINT": gateway, "MOCKFORGE_CONTROL_ENDPOINT": control, "MOCKFORGE_METRICS_ENDPOINT": local(),
		"MOCKFORGE_OTLP_GRPC_ENDPOINT": local(),
	}
	for name, value := range environment {
		variables[name] = value
	}
	c.process = command(t, variables, "--config", configuration)
	c.process.Stdout, c.process.Stderr = c.log, c.log
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.process.Wait() }()
	t.Cleanup(func() {
		c.kill(t)
		if t.Failed() {
			t.Log(c.log.String())
		}
	})
	eventually(t, "the gateway answers", func() bool { status, _ := call(t, "GET", "http://"+gateway+"/ready", "", ""); return status != 0 })
	return "http://" + gateway, "http://" + control
}

func TestTheSampleOfMocksServesAnAPIThatDoesNotExist(t *testing.T) {
	gateway, control := startMocks(t, nil, "../../provisioning/collector/mocks.yaml")
	if status, body := call(t, "POST", gateway+"/orders", "", `{"items":[]}`); status != 422 || !strings.Contains(body, "An order needs items") {
		t.Errorf("without items: got %d %s", status, body)
	}
	status, body := call(t, "POST", gateway+"/orders", "", `{"items":[{"sku":"mug","quantity":2},{"sku":"t-shirt"}]}`)
	var order struct {
		ID    int
		Lines []struct {
			SKU      string
			Quantity int
		}
	}
	if err := json.Unmarshal([]byte(body), &order); err != nil || status != 201 || order.ID != 1 || len(order.Lines) != 2 || order.Lines[0].Quantity != 2 || order.Lines[1].SKU != "t-shirt" {
		t.Errorf("an order: got %d %s (%v)", status, body, err)
	}
	for _, want := range []string{"placed", "shipped", "shipped"} {
		if status, body := call(t, "GET", gateway+"/orders/17", "", ""); status != 200 || body != `{"id": "17", "state": "`+want+`"}` {
			t.Errorf("watching: got %d %s", status, body)
		}
	}
	if status, body := call(t, "GET", gateway+"/customers", "", ""); status != 404 || !strings.Contains(body, "No mock of gateway orders matches") {
		t.Errorf("what no mock matches: got %d %s", status, body)
	}
	if status, body := call(t, "PUT", control+"/scenarios/mode", "", `{"mode":"error","status_codes":[503]}`); status != 200 {
		t.Fatalf("switching: got %d %s", status, body)
	}
	if status, _ := call(t, "GET", gateway+"/orders/17", "", ""); status != 503 {
		t.Errorf("under a scenario: got %d", status)
	}
}

// An API is recorded, exported as mocks, and gone: the mocks answer as it did.
func TestRecordingsBecomeMocks(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Own", "upstream ${HOME} $$ {{.}}")
		switch r.URL.Path {
		case "/picture":
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write([]byte{0x89, 'P', 'N', 'G', 0, 0xff})
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"error":"no such thing"}`)
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"path":"`+r.URL.Path+`","q":"`+r.URL.Query().Get("q")+`","price":"$5 ${env:HOME} {{ .Path }}"}`+"\n")
		}
	}))
	t.Cleanup(upstream.Close)
	dsn := postgrestest.DSN(t)
	configuration := func(mocks string) string {
		name := filepath.Join(t.TempDir(), "collector.yaml")
		text := `
extensions:
  mockforge:
    gateways:
      - name: shop
        server: { endpoint: "${env:MOCKFORGE_GATEWAY_ENDPOINT}" }
` + mocks + `
    control: { endpoint: "${env:MOCKFORGE_CONTROL_ENDPOINT}" }
    prometheus: { enabled: false }
    recorder: { storage: { dsn: "${env:DSN}" } }
receivers: { otlp: { protocols: { grpc: { endpoint: "${env:MOCKFORGE_OTLP_GRPC_ENDPOINT}" } } } }
exporters: { debug: {} }
service:
  extensions: [mockforge]
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	type answer struct{ status, body, own, contentType string }
	ask := func(gateway, path string) answer {
		response, err := http.Get(gateway + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer{response.Status, string(body), response.Header.Get("X-Own"), response.Header.Get("Content-Type")}
	}
	paths := []string{"/users/1", "/users/2?q=a%20b&q=c", "/picture", "/missing", "/odd%7Bpath%7D/a*b", "/caf%C3%A9"}
	gateway, control := startMocks(t, map[string]string{"DSN": dsn}, configuration(`        upstream: { endpoint: "`+upstream.URL+`" }`))
	before := map[string]answer{}
	for _, path := range paths {
		before[path] = ask(gateway, path)
	}
	store := database(t, dsn)
	eventually(t, "all is recorded", func() bool {
		page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Gateways: []string{"shop"}}})
		return err == nil && len(page.Recordings) >= len(paths)
	})
	status, mocks := call(t, "GET", control+"/recordings/export?format=mocks", "", "")
	if status != 200 || !strings.Contains(mocks, "mocks:\n") {
		t.Fatalf("exporting: got %d %s", status, mocks)
	}
	_, mocks, _ = strings.Cut(mocks, "mocks:\n")
	var indented strings.Builder
	for line := range strings.Lines("mocks:\n" + mocks) {
		indented.WriteString("        " + line)
	}
	gateway, _ = startMocks(t, map[string]string{"DSN": ""}, configuration(indented.String()))
	for _, path := range paths {
		if got := ask(gateway, path); got != before[path] {
			t.Errorf("%s: the mock answers %+v, the API answered %+v", path, got, before[path])
		}
	}
}
