package mockforgeextension

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func TestWithoutADatabaseTheControlAPIKnowsThisCollector(t *testing.T) {
	c := config(t, shop(t))
	start(t, c)
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	if status, _ := get(t, gateway+"/users/1"); status != 200 {
		t.Fatalf("got %d", status)
	}
	var fleet struct{ Instances []scenario.Instance }
	status, body := get(t, control+"/instances")
	if err := json.Unmarshal([]byte(body), &fleet); err != nil || status != 200 || len(fleet.Instances) != 1 ||
		!fleet.Instances[0].Live || len(fleet.Instances[0].Gateways) != 1 {
		t.Errorf("instances: %d %s (%v)", status, body, err)
	}
	eventually(t, "the request is in the traffic", func() bool {
		var answer struct{ Points []traffic.Point }
		status, body := get(t, control+"/traffic")
		if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
			t.Fatalf("traffic: %d %s (%v)", status, body, err)
		}
		for _, p := range answer.Points {
			if p.ByGateway["shop"] > 0 {
				return true
			}
		}
		return false
	})
}

func TestTheLiveStreamTellsASwitchAndEndsWithTheCollector(t *testing.T) {
	c := config(t, shop(t))
	e := made(t, c)
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop := func() {
		if !stopped {
			stopped = true
			if err := e.Shutdown(context.Background()); err != nil {
				t.Errorf("shutdown: %v", err)
			}
		}
		http.DefaultClient.CloseIdleConnections()
	}
	defer stop()
	control := c.Control.NetAddr.Endpoint
	conn, _, err := websocket.Dial(t.Context(), "ws://"+control+"/ws/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	read := func() (update traffic.Update) {
		t.Helper()
		if err := wsjson.Read(t.Context(), conn, &update); err != nil {
			t.Fatal(err)
		}
		return update
	}
	if update := read(); update.Mode != "healthy" || update.Instances != 1 {
		t.Errorf("first update: %+v", update)
	}
	if status, body := send(t, "PUT", "http://"+control+"/scenarios/mode", `{"mode":"degraded"}`); status != 200 {
		t.Fatalf("switching: %d %s", status, body)
	}
	for update := read(); update.Mode != "degraded"; update = read() {
		if update.Error != "" {
			t.Fatal(update.Error)
		}
	}
	for update := read(); update.Point == nil; update = read() {
	}
	// The client answers the closing handshake only while it reads.
	ended := make(chan error, 1)
	go func() {
		for {
			if _, _, err := conn.Read(t.Context()); err != nil {
				ended <- err
				return
			}
		}
	}()
	stop()
	if err := <-ended; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the stream ended with %v, want close code 1001", err)
	}
}
