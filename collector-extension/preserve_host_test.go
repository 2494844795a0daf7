package mockforgeextension

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

func TestTheHostIsGuessedFromTheUpstream(t *testing.T) {
	for upstream, preserve := range map[string]bool{
		"http://shop:8000":                      true,
		"http://shop.example.com":               true,
		"http://192.0.2.1":                      true,
		"https://shop":                          true,
		"https://shop.:8443":                    true,
		"https://localhost:8443":                true,
		"https://127.0.0.1":                     true,
		"https://[::1]:443":                     true,
		"https://10.1.2.3":                      true,
		"https://172.31.0.1":                    true,
		"https://192.168.0.1":                   true,
		"https://169.254.1.1":                   true,
		"https://100.64.0.1":                    true,
		"https://[fd00::1]":                     true,
		"https://[fe80::1%25eth0]":              true,
		"https://[::ffff:10.0.0.1]":             true,
		"https://shop.prod.svc":                 true,
		"https://shop.prod.svc.cluster.local":   true,
		"https://shop.prod.svc.cluster.local.":  true,
		"https://shop.prod.svc.k8s.example.com": true,
		"https://SHOP.LOCAL":                    true,
		"https://shop.internal":                 true,
		"https://shop.corp.internal":            true,
		"https://host.docker.internal":          true,
		"https://shop.service.consul":           true,
		"https://nas.home.arpa":                 true,
		"https://shop.localhost":                true,
		"https://api.example.com":               false,
		"https://api.example.com:8443/v1":       false,
		"https://internal.example.com":          false,
		"https://local.example.com":             false,
		"https://svc.example.com":               false,
		"https://notlocal":                      true, // no dot
		"https://shop.notlocal":                 false,
		"https://192.0.2.1":                     false,
		"https://172.32.0.1":                    false,
		"https://[2001:db8::1]":                 false,
	} {
		u, err := url.Parse(upstream)
		if err != nil {
			t.Fatal(err)
		}
		got, why := hostOf(u, nil)
		if got != preserve || why == "" {
			t.Errorf("%s: preserved %t since %s, want %t", upstream, got, why, preserve)
		}
		for _, set := range []bool{true, false} {
			if got, why := hostOf(u, &set); got != set || why != "preserve_host is set" {
				t.Errorf("%s: preserved %t since %s, want %t", upstream, got, why, set)
			}
		}
	}
}

// raw sends the head of a request and reads the answer.
func raw(t *testing.T, address, head string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestTheUpstreamSeesTheHostThatTheGatewayIsConfiguredFor(t *testing.T) {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.Host+" "+r.Header.Get("X-Forwarded-Host"))
	}))
	t.Cleanup(up.Close)
	own := strings.TrimPrefix(up.URL, "http://")
	for name, test := range map[string]struct {
		set      *bool
		header   string
		want, is string
	}{
		"unset":             {nil, "", "shop.example.com:81", "the upstream sees the Host of the client because the upstream has no TLS"},
		"true":              {new(true), "", "shop.example.com:81", "the upstream sees the Host of the client because preserve_host is set"},
		"false":             {new(false), "", own, "the upstream sees its own Host because preserve_host is set"},
		"a host of its own": {nil, "other.example.com", "other.example.com", ""},
		"that, and true":    {new(true), "other.example.com", "other.example.com", ""},
	} {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.InfoLevel)
			settings := extensiontest.NewNopSettings(componentType)
			settings.Logger = zap.New(core)
			c := config(t, up.URL)
			c.Gateways[0].PreserveHost = test.set
			if test.header != "" {
				c.Gateways[0].Upstream.Headers.Set("Host", configopaque.String(test.header))
			}
			e, err := NewFactory().Create(t.Context(), settings, c)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Shutdown(t.Context()) })
			response := raw(t, c.Gateways[0].Server.NetAddr.Endpoint, "GET /a HTTP/1.1\r\nHost: shop.example.com:81\r\nConnection: close\r\n\r\n")
			if got := response.Header.Get("X-Seen"); got != test.want+" shop.example.com:81" {
				t.Errorf("the upstream saw %q, want %q", got, test.want)
			}
			var said []string
			for _, entry := range logs.All() {
				if fields := entry.ContextMap(); fields["because"] != nil {
					said = append(said, fmt.Sprintf("%s because %s", entry.Message, fields["because"]))
				}
			}
			if len(said) != 1 || test.is != "" && !slices.Contains(said, test.is) {
				t.Errorf("the log says %q, want %q", said, test.is)
			}
		})
	}
}

// originChecked returns an upstream that takes WebSockets of its own origin only, as coder/websocket and Grafana do.
func originChecked(t *testing.T) *httptest.Server {
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.Host)
		if r.Header.Get("Upgrade") == "" {
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		kind, message, err := conn.Read(r.Context())
		if err == nil {
			_ = conn.Write(r.Context(), kind, message)
			_ = conn.Close(websocket.StatusNormalClosure, "")
		}
	}))
	t.Cleanup(up.Close)
	return up
}

func TestAReplayHasTheHostThatTheGatewayPreserves(t *testing.T) {
	up := originChecked(t)
	for _, preserve := range []bool{true, false} {
		t.Run(fmt.Sprintf("preserved %t", preserve), func(t *testing.T) {
			s := newStage(t, up.URL, func(o *gateway.Options) { o.PreserveHost = preserve })
			want := "shop.example.com"
			if !preserve {
				want = strings.TrimPrefix(up.URL, "http://")
			}
			if got := raw(t, s.address, "GET /a HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n").Header.Get("X-Seen"); got != want {
				t.Errorf("the upstream saw %s, want %s", got, want)
			}
			plain := s.next(t)
			harmless := definition(t, `{"mode":"healthy"}`)
			for name, request := range map[string]replay.Request{"straight": {}, "under a scenario": {Scenario: harmless}} {
				if got := http.Header(s.replay(t, plain, request).Replayed.Headers).Get("X-Seen"); got != want {
					t.Errorf("%s: a replay was for %s, want %s", name, got, want)
				}
			}
			conn, response, err := websocket.Dial(t.Context(), "ws://"+s.address, &websocket.DialOptions{
				Host: "shop.example.com", HTTPHeader: http.Header{"Origin": {"http://shop.example.com"}},
			})
			status := 101
			if !preserve {
				status = 403
			}
			if response == nil || response.StatusCode != status {
				t.Fatalf("the handshake got %v, %v", response, err)
			}
			if conn != nil {
				if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
					t.Fatal(err)
				}
				_, _, _ = conn.Read(t.Context())
				_, _, _ = conn.Read(t.Context())
				_ = conn.CloseNow()
			}
			opened := s.next(t)
			for name, request := range map[string]replay.Request{"straight": {}, "under a scenario": {Scenario: harmless}} {
				if c := s.replay(t, opened, request); c.Replayed.Status != status || preserve && len(c.Replayed.Messages) != 1 {
					t.Errorf("%s: the replay got %d and %d messages (%s), want %d", name, c.Replayed.Status, len(c.Replayed.Messages), c.Replayed.Failure, status)
				}
			}
		})
	}
}

// A target is another place than the upstream, so what holds for the one says nothing about the other.
func TestAReplayTargetHasAHostOfItsOwnGuess(t *testing.T) {
	up := originChecked(t)
	own := strings.TrimPrefix(up.URL, "http://")
	s := newStage(t, up.URL)
	raw(t, s.address, "GET /a HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
	r := s.next(t)
	m := newExtension(createDefaultConfig().(*Config), extensiontest.NewNopSettings(componentType))
	t.Cleanup(func() { _ = m.Shutdown(t.Context()) })
	var c GatewayConfig
	c.Name = "shop"
	for name, set := range map[string]*bool{"guessed": nil, "kept": new(true), "own": new(false)} {
		target := ReplayTargetConfig{Name: name, ClientConfig: defaultGateway().Upstream, PreserveHost: set}
		target.Endpoint = up.URL
		c.ReplayTargets = append(c.ReplayTargets, target)
	}
	targets, err := m.replayTargets(t.Context(), c, componenttest.NewNopHost(), s.options)
	if err != nil {
		t.Fatal(err)
	}
	m.targets = map[string]map[string]replay.Target{"shop": targets}
	if s.replayer, err = replay.New(replay.TargetsFunc(m.replayTarget), replay.Options{Timeout: patience}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"": own, "guessed": "shop.example.com", "kept": "shop.example.com", "own": own} {
		for how, scenario := range map[string]string{"straight": "", "under a scenario": `{"mode":"healthy"}`} {
			request := replay.Request{Target: name}
			if scenario != "" {
				request.Scenario = definition(t, scenario)
			}
			if got := http.Header(s.replay(t, r, request).Replayed.Headers).Get("X-Seen"); got != want {
				t.Errorf("to %q %s: the replay was for %s, want %s", name, how, got, want)
			}
		}
	}
	// What was masked cannot be sent, and that is said.
	r.Host = "[redacted]"
	c2 := s.replay(t, r, replay.Request{Target: "kept"})
	if got := http.Header(c2.Replayed.Headers).Get("X-Seen"); got != own || !slices.ContainsFunc(c2.Replayed.Dropped, func(d replay.Dropped) bool { return d.Name == "Host" }) {
		t.Errorf("a masked host: the replay was for %s, dropped %v", got, c2.Replayed.Dropped)
	}
}
