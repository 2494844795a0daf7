package mockforgeextension

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// run starts an extension, does what it is told with it, and shuts it down.
func run(t *testing.T, c *Config, use func(gateway, control string)) {
	t.Helper()
	e := made(t, c)
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	use("http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/1", "http://"+c.Control.NetAddr.Endpoint)
	if err := e.Shutdown(t.Context()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// reaches stops by the control API, and checks what the answer and the next request say.
func reaches(t *testing.T, gateway, control string, status int, fleet string, durable bool) {
	t.Helper()
	got, body := send(t, "POST", control+"/scenarios/stop", "")
	var answer struct{ Reach api.Reach }
	if err := json.Unmarshal([]byte(body), &answer); got != status || err != nil || answer.Reach.Collector != api.InForce ||
		answer.Reach.Fleet != fleet || answer.Reach.Durable != durable {
		t.Errorf("stop: %d %s, want %d, fleet %s, durable %v", got, body, status, fleet, durable)
	}
	if got, _ := get(t, gateway); got != 200 {
		t.Errorf("after the stop the gateway answers %d", got)
	}
}

func is(t *testing.T, when, gateway string, unharmed bool) {
	t.Helper()
	if got, _ := get(t, gateway); (got == 200) != unharmed {
		t.Errorf("%s the gateway answers %d, want unharmed: %v", when, got, unharmed)
	}
}

func TestAStopInMemoryOutlivesARestart(t *testing.T) {
	c := config(t, shop(t))
	c.Recorder.Storage.Type, c.Recorder.Storage.Path = "memory", ""
	c.Scenarios.DefaultMode = "error"
	c.Recorder.Storage.SpoolDirectory = filepath.Join(t.TempDir(), "spool")
	run(t, c, func(gateway, control string) {
		is(t, "by default", gateway, false)
		reaches(t, gateway, control, 200, api.Told, true)
	})
	run(t, c, func(gateway, control string) {
		is(t, "after a restart", gateway, true)
		if got, body := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","status_codes":[503]}`); got != 200 {
			t.Errorf("a later change: %d %s", got, body)
		}
		is(t, "after a later change", gateway, false)
	})
	run(t, c, func(gateway, _ string) { is(t, "with the stop lifted", gateway, false) })

	c.Recorder.Storage.SpoolDirectory = ""
	run(t, c, func(gateway, control string) { reaches(t, gateway, control, 200, api.Told, false) })
}

func TestAStopOutlivesARestartWhileTheDatabaseIsAway(t *testing.T) {
	for name, enabled := range map[string]bool{"scenarios": true, "scenarios turned off": false} {
		t.Run(name, func(t *testing.T) {
			c := config(t, shop(t))
			c.Scenarios.DefaultMode, c.Scenarios.Enabled, c.Recorder.Enabled = "error", enabled, false
			withDSN(c, "postgres://nobody@"+freePort(t)+"/none")
			c.Recorder.Storage.SpoolDirectory = t.TempDir()
			run(t, c, func(gateway, control string) {
				is(t, "by default", gateway, !enabled)
				reaches(t, gateway, control, 202, api.Pending, true)
				if got, body := get(t, control+"/scenarios/mode"); got != 200 {
					t.Errorf("what is in force: %d %s", got, body)
				}
			})
			run(t, c, func(gateway, _ string) { is(t, "after a restart", gateway, true) })

			// Torn, as no file of ours should be.
			path := filepath.Join(c.Recorder.Storage.SpoolDirectory, "stop.json")
			if err := os.Truncate(path, 10); err != nil {
				t.Fatal(err)
			}
			run(t, c, func(gateway, _ string) { is(t, "with a torn file", gateway, true) })
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			run(t, c, func(gateway, _ string) { is(t, "without the file", gateway, !enabled) })

			c.Recorder.Storage.SpoolDirectory = ""
			run(t, c, func(gateway, control string) { reaches(t, gateway, control, 202, api.Pending, false) })
		})
	}
}
