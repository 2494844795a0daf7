package mockforgeextension

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

func onlyHTTP2(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", r.Proto, r.Host, r.URL.Path)
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "http://", "h2c://", 1)
}

func TestAnUpstreamOfHTTP2WithoutTLSIsConfigured(t *testing.T) {
	up := onlyHTTP2(t)
	c := config(t, up)
	e := start(t, c)
	if status, body := get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/1"); status != 200 || body != "HTTP/2.0 "+c.Gateways[0].Server.NetAddr.Endpoint+" /users/1" {
		t.Errorf("got %d %q", status, body)
	}
	if got := e.(*mockforge).instance.Gateways[0].Upstream; got != up {
		t.Errorf("users are shown %s, want %s", got, up)
	}
}

func TestReplaysReachTargetsOfHTTP2WithoutTLS(t *testing.T) {
	up := onlyHTTP2(t)
	s := newStage(t, shop(t))
	raw(t, s.address, "GET /users/1 HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
	r := s.next(t)
	m := newExtension(createDefaultConfig().(*Config), extensiontest.NewNopSettings(componentType))
	t.Cleanup(func() { _ = m.Shutdown(t.Context()) })
	target := ReplayTargetConfig{Name: "new", ClientConfig: defaultGateway().Upstream}
	target.Endpoint = up
	targets, err := m.replayTargets(t.Context(), GatewayConfig{Name: "shop", ReplayTargets: []ReplayTargetConfig{target}}, componenttest.NewNopHost(), s.options)
	if err != nil {
		t.Fatal(err)
	}
	m.targets = map[string]map[string]replay.Target{"shop": targets}
	if s.replayer, err = replay.New(replay.TargetsFunc(m.replayTarget), replay.Options{Timeout: patience}); err != nil {
		t.Fatal(err)
	}
	for how, request := range map[string]replay.Request{"straight": {Target: "new"}, "under a scenario": {Target: "new", Scenario: definition(t, `{"mode":"healthy"}`)}} {
		if got := s.replay(t, r, request).Replayed; string(got.Body.Content) != "HTTP/2.0 shop.example.com /users/1" {
			t.Errorf("%s: the replay got %d %q, %s", how, got.Status, got.Body.Content, got.Failure)
		}
	}
	r.Protocol, r.Method = recording.WebSocket, "GET"
	if got := s.replay(t, r, replay.Request{Target: "new"}).Replayed; got.Failure != "the target's protocol has no WebSockets" {
		t.Errorf("a WebSocket ended with %d, %q", got.Status, got.Failure)
	}
}
