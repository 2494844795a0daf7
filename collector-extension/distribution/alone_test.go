package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// alone starts a Collector without any storage in its configuration, whose state directory is another's where that is so.
func alone(t *testing.T, upstream, directory string) *collector {
	t.Helper()
	c := &collector{environment: environment(t, upstream), log: &log{}}
	c.environment["STATE_DIRECTORY"] = directory
	c.run(t, "testdata/alone.yaml")
	return c
}

// ask sends a request to the control API, and reads what it answers into answer.
func (c *collector) ask(t *testing.T, method, path, body string, answer any) {
	t.Helper()
	status, text := call(t, method, c.control+path, "", body)
	if status < 200 || status > 299 {
		t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if answer == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), answer); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

// visit sends a request through the gateway as a consumer.
func (c *collector) visit(t *testing.T, consumer, path string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.gateway+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Consumer", consumer)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func (c *collector) recorded(t *testing.T, n int) []recording.Recording {
	t.Helper()
	var page recording.Page
	eventually(t, fmt.Sprintf("%d are recorded", n), func() bool {
		page = recording.Page{}
		c.ask(t, "POST", "/recordings/query", `{"gateways":["shop"],"limit":500}`, &page)
		return len(page.Recordings) >= n
	})
	if len(page.Recordings) != n {
		t.Fatalf("%d are recorded, want %d", len(page.Recordings), n)
	}
	return page.Recordings
}

// With nothing but a gateway in its configuration a Collector records, switches, replays and finds patterns, and knows all of it again after
// it was restarted, and after it was killed.
func TestACollectorWithoutStorageKeepsEverythingInAFile(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "here is %s", r.URL.Path) }))
	t.Cleanup(upstream.Close)
	directory := filepath.Join(t.TempDir(), "state")
	c := alone(t, upstream.URL, directory)
	if !strings.Contains(c.log.String(), filepath.Join(directory, "mockforge.db")) {
		t.Errorf("the log does not say where the file is: %s", c.log)
	}
	if info, err := os.Stat(directory); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the directory has the mode %v (%v): it is for its owner", info.Mode(), err)
	}

	const rounds = 40
	for range rounds {
		for _, path := range []string{"/login", "/account"} {
			if status := c.visit(t, "web-shop", path); status != 200 {
				t.Fatalf("%s: %d", path, status)
			}
		}
		c.visit(t, "crawler", "/catalogue")
	}
	all := c.recorded(t, 3*rounds)
	var report api.PatternReport
	c.ask(t, "POST", "/recordings/patterns", `{}`, &report)
	if report.Analysed != 3*rounds || len(report.Patterns) == 0 {
		t.Errorf("%d are analysed, %d patterns found", report.Analysed, len(report.Patterns))
	}
	var compared replay.Comparison
	c.ask(t, "POST", "/recordings/replay/"+all[0].ID.String(), `{}`, &compared)
	if !compared.Diff.Equal {
		t.Errorf("replayed: %+v", compared)
	}
	var job replay.Job
	c.ask(t, "POST", "/recordings/replays", `{"filter":{"path":"/login"},"pace":{"mode":"rate","rate":1000}}`, &job)
	eventually(t, "the job is over", func() bool {
		c.ask(t, "GET", "/recordings/replays/"+job.ID.String(), "", &job)
		return job.EndedAt != nil
	})
	if job.Same != rounds {
		t.Errorf("the job has sent %+v", job)
	}

	c.ask(t, "POST", "/scenarios/presets", `{"name":"out-to-lunch","mode":"error","error_rate":1,"status_codes":[503]}`, nil)
	c.ask(t, "POST", "/scenarios/presets/out-to-lunch", `{"reason":"noon"}`, nil)
	knows := func(when string) {
		t.Helper()
		if status := c.visit(t, "web-shop", "/health"); status != 503 {
			t.Errorf("%s the gateway answers %d", when, status)
		}
		// It listens after the gateways do.
		eventually(t, "the control API answers", func() bool { got, _ := call(t, "GET", c.control+"/scenarios/mode", "", ""); return got == 200 })
		var presets struct{ Presets []scenario.Preset }
		c.ask(t, "GET", "/scenarios/presets", "", &presets)
		if !slices.ContainsFunc(presets.Presets, func(p scenario.Preset) bool { return p.Name == "out-to-lunch" }) {
			t.Errorf("%s the preset is gone: %+v", when, presets)
		}
		var history struct{ Changes []scenario.Change }
		c.ask(t, "GET", "/scenarios/history", "", &history)
		if len(history.Changes) != 1 || history.Changes[0].Reason != "noon" {
			t.Errorf("%s the history is %+v", when, history)
		}
		var stored api.PatternReport
		c.ask(t, "GET", "/recordings/patterns", "", &stored)
		if len(stored.Patterns) != len(report.Patterns) {
			t.Errorf("%s %d patterns are stored, want %d", when, len(stored.Patterns), len(report.Patterns))
		}
	}
	knows("before a restart")

	c.stop(t)
	c.run(t, "testdata/alone.yaml")
	knows("after a restart")
	c.visit(t, "web-shop", "/one/more")
	c.recorded(t, 3*rounds+1)

	c.kill(t)
	c.run(t, "testdata/alone.yaml")
	knows("after a crash")
	c.recorded(t, 3*rounds+1)
	c.ask(t, "POST", "/scenarios/stop", "", nil)
	if status := c.visit(t, "web-shop", "/health"); status != 200 {
		t.Errorf("after a stop the gateway answers %d", status)
	}
}

// A file has one Collector. A second one that finds it taken says what to do, and does what it can without.
func TestASecondCollectorWithoutStorageStarts(t *testing.T) {
	directory := t.TempDir()
	first := alone(t, greeter(t), directory)
	second := alone(t, greeter(t), directory)
	for _, part := range []string{"is used by another process", "recorder::storage::path", "the scenario is forgotten when this collector stops"} {
		if !strings.Contains(second.log.String(), part) {
			t.Errorf("the log of the second does not have %q", part)
		}
	}
	switched(t, second, 503, second)
	now(t, first, "after a switch of the other", 200)
	if status, body := call(t, "POST", second.control+"/recordings/query", "", "{}"); status != http.StatusServiceUnavailable {
		t.Errorf("the second has recordings: %d %s", status, body)
	}
	switched(t, first, 502, first)
	now(t, second, "after a switch of the other", 503)
}

// No directory to write to is no reason not to forward.
func TestACollectorWithoutAStateDirectoryStarts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := alone(t, greeter(t), filepath.Join(file, "below"))
	if log := c.log.String(); !strings.Contains(log, filepath.Join(file, "below")+" cannot be made") || !strings.Contains(log, "warn") {
		t.Errorf("the log does not say what is wrong: %s", log)
	}
	switched(t, c, 503, c)
}

// Whoever names a file is told by the key that it cannot be used.
func TestAFileThatCannotBeUsedIsRefusedByItsKey(t *testing.T) {
	directory := t.TempDir()
	text := filepath.Join(directory, "text")
	if err := os.WriteFile(text, []byte("not a database, but a text of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := alone(t, greeter(t), directory)
	for name, test := range map[string]struct{ path, says string }{
		"no directory":    {filepath.Join(directory, "none", "mockforge.db"), "is not a directory"},
		"a text":          {text, "is not an SQLite database; it was left as it is"},
		"a directory":     {directory, "is not a file"},
		"that of another": {filepath.Join(directory, "mockforge.db"), "is used by another process"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := map[string]any{
				"extensions": map[string]any{"mockforge": map[string]any{
					"control": map[string]any{"endpoint": "127.0.0.1:" + port(t)}, "prometheus": map[string]any{"enabled": false},
					"recorder": map[string]any{"storage": map[string]any{"path": test.path}},
				}},
				"service": map[string]any{"extensions": []any{"mockforge"}, "telemetry": map[string]any{"metrics": map[string]any{"level": "none"}}},
			}
			output, err := command(t, nil, "--config", written(t, whole)).CombinedOutput()
			if err == nil || !strings.Contains(string(output), "recorder::storage: path: ") || !strings.Contains(string(output), test.says) {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
	now(t, taken, "after all", 200)
}
