package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

const patience = time.Minute

// binary builds the distribution once.
var binary = sync.OnceValues(func() (string, error) {
	directory, err := os.MkdirTemp("", "mockforge-collector-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(directory, "mockforge-collector")
	command := exec.Command("go", "build", "-ldflags", "-X main.version=9.8.7", "-o", path, ".")
	if output, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func port(t *testing.T) string {
	t.Helper()
	port, err := probe.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func command(t *testing.T, environment map[string]string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	// What no storage is configured for must not find its file on this machine.
	command.Env = append(os.Environ(), "STATE_DIRECTORY="+t.TempDir())
	for name, value := range environment {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

func environment(t *testing.T, upstream string) map[string]string {
	return map[string]string{
		"GATEWAY_PORT": port(t), "CONTROL_PORT": port(t), "METRICS_PORT": port(t), "UPSTREAM": upstream, "DEFAULT_MODE": "healthy",
		"CONTROL_TOKEN": "hunter2",
	}
}

func call(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func TestTheBinaryForwardsSwitchesAndStops(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	defer upstream.Close()
	env := environment(t, upstream.URL)
	run := command(t, env, "--config", "testdata/config.yaml")
	var log bytes.Buffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	gateway, control := "http://127.0.0.1:"+env["GATEWAY_PORT"], "http://127.0.0.1:"+env["CONTROL_PORT"]

	var status int
	var body string
	for deadline := time.Now().Add(patience); status != 200 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		status, body = call(t, "GET", gateway, "", "")
	}
	if body != "hello" {
		t.Errorf("through the gateway: %d %s", status, body)
	}
	change := `{"mode":"error","error_rate":1,"status_codes":[503]}`
	if status, _ := call(t, "PUT", control+"/scenarios/mode", "", change); status != 401 {
		t.Errorf("switching without the token: got %d, want 401", status)
	}
	if status, _ := call(t, "GET", gateway, "", ""); status != 200 {
		t.Errorf("after a refused switch: got %d", status)
	}
	if status, body := call(t, "PUT", control+"/scenarios/mode", "hunter2", change); status != 200 {
		t.Errorf("switching: got %d %s", status, body)
	}
	if status, _ := call(t, "GET", gateway, "", ""); status != 503 {
		t.Errorf("after the switch: got %d, want 503", status)
	}
	if _, metrics := call(t, "GET", "http://127.0.0.1:"+env["METRICS_PORT"]+"/metrics", "", ""); !strings.Contains(metrics, `mockforge_active_scenario{mode="error"} 1`) {
		t.Error("the metrics do not say that the scenario is active")
	}

	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("stopped with %v:\n%s", err, log.String())
		}
	case <-time.After(patience):
		t.Errorf("does not stop:\n%s", log.String())
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the log tells the token")
	}
}

func TestAWrongConfigurationIsRefusedByItsKey(t *testing.T) {
	env := environment(t, "http://127.0.0.1:1")
	env["DEFAULT_MODE"] = "sleepy"
	for _, arguments := range [][]string{{"validate", "--config", "testdata/config.yaml"}, {"--config", "testdata/config.yaml"}} {
		output, err := command(t, env, arguments...).CombinedOutput()
		if err == nil || !strings.Contains(string(output), "extensions::mockforge::scenarios: default_mode: must be one of healthy, degraded, error, chaos") {
			t.Errorf("%v: %v, %s", arguments, err, output)
		}
	}
	env["DEFAULT_MODE"] = "healthy"
	if output, err := command(t, env, "validate", "--config", "testdata/config.yaml").CombinedOutput(); err != nil {
		t.Errorf("a good configuration: %v, %s", err, output)
	}
}

func TestTheVersionIsThatOfTheBuild(t *testing.T) {
	output, err := command(t, nil, "--version").Output()
	if err != nil || strings.TrimSpace(string(output)) != "mockforge-collector version 9.8.7" {
		t.Errorf("got %s (%v)", output, err)
	}
}

// The manifest and the wiring in Go must name the same modules, and go.mod the same versions.
func TestTheManifestIsWhatIsBuilt(t *testing.T) {
	text, err := os.ReadFile("builder-config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type module struct {
		GoMod  string `yaml:"gomod"`
		Import string `yaml:"import"`
	}
	var manifest struct{ Extensions, Receivers, Processors, Exporters, Providers []module }
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	names := func(groups ...[]module) []string {
		var all []string
		for _, m := range slices.Concat(groups...) {
			name := m.GoMod
			if m.Import != "" {
				name = m.Import + " v" + version
			}
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	output, err := command(t, nil, "components").Output()
	if err != nil {
		t.Fatal(err)
	}
	var listed map[string]any
	if err := yaml.Unmarshal(output, &listed); err != nil {
		t.Fatal(err)
	}
	var built []string
	for _, kind := range []string{"extensions", "receivers", "processors", "exporters", "providers"} {
		for _, c := range listed[kind].([]any) {
			built = append(built, strings.Replace(c.(map[string]any)["module"].(string), "v9.8.7", "v"+version, 1))
		}
	}
	slices.Sort(built)
	if diff := cmp.Diff(names(manifest.Extensions, manifest.Receivers, manifest.Processors, manifest.Exporters, manifest.Providers), built); diff != "" {
		t.Errorf("modules (-manifest +binary):\n%s", diff)
	}
	gomod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range built {
		if !strings.Contains(name, "mockforge") && !strings.Contains(string(gomod), "\t"+name+"\n") {
			t.Errorf("go.mod does not require %s", name)
		}
	}
}
