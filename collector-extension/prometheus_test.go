package mockforgeextension

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/dev/child/childtest"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// tool returns the path of a program of the package prometheus of Debian. Where it is absent the test is skipped with the
// reason; in CI it fails.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	const missing = "%s is not on this machine: install Debian's package prometheus"
	if os.Getenv("CI") != "" {
		t.Fatalf(missing, name)
	}
	t.Skipf(missing, name)
	return ""
}

// passing is a middleware that does nothing.
type passing struct {
	component.StartFunc
	component.ShutdownFunc
	extensionmiddleware.GetHTTPHandlerFunc
}

// busy returns an extension that has seen traffic of every kind, some of it harmed, and goes on to see some.
func busy(t *testing.T) (c *Config, traffic func()) {
	t.Helper()
	upstream, _ := seen(t)
	c = config(t, upstream)
	withDatabase(t, c, postgrestest.DSN(t))
	plugin := component.MustNewID("passing")
	c.Gateways[0].Plugins = []component.ID{plugin}
	e := made(t, c)
	if err := e.Start(t.Context(), hostWith(map[component.ID]component.Component{plugin: passing{}})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	if _, err := e.(recorder.Tapped).Tap(recorder.TapOptions{Name: "mockforge", BufferSize: 1, BufferBytes: 1}); err != nil {
		t.Fatal(err)
	}
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	eventually(t, "chaos is set", func() bool {
		status, _ := send(t, "PUT", control+"/scenarios/rules", `{"rules":[{"name":"storm","target":{"path":"/storm"},"mode":"chaos","error_rate":1,"timeout_rate":0}]}`)
		return status == 200
	})
	eventually(t, "chaos is in force", func() bool { status, _ := get(t, gateway+"/storm"); return status >= 400 })
	return c, func() {
		ask(t, "GET", gateway+"/users/1", "", caller(true))
		ask(t, "GET", gateway+"/broken", "", nil)
		ask(t, "GET", gateway+"/storm", "", nil)
		ask(t, "POST", gateway+"/graphql", `{"query":"{ users { name } }"}`, map[string]string{"Content-Type": "application/json"})
		ask(t, "POST", gateway+"/shop.Shop/Get", "", map[string]string{"Content-Type": "application/grpc"})
		ask(t, "GET", gateway+"/live", "", map[string]string{
			"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
		})
	}
}

// The metrics that dashboards and alerts of users are built on.
var promised = []string{
	"http_requests_total", "grpc_requests_total", "graphql_requests_total", "ws_connections_total", "request_duration_seconds", "errors_total",
	"plugin_executions_total", "plugin_execution_duration_seconds", "plugin_errors_total", "active_connections", "memory_usage_bytes",
	"active_scenario", "chaos_mode_triggers_total", "injected_faults_total",
	"recorder_queue_length", "recorder_recordings_total", "recorder_dropped_total", "recorder_spooled_bytes", "recorder_flush_duration_seconds",
}

func TestEveryMetricIsThereAndAsPrometheusWantsIt(t *testing.T) {
	c, traffic := busy(t)
	traffic()
	var metrics string
	for _, name := range promised {
		sample := regexp.MustCompile(`(?m)^mockforge_` + name + `(_bucket)?(\{| )`)
		// An exchange is counted when it is over, which may be after the client has its answer.
		eventually(t, "there is mockforge_"+name, func() bool {
			_, metrics = get(t, "http://"+c.Prometheus.Endpoint+"/metrics")
			return strings.Contains(metrics, "# TYPE mockforge_"+name+" ") && sample.MatchString(metrics)
		})
	}
	for _, bound := range c.Prometheus.HistogramBuckets {
		if !strings.Contains(metrics, fmt.Sprintf(`protocol="http",route="/users/{id}",le="%v"}`, bound)) {
			t.Errorf("mockforge_request_duration_seconds has no bucket up to %v", bound)
		}
	}
	documented(t, metrics)
	check := exec.CommandContext(t.Context(), tool(t, "promtool"), "check", "metrics")
	check.Stdin = strings.NewReader(metrics)
	if output, err := check.CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, output)
	}
}

// documented holds the table of the documentation to what is there: names, types and labels.
func documented(t *testing.T, metrics string) {
	t.Helper()
	page, err := os.ReadFile("../docs/observability/PROMETHEUS.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `(mockforge_\\w+)` \\| (\\w+) \\|(.*)\\|$").FindAllStringSubmatch(string(page), -1)
	if types := strings.Count(metrics, "# TYPE mockforge_"); len(rows) != types {
		t.Errorf("%d metrics are documented, %d are there", len(rows), types)
	}
	for _, row := range rows {
		name, kind := row[1], row[2]
		if !strings.Contains(metrics, "# TYPE "+name+" "+kind+"\n") {
			t.Errorf("%s is no %s", name, kind)
		}
		sample := regexp.MustCompile(`(?m)^` + name + `(?:_count)?(?:\{(.*)\})? \S+$`).FindStringSubmatch(metrics)
		if sample == nil {
			t.Errorf("there is no %s", name)
			continue
		}
		for _, label := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(strings.Split(row[3], ":")[0], -1) {
			// In parentheses are values of a label.
			if before, _, _ := strings.Cut(row[3], label[0]); strings.Count(before, "(") > strings.Count(before, ")") {
				continue
			}
			if !strings.Contains(","+sample[1], ","+label[1]+"=") {
				t.Errorf("%s has no label %s: %s", name, label[1], sample[0])
			}
		}
	}
}

// prometheus is a server that scrapes one endpoint, in a directory of its own.
type prometheus struct{ url string }

func startPrometheus(t *testing.T, endpoint string, features ...string) prometheus {
	t.Helper()
	program := tool(t, "prometheus")
	directory := t.TempDir()
	file := filepath.Join(directory, "prometheus.yml")
	text := "global: { scrape_interval: 200ms, scrape_timeout: 200ms }\nscrape_configs: [ { job_name: mockforge, static_configs: [ { targets: [ \"" + endpoint + "\" ] } ] } ]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	listen := freePort(t)
	childtest.Start(t, exec.Command(program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(directory, "data"),
		"--web.listen-address="+listen, "--enable-feature="+strings.Join(features, ",")))
	p := prometheus{"http://" + listen}
	eventually(t, "Prometheus is ready", func() bool {
		response, err := http.Get(p.url + "/-/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == 200
	})
	return p
}

// query returns the answer of the API of Prometheus, or an error that it tells.
func (p prometheus) query(path string, parameters url.Values, result any) error {
	response, err := http.PostForm(p.url+"/api/v1/"+path, parameters)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return err
	}
	if answer.Status != "success" {
		return errors.New(answer.Error)
	}
	return json.Unmarshal(answer.Data, result)
}

// series returns how many series an expression has now.
func (p prometheus) series(expression string) (int, error) {
	var result struct{ Result []json.RawMessage }
	err := p.query("query", url.Values{"query": {expression}}, &result)
	return len(result.Result), err
}

func TestPrometheusScrapesAndFillsTheDashboard(t *testing.T) {
	for name, features := range map[string][]string{
		"classic histograms": {"exemplar-storage"}, "native histograms": {"exemplar-storage", "native-histograms"},
	} {
		t.Run(name, func(t *testing.T) {
			c, traffic := busy(t)
			p := startPrometheus(t, c.Prometheus.Endpoint, features...)
			for _, panel := range panels(t) {
				for _, expression := range panel.expressions {
					eventually(t, panel.title+" has data: "+expression, func() bool {
						traffic()
						n, err := p.series(expression)
						if err != nil {
							t.Fatalf("%s: %s: %v", panel.title, expression, err)
						}
						return n > 0
					})
				}
			}
			var found []struct {
				Exemplars []struct{ Labels map[string]string }
			}
			eventually(t, "exemplars lead to a trace and a recording", func() bool {
				traffic()
				metric := "mockforge_request_duration_seconds_bucket"
				if len(features) > 1 {
					metric = "mockforge_http_requests_total"
				}
				now := time.Now()
				if err := p.query("query_exemplars", url.Values{
					"query": {metric + `{route="/users/{id}"}`}, "start": {fmt.Sprint(now.Add(-time.Hour).Unix())}, "end": {fmt.Sprint(now.Add(time.Hour).Unix())},
				}, &found); err != nil {
					t.Fatal(err)
				}
				return len(found) > 0
			})
			if labels := found[0].Exemplars[0].Labels; labels["trace_id"] != callersTrace || len(labels["recording_id"]) != 36 {
				t.Errorf("exemplar is %v", labels)
			}
			if len(features) > 1 {
				if n, err := p.series("histogram_quantile(0.9, sum(rate(mockforge_request_duration_seconds[1m])))"); n != 1 || err != nil {
					t.Errorf("native histograms: %d series (%v)", n, err)
				}
			}
		})
	}
}

type panel struct {
	title       string
	expressions []string
}

// panels returns the panels of the dashboard that Grafana is provisioned with, all of its variables set to all.
func panels(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile("../provisioning/grafana/dashboards/mockforge-metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	set := strings.NewReplacer("$gateway", ".*", "$__rate_interval", "1m", "$__range", "1m", "$__interval", "1m")
	var all []panel
	for _, p := range dashboard.Panels {
		found := panel{title: p.Title}
		for _, target := range p.Targets {
			found.expressions = append(found.expressions, set.Replace(target.Expr))
		}
		if p.Type != "row" {
			all = append(all, found)
		}
	}
	if len(all) == 0 {
		t.Fatal("the dashboard has no panels")
	}
	return all
}
