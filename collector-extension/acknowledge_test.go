package mockforgeextension

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func acknowledged(t *testing.T, body string) api.Acknowledgement {
	t.Helper()
	var got api.Acknowledgement
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return got
}

// What was answered as acknowledged by all holds for the next request at any of them.
func TestAChangeWaitsForAllCollectors(t *testing.T) {
	dsn := postgrestest.DSN(t)
	var gateways, controls []string
	for range 2 {
		c := config(t, shop(t))
		withDatabase(t, c, dsn)
		start(t, c)
		gateways = append(gateways, "http://"+c.Gateways[0].Server.NetAddr.Endpoint)
		controls = append(controls, "http://"+c.Control.NetAddr.Endpoint)
	}
	store := withDatabase(t, config(t, shop(t)), dsn)
	eventually(t, "both collectors are registered", func() bool {
		instances, err := store.Instances(t.Context())
		return err == nil && len(instances) == 2
	})
	status := func(of int) string { return fmt.Sprintf(`{"mode":"error","error_rate":1,"status_codes":[%d]}`, of) }
	for i := range 10 {
		for _, step := range []struct {
			method, path, body string
			want               int
		}{
			{"PUT", "/scenarios/mode", status(500 + i), 500 + i},
			{"POST", "/scenarios/stop", "", 200},
		} {
			code, body := send(t, step.method, controls[i%2]+step.path+"?wait=30s", step.body)
			if diff := cmp.Diff(api.Acknowledgement{Acknowledged: 2, Of: 2, Late: []string{}}, acknowledged(t, body)); code != 200 || diff != "" {
				t.Fatalf("%s %s: %d %s (-want +got):\n%s", step.method, step.path, code, body, diff)
			}
			for _, gateway := range gateways {
				if got, _ := get(t, gateway+"/"); got != step.want {
					t.Errorf("the request after %s %s: %d, want %d", step.method, step.path, got, step.want)
				}
			}
		}
	}

	late := scenario.Instance{ID: "b", Name: "collector-b", Started: time.Now()}
	if err := store.Register(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	_, body := send(t, "PUT", controls[0]+"/scenarios/mode?wait=3s", status(500))
	if diff := cmp.Diff(api.Acknowledgement{Acknowledged: 2, Of: 3, Late: []string{"collector-b"}}, acknowledged(t, body)); diff != "" {
		t.Errorf("with one that does nothing (-want +got):\n%s", diff)
	}
}

func TestACollectorWithoutADatabaseWaitsForItself(t *testing.T) {
	for name, kind := range map[string]string{"a file": "sqlite", "memory": "memory"} {
		t.Run(name, func(t *testing.T) {
			c := config(t, shop(t))
			c.Recorder.Storage.Type = kind
			start(t, c)
			code, body := send(t, "PUT", "http://"+c.Control.NetAddr.Endpoint+"/scenarios/mode?wait=30s", `{"mode":"error"}`)
			if diff := cmp.Diff(api.Acknowledgement{Acknowledged: 1, Of: 1, Late: []string{}}, acknowledged(t, body)); code != 200 || diff != "" {
				t.Errorf("%d %s (-want +got):\n%s", code, body, diff)
			}
		})
	}
}

// A collector that stops answers what waits, rather than break it off.
func TestAWaitIsAnsweredWhenTheCollectorStops(t *testing.T) {
	c := config(t, shop(t))
	store := withDatabase(t, c, postgrestest.DSN(t))
	e := made(t, c)
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the collector is registered", func() bool {
		instances, err := store.Instances(t.Context())
		return err == nil && len(instances) == 1
	})
	if err := store.Register(t.Context(), scenario.Instance{ID: "b", Name: "collector-b", Started: time.Now()}); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		code int
		body string
	}
	answered := make(chan answer, 1)
	go func() {
		code, body := send(t, "PUT", "http://"+c.Control.NetAddr.Endpoint+"/scenarios/mode?wait=30s", `{"mode":"degraded"}`)
		answered <- answer{code, body}
	}()
	eventually(t, "the change was made", func() bool {
		s, err := store.Current(t.Context())
		return err == nil && s.Version == 1
	})
	if err := e.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-answered; got.code != 200 || !strings.Contains(got.body, `"version":1`) {
		t.Errorf("%d %s", got.code, got.body)
	}
}
