package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/child/childtest"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// elsewhere are the beginnings of commands that are run elsewhere, and where.
var elsewhere = map[string]string{
	"go tool mage":                  "by the tests of dev/, and by whoever runs these tests",
	"MOCKFORGE_DEMO_STORAGE=sqlite": "by the browser tests over a file",
	"go test ./pkg/scenario":        "writes golden files, which its test compares",
	"export MOCKFORGE_POSTGRES":     "of docker-compose.yaml, behind go tool mage build",
	"docker compose":                "needs a Docker daemon",
	"go run go.opentelemetry.io/":   "the builder, which the tests of manifests/ run with the same manifest",
	"curl http://127.0.0.1:9428/":   "by TestThePageOfLogsIsTrue with a VictoriaLogs",
	"mockforge-collector --config ": "by TestTheBinaryForwardsSwitchesAndStops with files of its own",
}

// prelude stands before the commands of a block: curl fails where the control API refuses, and k6, which no test installs, wants its
// script; the command line asks the control API that is there where it is not told of another.
const prelude = `
curl() {
  case "$*" in
    *"$GATEWAY"*) command curl -sS "$@" ;;
    *) command curl -sS --fail-with-body "$@" ;;
  esac
}
k6() { for script; do :; done; test -s "$script"; }
mockforge() { case "$*" in *--url*) "$CLI" "$@" ;; *) "$CLI" --url "$CONTROL" "$@" ;; esac; }
`

// Each command of the documents is answered as they say: a block runs as it stands, at the addresses of a Collector that is there, and
// with an id where it has a place for one.
func TestTheCommandsOfTheDocumentsRun(t *testing.T) {
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Fatalf("this test runs what the documents say, for which it needs %s: %v", needed, err)
		}
	}
	cli := filepath.Join(t.TempDir(), "mockforge")
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", cli, "../../cmd/mockforge").CombinedOutput(); err != nil {
		t.Fatalf("the command line: %v: %s", err, output)
	}
	control, gateway := documented(t)
	id, trace := recorded(t, control, gateway)
	ran := 0
	for _, b := range blocks(t, "sh") {
		if reason, known := isElsewhere(b.text); known {
			t.Logf("%s: %s", b.name, reason)
			continue
		}
		t.Run(b.name, func(t *testing.T) {
			ran++
			// Each block begins where the documents do: healthy, and with a job that is still at work.
			status, body := call(t, "POST", control+"/scenarios/stop", "", "")
			if status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			script := strings.NewReplacer(
				"http://127.0.0.1:4600", control, "http://127.0.0.1:8080", gateway, "<id>", id, "<trace id>", trace, "<job>", slowJob(t, control, b.text),
			).Replace(b.text)
			run := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", prelude+script)
			run.Dir = t.TempDir()
			run.Env = append(os.Environ(), "GATEWAY="+gateway, "CONTROL="+control, "CLI="+cli)
			if output, err := run.CombinedOutput(); err != nil {
				t.Errorf("%v: %s\n%s", err, output, script)
			}
		})
	}
	if ran < 10 {
		t.Errorf("%d blocks of commands ran: the documents have more", ran)
	}
}

func isElsewhere(text string) (reason string, known bool) {
	for beginning, reason := range elsewhere {
		if strings.HasPrefix(text, beginning) {
			return reason, true
		}
	}
	return "", false
}

// documented starts a Collector like that of the demo, of which the documents speak, and gives its addresses.
func documented(t *testing.T) (control, gateway string) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"path": r.URL.Path})
	}))
	t.Cleanup(upstream.Close)
	control, gateway = "127.0.0.1:"+port(t), "127.0.0.1:"+port(t)
	configuration := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(configuration, fmt.Appendf(nil, `extensions:
  mockforge:
    gateways:
      - name: shop
        server: { endpoint: %q }
        upstream: { endpoint: %q }
        routes: ["/orders/{id}"]
        consumer_header: X-Consumer
        fault_requests: { enabled: true }
    control: { endpoint: %q }
    prometheus: { enabled: false }
    recorder: { storage: { dsn: %q, spool_directory: %q } }
service:
  extensions: [mockforge]
  telemetry: { metrics: { level: none } }
`, gateway, upstream.URL, control, postgrestest.DSN(t), t.TempDir()), 0o600); err != nil {
		t.Fatal(err)
	}
	childtest.Start(t, command(t, nil, "--config", configuration))
	eventually(t, "the Collector answers", func() bool {
		status, _ := call(t, "GET", "http://"+control+"/scenarios/mode", "", "")
		return status == http.StatusOK
	})
	return "http://" + control, "http://" + gateway
}

// recorded sends what the documents speak of through the gateway, and gives the id and the trace of a recording.
func recorded(t *testing.T, control, gateway string) (id, trace string) {
	t.Helper()
	for _, path := range []string{"/products", "/orders/1", "/orders/2", "/users/7"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gateway+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Consumer", "web-shop")
		r.Header.Set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	var found struct {
		Recordings []struct {
			ID      string `json:"id"`
			TraceID string `json:"trace_id"`
		} `json:"recordings"`
	}
	eventually(t, "all are recorded", func() bool {
		status, body := call(t, "POST", control+"/recordings/query", "", `{"limit":10}`)
		return status == http.StatusOK && json.Unmarshal([]byte(body), &found) == nil && len(found.Recordings) == 4
	})
	return found.Recordings[0].ID, found.Recordings[0].TraceID
}

// slowJob begins a replay that lasts, where a text has a place for one, and gives its id.
func slowJob(t *testing.T, control, text string) string {
	t.Helper()
	if !strings.Contains(text, "<job>") {
		return ""
	}
	status, body := call(t, "POST", control+"/recordings/replays", "", `{"filter":{},"pace":{"mode":"rate","rate":0.01}}`)
	var job struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(body), &job); err != nil || status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	return job.ID
}
