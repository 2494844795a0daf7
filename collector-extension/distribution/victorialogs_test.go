package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/child/childtest"
)

// victoriaLogs builds the program once, at the version that dev/tools/victorialogs/go.mod pins, beside the Collector.
var victoriaLogs = sync.OnceValues(func() (string, error) {
	collector, err := binary()
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(collector), "victoria-logs")
	build := exec.Command("go", "build", "-modfile=dev/tools/victorialogs/go.mod", "-o", path, "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs")
	build.Dir = "../.."
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return path, nil
})

// startVictoriaLogs returns the address of a VictoriaLogs of its own. Where it cannot be built the test is skipped with the reason; in CI
// it fails.
func startVictoriaLogs(t *testing.T) string {
	t.Helper()
	program, err := victoriaLogs()
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("VictoriaLogs cannot be built: %v", err)
		}
		t.Skipf("VictoriaLogs cannot be built: %v", err)
	}
	at := "127.0.0.1:" + port(t)
	childtest.Start(t, exec.Command(program, "-storageDataPath="+t.TempDir(), "-httpListenAddr="+at, "-memory.allowedBytes=128MiB"))
	eventually(t, "VictoriaLogs is ready", func() bool { status, _ := call(t, "GET", "http://"+at+"/health", "", ""); return status == 200 })
	return "http://" + at
}

// found returns what a query in LogsQL finds.
func found(t *testing.T, server, query string) (all []map[string]string) {
	t.Helper()
	response, err := http.PostForm(server+"/select/logsql/query", url.Values{"query": {query}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		var one map[string]string
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatalf("%s: %d %s", query, response.StatusCode, lines.Text())
		}
		all = append(all, one)
	}
	return all
}

// What was recorded is found in a store of logs by its trace and by text.
func TestRecordingsAreFoundInVictoriaLogs(t *testing.T) {
	server := startVictoriaLogs(t)
	c := startReceiving(t, telling(t), server+"/insert/opentelemetry/v1/logs", "", nil)
	tell(t, c.gateway, "/orders/7")
	tell(t, c.gateway, "/broken/1")
	call(t, "GET", c.gateway+"/other", "", "")
	// Each query is of documents, with how many it is to find.
	for query, want := range map[string]int{
		`trace_id:"` + callersTrace + `"`:                                 2,
		`"/orders/7"`:                                                     1,
		`"http.response.status_code":>=500`:                               1,
		`"mockforge.response.body.content":greeting`:                      3,
		`{"service.name"="shop"} "mockforge.origin":organic`:              1,
		`"mockforge.request.body.content":ada severity_text:INFO`:         1,
		`"mockforge.injected":true`:                                       0,
		`hush OR "mockforge.request.body.content":hush`:                   0,
		`_msg:4711 OR "mockforge.response.body.content":"card-gold-4711"`: 0,
	} {
		if want > 0 {
			eventually(t, "found: "+query, func() bool { return len(found(t, server, query)) == want })
		} else if n := len(found(t, server, query)); n > 0 {
			t.Errorf("%s: %d found", query, n)
		}
	}
	one := found(t, server, `"/orders/7"`)[0]
	if !strings.HasPrefix(one["_msg"], "POST /orders/7 200 in ") || one["trace_id"] != callersTrace || one["mockforge.recording.id"] == "" {
		t.Errorf("found %v", one)
	}
	c.stop(t)
}

// The configuration and the commands of docs/observability/LOGS.md do what it says.
func TestThePageOfLogsIsTrue(t *testing.T) {
	server := startVictoriaLogs(t)
	of := func(language, contains string) string {
		for _, b := range blocks(t, language) {
			if strings.HasPrefix(b.name, "docs/observability/LOGS.md") && strings.Contains(b.text, contains) {
				return b.text
			}
		}
		t.Fatalf("the page has no %s with %s", language, contains)
		return ""
	}
	at := "127.0.0.1:" + port(t)
	text := strings.NewReplacer("127.0.0.1:8080", at, "http://127.0.0.1:8000", telling(t), "http://127.0.0.1:9428", server).Replace(of("yaml", "service:"))
	// Others on this machine may have the ports that are not named there.
	text = strings.Replace(text, "  mockforge:\n", fmt.Sprintf("  mockforge:\n    control: { endpoint: 127.0.0.1:%s }\n    prometheus: { endpoint: 127.0.0.1:%s }\n", port(t), port(t)), 1)
	text += "  telemetry: { metrics: { level: none } }\n"
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	childtest.Start(t, command(t, nil, "--config", file))
	eventually(t, "the gateway answers", func() bool { status, _ := call(t, "GET", "http://"+at+"/", "", ""); return status == 200 })
	tell(t, "http://"+at, "/broken/1")
	commands := strings.ReplaceAll(of("sh", "9428"), "http://127.0.0.1:9428", server)
	for line := range strings.Lines(commands) {
		eventually(t, "this finds the exchange: "+line, func() bool {
			found, err := exec.CommandContext(t.Context(), "bash", "-eu", "-c", line).Output()
			return err == nil && strings.Count(string(found), "POST /broken/1 502 in ") == 1
		})
	}
}
