package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

func greeter(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	t.Cleanup(s.Close)
	return s.URL
}

func instances(t *testing.T, store *postgres.Store, ok func([]scenario.Instance) bool) func() bool {
	return func() bool {
		all, err := store.Instances(t.Context())
		return err == nil && ok(all)
	}
}

// followed switches over the control API of one Collector, and is how long it took until all answered accordingly and
// had acknowledged the version.
func followed(t *testing.T, store *postgres.Store, by *collector, status int, all ...*collector) time.Duration {
	t.Helper()
	start := time.Now()
	change := fmt.Sprintf(`{"mode":"error","error_rate":1,"status_codes":[%d]}`, status)
	if got, body := call(t, "PUT", by.control+"/scenarios/mode", "", change); got != 200 {
		t.Fatalf("switching: got %d %s", got, body)
	}
	for _, c := range all {
		eventually(t, "the gateway follows", func() bool { got, _ := call(t, "GET", c.gateway, "", ""); return got == status })
	}
	took := time.Since(start)
	current, err := store.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "every instance acknowledges the version", instances(t, store, func(known []scenario.Instance) bool {
		acknowledged := 0
		for _, i := range known {
			if i.AppliedVersion == current.Version && i.AppliedAt != nil {
				acknowledged++
			}
		}
		return acknowledged == len(all)
	}))
	return took
}

// withinASecond gives a machine under load nine tries.
func withinASecond(t *testing.T, store *postgres.Store, by *collector, status int, all ...*collector) {
	t.Helper()
	var took time.Duration
	for i := range 9 {
		if took = followed(t, store, by, status+i, all...); took < time.Second {
			return
		}
	}
	t.Errorf("two collectors followed a switch after %v, want within a second", took)
}

func TestTwoCollectorsFollowOneSwitch(t *testing.T) {
	server := postgrestest.Server(t)
	store, upstream := database(t, server.DSN()), greeter(t)
	first := startCollector(t, server.DSN(), upstream, "", nil)
	second := startCollector(t, server.DSN(), upstream, "", nil)
	eventually(t, "both are registered with their gateways and limits", instances(t, store, func(all []scenario.Instance) bool {
		return len(all) == 2 && all[0].Live && all[1].Live && len(all[0].Gateways) == 1 && all[0].Gateways[0].Name == "shop" &&
			all[1].Limits.MaxDuration == time.Hour
	}))
	withinASecond(t, store, first, 510, first, second)

	crash(t, server)
	for _, c := range []*collector{first, second} {
		if got, _ := call(t, "GET", c.gateway, "", ""); got < 510 {
			t.Errorf("with PostgreSQL away a gateway answers %d, want that the scenario holds", got)
		}
		if got, _ := call(t, "PUT", c.control+"/scenarios/mode", "", `{"mode":"chaos"}`); got != 503 {
			t.Errorf("with PostgreSQL away a switch gets %d, want 503", got)
		}
	}
	restart(t, server)
	eventually(t, "both are back", instances(t, store, func(all []scenario.Instance) bool { return len(all) == 2 && all[0].Live && all[1].Live }))
	withinASecond(t, store, second, 520, first, second)

	second.kill(t)
	eventually(t, "the one that crashed is stale, the other is not", instances(t, store, func(all []scenario.Instance) bool {
		return len(all) == 2 && all[0].Live != all[1].Live
	}))
	first.stop(t)
	eventually(t, "the one that stopped in order has signed off", instances(t, store, func(all []scenario.Instance) bool {
		return len(all) == 1 && !all[0].Live
	}))
}

func TestOneOfTheFleetWritesTheExpiry(t *testing.T) {
	dsn, upstream := postgrestest.DSN(t), greeter(t)
	store := database(t, dsn)
	first := startCollector(t, dsn, upstream, "", nil)
	second := startCollector(t, dsn, upstream, "", nil)
	eventually(t, "the switch succeeds", func() bool {
		got, _ := call(t, "PUT", first.control+"/scenarios/mode", "", `{"mode":"error","error_rate":1,"status_codes":[510],"expires_in":"1s"}`)
		return got == 200
	})
	for _, c := range []*collector{first, second} {
		eventually(t, "traffic is unharmed again", func() bool { got, _ := call(t, "GET", c.gateway, "", ""); return got == 200 })
	}
	expired := func() (n int) {
		history, err := store.History(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range history {
			if change.Action == "expired" {
				n++
			}
		}
		return n
	}
	eventually(t, "the expiry is in the history", func() bool { return expired() > 0 })
	eventually(t, "both acknowledge the version that follows", instances(t, store, func(all []scenario.Instance) bool {
		return len(all) == 2 && all[0].AppliedVersion == all[1].AppliedVersion && all[0].AppliedVersion > 1
	}))
	if n := expired(); n != 1 {
		t.Errorf("the expiry is in the history %d times, want once", n)
	}
}

// What the fleet has acknowledged holds for the next request at each of its gateways.
func TestAChangeWaitsUntilTheFleetHasAppliedIt(t *testing.T) {
	dsn, upstream := postgrestest.DSN(t), greeter(t)
	store := database(t, dsn)
	first := startCollector(t, dsn, upstream, "", nil)
	second := startCollector(t, dsn, upstream, "", nil)
	eventually(t, "both are registered", instances(t, store, func(all []scenario.Instance) bool { return len(all) == 2 }))
	type acknowledgement struct {
		Acknowledged, Of int
		Late             []string
	}
	change := func(by *collector, status int, wait string) acknowledgement {
		t.Helper()
		got, body := call(t, "PUT", by.control+"/scenarios/mode?wait="+wait, "", fmt.Sprintf(`{"mode":"error","error_rate":1,"status_codes":[%d]}`, status))
		var answer acknowledgement
		if err := json.Unmarshal([]byte(body), &answer); err != nil || got != 200 {
			t.Fatalf("switching: %d %s", got, body)
		}
		return answer
	}
	for i := range 20 {
		by := []*collector{first, second}[i%2]
		if got := change(by, 500+i, "30s"); got.Acknowledged != 2 || got.Of != 2 || len(got.Late) != 0 {
			t.Fatalf("switch %d: %+v", i, got)
		}
		for _, c := range []*collector{first, second} {
			if got, _ := call(t, "GET", c.gateway, "", ""); got != 500+i {
				t.Errorf("switch %d: the next request gets %d", i, got)
			}
		}
	}
	second.kill(t)
	if got := change(first, 530, "100ms"); got.Acknowledged != 1 || got.Of != 2 || len(got.Late) != 1 {
		t.Errorf("with one that was killed: %+v", got)
	}
}
