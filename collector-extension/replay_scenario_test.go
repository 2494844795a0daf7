package mockforgeextension

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// replaying returns a collector that replays to upstream, whose base path is /base, and to the target staging.
func replaying(t *testing.T, upstream, staging http.Handler) *replay.Replayer {
	t.Helper()
	m := &mockforge{targets: map[string]map[string]replay.Target{"shop": {}}}
	for name, handler := range map[string]http.Handler{"": upstream, "staging": staging} {
		server := httptest.NewUnstartedServer(handler)
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		t.Cleanup(server.Close)
		target, err := url.Parse(server.URL + "/base")
		if err != nil {
			t.Fatal(err)
		}
		config := defaultGateway().Upstream
		transport, err := gateway.NewTransport(t.Context(), config, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(transport.Close)
		o := gateway.Options{
			Name: "shop", Upstream: target, Transport: transport, ConsumerHeader: "X-Consumer", Route: func(_, path string) string { return path },
			Logger: slog.New(slog.DiscardHandler),
		}
		m.targets["shop"][name] = under(replayTarget(target, transport, http.Header{"X-Upstream-Key": {"secret"}}), o)
	}
	replayer, err := replay.New(replay.TargetsFunc(m.replayTarget), replay.Options{Timeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	return replayer
}

func toReplay(path string) recording.Recording {
	return recording.Recording{
		ID: uuid.Must(uuid.NewV7()), Protocol: recording.HTTP, Gateway: "shop", Method: "GET", Path: path, ResponseStatus: 200,
		ResponseHeaders: recording.Values{"Content-Type": {"application/json"}}, ResponseBody: recording.Body{Content: []byte(`{"a":1}`), Size: 7},
	}
}

func definition(t *testing.T, text string) *scenario.Definition {
	t.Helper()
	var d scenario.Definition
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

func TestAReplayUnderAScenarioMeetsItsFaults(t *testing.T) {
	ignored := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignored) }) // called last
	var asked atomic.Int32
	replayer := replaying(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/base/users/1" || r.Header.Get("X-Upstream-Key") != "secret" || r.Header.Get("X-Mockforge-Replay") == "" {
			t.Errorf("the upstream got %s %v", r.URL, r.Header)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":1}`)
	}), http.NotFoundHandler())
	for name, test := range map[string]struct {
		scenario         string
		status, upstream int
		injected         string
		equal            bool
	}{
		"healthy":        {`{"mode":"healthy"}`, 200, 1, "", true},
		"error":          {`{"mode":"error","error_rate":1,"status_codes":[503]}`, 503, 0, "error", false},
		"latency":        {`{"mode":"healthy","latency":{"min_ms":20,"max_ms":20}}`, 200, 1, "latency", true},
		"reset":          {`{"mode":"chaos","faults":[{"kind":"reset"}]}`, 0, 0, "reset", false},
		"a rule":         {`{"mode":"healthy","rules":[{"name":"r","target":{"path":"/users/{id}"},"mode":"error","status_codes":[502]}]}`, 502, 0, "error", false},
		"a rule of more": {`{"mode":"healthy","rules":[{"name":"r","target":{"path":"/base/users/{id}"},"mode":"error","status_codes":[502]}]}`, 200, 1, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			c, err := replayer.Run(t.Context(), toReplay("/users/1"), replay.Request{Scenario: definition(t, test.scenario)})
			if err != nil {
				t.Fatal(err)
			}
			injected := ""
			for _, f := range c.Replayed.Injected {
				injected += f.Kind
			}
			if c.Replayed.Status != test.status || int(asked.Load()) != test.upstream || injected != test.injected || c.Diff.Equal != test.equal {
				t.Errorf("status %d, upstream asked %d times, injected %q, equal %v, %+v", c.Replayed.Status, asked.Load(), injected, c.Diff.Equal, c.Diff)
			}
			if want := map[bool]string{true: "broken off by the scenario: reset"}[test.injected == "reset"]; c.Replayed.Failure != want {
				t.Errorf("failure %q, want %q", c.Replayed.Failure, want)
			}
			if test.injected == "latency" && c.Replayed.InjectedDelayMS < 20 {
				t.Errorf("the delay is %v ms", c.Replayed.InjectedDelayMS)
			}
		})
	}
}

func TestReplaysGoToTargetsOfTheConfigurationOnly(t *testing.T) {
	replayer := replaying(t, http.NotFoundHandler(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"a":2}`)
	}))
	c, err := replayer.Run(t.Context(), toReplay("/users/1"), replay.Request{Target: "staging"})
	if err != nil || c.Replayed.Status != 200 || string(c.Replayed.Body.Content) != `{"a":2}` {
		t.Errorf("%+v, %v", c.Replayed, err)
	}
	for _, target := range []string{"http://evil.example.com", "production", "Staging", "//evil"} {
		_, err := replayer.Run(t.Context(), toReplay("/users/1"), replay.Request{Target: target})
		if all := validation.All(err); len(all) != 1 || all[0].Field != "target" {
			t.Errorf("%s: %v", target, err)
		}
	}
}
