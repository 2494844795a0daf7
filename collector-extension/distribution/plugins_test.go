package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAPluginRunsInTheBinary(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	defer upstream.Close()
	env := environment(t, upstream.URL)
	env["PLUGIN"] = "header_stamp"
	run := command(t, env, "--config", "testdata/plugins.yaml")
	var log bytes.Buffer
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = run.Process.Signal(syscall.SIGTERM)
		if err := run.Wait(); err != nil {
			t.Errorf("stopping: %v, %s", err, &log)
		}
	}()
	var stamp string
	for deadline := time.Now().Add(patience); stamp == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get("http://127.0.0.1:" + env["GATEWAY_PORT"])
		if err == nil {
			stamp = response.Header.Get("X-Served-By")
			_ = response.Body.Close()
		}
	}
	if stamp != "plugin" {
		t.Fatalf("X-Served-By is %q", stamp)
	}
	status, metrics := call(t, "GET", "http://127.0.0.1:"+env["METRICS_PORT"]+"/metrics", "", "")
	if want := `mockforge_plugin_executions_total{gateway="shop",plugin="header_stamp"} 1`; !strings.Contains(metrics, want) {
		t.Errorf("%d, metrics lack %s", status, want)
	}
}

func TestAPluginThatIsNotThereIsNamed(t *testing.T) {
	env := environment(t, "http://127.0.0.1:1")
	env["PLUGIN"] = "header_stemp"
	output, err := command(t, env, "--config", "testdata/plugins.yaml").CombinedOutput()
	if err == nil || !strings.Contains(string(output), "unable to find extension header_stemp on which extension mockforge depends") {
		t.Errorf("%v, %s", err, output)
	}
}
