//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// Each change can wait for the fleet, and says who is late: here a collector that is frozen, connections and all.
func TestEveryChangeCanWaitForTheFleet(t *testing.T) {
	dsn, u := postgrestest.DSN(t), startUpstream(t, says(ok))
	first := startWire(t, dsn, "", targetGateways(u)[0])
	second := startWire(t, dsn, "", targetGateways(u)[0])
	type acknowledgement struct {
		Acknowledged, Of *int
		Late             []string
	}
	changes := []struct{ method, path, body string }{
		{"PUT", "/scenarios/mode", `{"mode":"error","status_codes":[418]}`},
		{"PUT", "/scenarios/latency", `{"min_ms":1,"max_ms":1}`},
		{"PUT", "/scenarios/rules", `{"rules":[]}`},
		{"PUT", "/scenarios/chaos/config", `{"error_rate":0.5}`},
		{"POST", "/scenarios/presets/chaos", ""},
		{"POST", "/scenarios/presets/production", ""},
		{"POST", "/scenarios/stop", ""},
	}
	change := func(i int, wait string) (acknowledgement, string) {
		t.Helper()
		c := changes[i]
		status, body := call(t, c.method, first.control+c.path+"?wait="+wait, "", c.body)
		var a acknowledgement
		if err := json.Unmarshal([]byte(body), &a); err != nil || status != http.StatusOK || a.Acknowledged == nil || a.Of == nil {
			t.Fatalf("%s: %d %s (%v)", c.path, status, body, err)
		}
		return a, body
	}
	eventually(t, "both are there", func() bool { a, _ := change(0, "5s"); return *a.Of == 2 })
	for i, c := range changes {
		if a, body := change(i, "30s"); *a.Acknowledged != 2 || *a.Of != 2 || len(a.Late) != 0 || !strings.Contains(body, `"late":[]`) {
			t.Errorf("%s: %s", c.path, body)
		}
	}
	if err := second.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.process.Process.Signal(syscall.SIGCONT) })
	// Few, and soon: who gives no sign of life for ten seconds is no longer waited for.
	_, instances := call(t, "GET", first.control+"/instances", "", "")
	for _, i := range []int{0, 2, 6} {
		a, body := change(i, "700ms")
		if *a.Acknowledged != 1 || *a.Of != 2 || len(a.Late) != 1 || !strings.Contains(instances, `"`+a.Late[0]+`"`) {
			t.Errorf("%s with one that is frozen: %s, of %s", changes[i].path, body, instances)
		}
	}
	if err := second.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if a, body := change(6, "30s"); *a.Acknowledged != 2 || *a.Of != 2 {
		t.Errorf("once it goes on: %s", body)
	}
	if got := second.talk(t, "straight", "GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 200 ") {
		t.Errorf("the next request at the other one gets %q", got)
	}
	for _, wrong := range []string{"0", "31s", "-1s", "x", "5"} {
		if status, body := call(t, "POST", first.control+"/scenarios/stop?wait="+wrong, "", ""); status != http.StatusBadRequest {
			t.Errorf("wait=%s: %d %s", wrong, status, body)
		}
	}
}
