package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// switched sets a status by the control API of a Collector, until it succeeds, and waits until all answer with it.
func switched(t *testing.T, by *collector, status int, all ...*collector) {
	t.Helper()
	eventually(t, "the switch succeeds", func() bool {
		got, _ := call(t, "PUT", by.control+"/scenarios/mode", "", fmt.Sprintf(`{"mode":"error","status_codes":[%d]}`, status))
		return got == 200
	})
	for _, c := range all {
		answers(t, c, status)
	}
}

func answers(t *testing.T, c *collector, status int) {
	t.Helper()
	eventually(t, fmt.Sprintf("the gateway answers %d", status), func() bool { got, _ := call(t, "GET", c.gateway, "", ""); return got == status })
}

// now reports what the next request through the gateway meets.
func now(t *testing.T, c *collector, when string, status int) {
	t.Helper()
	if got, body := call(t, "GET", c.gateway, "", ""); got != status {
		t.Errorf("%s the gateway answers %d %s, want %d", when, got, body, status)
	}
}

type stopped struct {
	scenario.Scenario
	Reach api.Reach `json:"reach"`
}

// halted stops one Collector whose database does not take it.
func halted(t *testing.T, c *collector, reason string) {
	t.Helper()
	got, body := call(t, "POST", c.control+"/scenarios/stop", "", `{"reason":"`+reason+`"}`)
	now(t, c, "after the stop", 200)
	var answer stopped
	if err := json.Unmarshal([]byte(body), &answer); got != 202 || err != nil {
		t.Fatalf("stop: %d %s (%v)", got, body, err)
	}
	if r := answer.Reach; r.Collector != api.InForce || r.Fleet != api.Pending || !r.Durable || r.Detail == "" || answer.Injects() {
		t.Errorf("stop: %s", body)
	}
}

func onDisk(spool string) bool {
	_, err := os.Stat(filepath.Join(spool, "stop.json"))
	return err == nil
}

// refusing makes every write of the scenario fail as code says.
func refusing(t *testing.T, dsn, code string) (back func()) {
	t.Helper()
	execute(t, dsn, `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '`+code+`'; END $$;
		CREATE TRIGGER refuse BEFORE UPDATE ON scenario_state FOR EACH ROW EXECUTE FUNCTION refuse()`)
	return func() { execute(t, dsn, "DROP TRIGGER refuse ON scenario_state") }
}

func execute(t *testing.T, dsn, statement string) {
	t.Helper()
	if err := devpostgres.Execute(t.Context(), dsn, statement); err != nil {
		t.Fatal(err)
	}
}

// locked holds the row of the scenario, as a transaction does that never ends.
func locked(t *testing.T, dsn string) (back func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = devpostgres.Execute(ctx, dsn, "SELECT * FROM scenario_state FOR UPDATE; SELECT pg_sleep(3600)")
	}()
	eventually(t, "the row is locked", func() bool {
		return devpostgres.Execute(t.Context(), dsn, "SELECT * FROM scenario_state FOR UPDATE NOWAIT") != nil
	})
	return func() { cancel(); <-ended }
}

func TestStopAlwaysStops(t *testing.T) {
	whole := t // what the Collectors live as long as
	server := postgrestest.Server(t)
	dsn := server.DSN()
	store, upstream, spool := database(t, dsn), greeter(t), t.TempDir()
	first := startCollector(t, dsn, upstream, spool, nil)
	second := startCollector(t, dsn, upstream, t.TempDir(), nil)
	for i, fault := range []struct {
		name string
		take func(t *testing.T) (back func())
	}{
		{"killed", func(t *testing.T) func() { crash(t, server); return func() { restart(t, server) } }},
		{"frozen", func(t *testing.T) func() { return freeze(t, server) }},
		{"read-only", func(t *testing.T) func() { return refusing(t, dsn, "25006") }},
		{"full", func(t *testing.T) func() { return refusing(t, dsn, "53100") }},
		{"locked", func(t *testing.T) func() { return locked(t, dsn) }},
		{"table missing", func(t *testing.T) func() {
			execute(t, dsn, "ALTER TABLE scenario_state RENAME TO gone")
			return func() { execute(t, dsn, "ALTER TABLE gone RENAME TO scenario_state") }
		}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			switched(t, second, 510+i, first, second)
			back := fault.take(t)
			halted(t, first, fault.name)
			now(t, second, "at the other Collector", 510+i)

			first.kill(t)
			if !onDisk(spool) {
				t.Error("nothing is on the disk")
			}
			first = startCollector(whole, "", "", "", first)
			now(t, first, "after a crash", 200)
			back()
			answers(t, second, 200)
			now(t, first, "once the fleet was told", 200)
			current, err := store.Current(t.Context())
			if err != nil || current.Injects() || current.SetBy != "control API" || current.Reason != fault.name {
				t.Errorf("the fleet has %+v, %v", current, err)
			}
			history, err := store.History(t.Context(), 0, 2)
			if err != nil || len(history) != 2 || history[0].Action != "stop" || history[1].Action != "mode" {
				t.Errorf("the history is %+v, %v", history, err)
			}
			eventually(t, "the disk forgets it", func() bool { return !onDisk(spool) })
		})
	}
}

func TestWhatIsSetAfterAStopWinsOverIt(t *testing.T) {
	server := postgrestest.Server(t)
	dsn, upstream, spool := server.DSN(), greeter(t), t.TempDir()
	first := startCollector(t, dsn, upstream, spool, nil)
	second := startCollector(t, dsn, upstream, t.TempDir(), nil)
	switched(t, second, 510, first, second)
	crash(t, server)
	halted(t, first, "enough")
	first.kill(t)
	restart(t, server)
	switched(t, second, 511, second)
	first = startCollector(t, "", "", "", first)
	answers(t, first, 511)
	eventually(t, "the disk forgets the stop", func() bool { return !onDisk(spool) })

	// With the database there, all are told at once.
	got, body := call(t, "PUT", first.control+"/scenarios/mode", "", `{"mode":"healthy"}`)
	now(t, first, "after the change to healthy", 200)
	var answer stopped
	if err := json.Unmarshal([]byte(body), &answer); got != 200 || err != nil || answer.Reach.Fleet != api.Told || !answer.Reach.Durable {
		t.Errorf("healthy: %d %s (%v)", got, body, err)
	}
	answers(t, second, 200)
}

// What a Collector has answered is what the next request through its gateway meets.
func TestWhatWasAnsweredIsInForceAtOnce(t *testing.T) {
	dsn := postgrestest.DSN(t)
	c := startCollector(t, dsn, greeter(t), "", nil)
	eventually(t, "presets can be saved", func() bool {
		got, _ := call(t, "POST", c.control+"/scenarios/presets", "", `{"name":"tea","mode":"error","status_codes":[418]}`)
		return got == 201
	})
	eventually(t, "the schema is there", func() bool { got, _ := call(t, "POST", c.control+"/scenarios/stop", "", ""); return got == 200 })
	old := 0
	for i := range 200 {
		code := 510 + i%90
		failing := fmt.Sprintf(`"mode":"error","status_codes":[%d]`, code)
		change := []struct {
			method, path, body string
			want               int
		}{
			{"PUT", "/scenarios/mode", "{" + failing + "}", code},
			{"PUT", "/scenarios/rules", `{"rules":[{"name":"r","target":{},` + failing + `}]}`, code},
			{"POST", "/scenarios/presets/tea", "", 418},
			{"POST", "/scenarios/stop", "", 200},
			{"PUT", "/scenarios/chaos/config", `{"error_rate":1,"timeout_rate":0,"random_slowdowns":false,"status_codes":[444]}`, 200},
			{"PUT", "/scenarios/mode", `{"mode":"chaos"}`, 444},
			{"POST", "/scenarios/presets/production", "", 200},
			{"PUT", "/scenarios/mode", "{" + failing + "}", code},
			{"PUT", "/scenarios/mode", `{"mode":"healthy"}`, 200},
			{"PUT", "/scenarios/latency", "{}", 200},
		}[i%10]
		if got, body := call(t, change.method, c.control+change.path, "", change.body); got != 200 {
			t.Fatalf("%v: %d %s", change, got, body)
		}
		if got, _ := call(t, "GET", c.gateway, "", ""); got != change.want {
			t.Logf("%v: the next request got %d", change, got)
			old++
		}
	}
	if old > 0 {
		t.Errorf("%d of 200 requests met an old state", old)
	}
}
