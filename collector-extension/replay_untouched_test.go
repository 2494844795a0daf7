package mockforgeextension

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	demoapi "github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// footprint returns all that a collector shows of its live traffic, but for what it holds of memory and how long things took.
func footprint(t *testing.T, c *Config) []string {
	t.Helper()
	_, metrics := get(t, "http://"+c.Prometheus.Endpoint+"/metrics")
	lines := regexp.MustCompile(`(?m)^mockforge_\w+(\{.*\})? \S+$`).FindAllString(metrics, -1)
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "mockforge_memory_usage_bytes") || strings.HasPrefix(line, "mockforge_recorder_flush_duration_seconds") ||
			// The client's connections are closed when it likes.
			strings.HasPrefix(line, "mockforge_active_connections")
	})
	control := "http://" + c.Control.NetAddr.Endpoint
	_, mode := get(t, control+"/scenarios/mode")
	lines = append(lines, mode)
	_, body := get(t, control+"/traffic?step=1h")
	var traffic struct{ Points []map[string]any }
	if err := json.Unmarshal([]byte(body), &traffic); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, p := range traffic.Points {
		lines = append(lines, fmt.Sprint(p))
	}
	_, stats := get(t, control+"/recordings/stats")
	return append(lines, stats)
}

// settled returns the footprint once all that was is in it.
func settled(t *testing.T, c *Config) []string {
	t.Helper()
	var before []string
	eventually(t, "the figures settle", func() bool {
		now := footprint(t, c)
		same := slices.Equal(before, now)
		before = now
		if !same {
			time.Sleep(1500 * time.Millisecond) // figures are written every second
		}
		return same
	})
	return before
}

// A replay has an engine, counts, quotas and metrics of its own: whatever it does, the live gateway is as it was.
func TestAReplayUnderAScenarioTouchesNothingLive(t *testing.T) {
	api, err := demoapi.Start(t.Context(), "127.0.0.1:0", demoapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Shutdown(context.Background()) })
	c := config(t, "http://"+api.Address())
	c.Gateways[0].FaultRequests.Enabled = true
	c.Gateways[0].Routes = nil // learned
	store := withDatabase(t, c, postgrestest.DSN(t))
	start(t, c)
	gateway, control := c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	eventually(t, "the limit is in force", func() bool {
		status, _ := send(t, "PUT", control+"/scenarios/rules", `{"rules":[{"name":"limited","target":{"path":"/products","headers":{"x-limited":"*"}},
			"mode":"degraded","faults":[{"kind":"rate_limit","limit":3,"window_ms":3600000}]}]}`)
		return status == 200
	})
	limited := func() int {
		return ask(t, "GET", "http://"+gateway+"/products", "", map[string]string{"X-Limited": "yes"}).StatusCode
	}
	speak(t, gateway)
	for range 2 {
		if got := limited(); got != 200 {
			t.Fatalf("within the live limit: %d", got)
		}
	}
	var page recording.Page
	eventually(t, "all are recorded", func() bool {
		page, err = store.Query(t.Context(), recording.Query{})
		return err == nil && len(page.Recordings) >= 6
	})
	before := settled(t, c)
	for name, under := range map[string]string{
		"refuse":     `{"mode":"chaos","faults":[{"kind":"refuse"}]}`,
		"error":      `{"mode":"error","error_rate":1}`,
		"reset":      `{"mode":"chaos","faults":[{"kind":"reset"}]}`,
		"rate_limit": `{"mode":"degraded","faults":[{"kind":"rate_limit","limit":3,"window_ms":3600000}]}`,
		"latency":    `{"mode":"healthy","latency":{"min_ms":1,"max_ms":1}}`,
		"healthy":    `{"mode":"healthy"}`,
	} {
		for _, r := range page.Recordings {
			for range 4 {
				if code, body := send(t, "POST", control+"/recordings/replay/"+r.ID.String(), `{"scenario":`+under+`}`); code != 200 {
					t.Fatalf("%s of %s: %d %s", name, r.Protocol, code, body)
				}
			}
		}
	}
	if diff := cmp.Diff(before, settled(t, c)); diff != "" {
		t.Errorf("replays have left traces (-before +after):\n%s", diff)
	}
	for i, want := range []int{200, 429} {
		if got := limited(); got != want {
			t.Errorf("live request %d after the replays: %d, want %d", i+1, got, want)
		}
	}
}

// What the recorded request asked for is of no account: the scenario of the replay is what is tried.
func TestARecordedFaultRequestDoesNotOverrideTheScenario(t *testing.T) {
	var mu sync.Mutex
	var got []http.Header
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Clone())
	}))
	t.Cleanup(upstream.Close)
	c := config(t, upstream.URL)
	c.Gateways[0].FaultRequests.Enabled = true
	store := withDatabase(t, c, postgrestest.DSN(t))
	start(t, c)
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	baggage := "user=7;p=1, mockforge.fault=error%3D503 , x=y"
	if status := ask(t, "GET", gateway+"/a", "", map[string]string{"X-MockForge-Fault": "error=418", "Baggage": baggage}).StatusCode; status != 418 {
		t.Fatalf("live: %d", status)
	}
	var page recording.Page
	eventually(t, "the exchange is recorded", func() bool {
		var err error
		page, err = store.Query(t.Context(), recording.Query{})
		return err == nil && len(page.Recordings) == 1
	})
	for name, test := range map[string]struct {
		body    string
		status  int
		baggage []string
		dropped []string
	}{
		"a scenario that does nothing":  {`{"scenario":{"mode":"healthy"}}`, 200, []string{"user=7;p=1, x=y", "mockforge.synthetic=true"}, []string{"X-MockForge-Fault", "Baggage: mockforge.fault"}},
		"a scenario with another error": {`{"scenario":{"mode":"error","error_rate":1,"status_codes":[502]}}`, 502, nil, []string{"X-MockForge-Fault", "Baggage: mockforge.fault"}},
		"no scenario":                   {``, 200, []string{baggage, "mockforge.synthetic=true"}, []string{"X-MockForge-Fault"}},
		"baggage of the replay's own": {
			`{"scenario":{"mode":"healthy"},"header_overrides":{"Baggage":"mockforge.fault=error%3D500"}}`, 200,
			[]string{"mockforge.fault=error%3D500", "mockforge.synthetic=true"},
			[]string{"X-MockForge-Fault"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mu.Lock()
			got = nil
			mu.Unlock()
			code, body := send(t, "POST", control+"/recordings/replay/"+page.Recordings[0].ID.String(), test.body)
			var c replay.Comparison
			if err := json.Unmarshal([]byte(body), &c); err != nil || code != 200 || c.Replayed.Status != test.status {
				t.Fatalf("%d %s, want a replay answered with %d", code, body, test.status)
			}
			mu.Lock()
			defer mu.Unlock()
			var sent []string
			for _, h := range got {
				sent = append(sent, h["Baggage"]...)
				if h["X-Mockforge-Fault"] != nil {
					t.Errorf("the upstream got %v", h)
				}
			}
			if diff := cmp.Diff(test.baggage, sent); diff != "" {
				t.Errorf("baggage at the upstream (-want +got):\n%s", diff)
			}
			var dropped []string
			for _, d := range c.Replayed.Dropped {
				if strings.Contains(strings.ToLower(d.Name), "fault") {
					dropped = append(dropped, d.Name)
				}
			}
			if diff := cmp.Diff(test.dropped, dropped); diff != "" {
				t.Errorf("dropped (-want +got):\n%s", diff)
			}
		})
	}
}

// To the one who replays it, a refused connection is the scenario's doing, not the upstream's.
func TestAReplayWhoseConnectionIsRefusedSaysSo(t *testing.T) {
	replayer := replaying(t, http.NotFoundHandler(), http.NotFoundHandler())
	begun, err := replayer.Begin(t.Context(), "shop", replay.Request{Scenario: definition(t, `{"mode":"chaos","faults":[{"kind":"refuse","share":0.5}]}`)})
	if err != nil {
		t.Fatal(err)
	}
	defer begun.Close()
	var mu sync.Mutex
	seen := map[string]int{}
	var running sync.WaitGroup
	for i := range 40 {
		running.Go(func() {
			r := toReplay("/users/1")
			if i%2 == 1 {
				r.Protocol, r.Method, r.Headers = recording.GRPC, "POST", recording.Values{"Content-Type": {"application/grpc"}, "Te": {"trailers"}}
			}
			c, err := begun.Run(t.Context(), r)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			kinds := ""
			for _, f := range c.Replayed.Injected {
				kinds += f.Kind
			}
			if refused := kinds == "refuse"; refused != (c.Replayed.Failure == "broken off by the scenario: refuse") || !refused && c.Replayed.Status != 404 {
				t.Errorf("%s: status %d, failure %q, injected %q", r.Protocol, c.Replayed.Status, c.Replayed.Failure, kinds)
			}
			seen[string(r.Protocol)+kinds]++
		})
	}
	running.Wait()
	if len(seen) != 4 {
		t.Errorf("of 40 at a share of 0.5: %v", seen)
	}
}

// A job of many recordings leaves no connections behind before it is over.
func TestReplaysUnderAScenarioCloseTheirConnections(t *testing.T) {
	replaying := newStage(t, "http://127.0.0.1:1")
	begun, err := under(replayTarget(replaying.options.Upstream, replaying.options.Transport, nil), replaying.options).
		Under(t.Context(), *definition(t, `{"mode":"error","error_rate":1}`))
	if err != nil {
		t.Fatal(err)
	}
	defer begun.Close()
	for i := range 20 {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1:1/", strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Traceparent", fmt.Sprint(i))
		if i%2 == 1 {
			r.ProtoMajor = 2
			r.Header.Set("Content-Type", "application/grpc")
		}
		answer, err := begun.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if faults, _ := begun.Injected(t.Context(), r); len(faults) != 1 || faults[0].Kind != "error" {
			t.Errorf("request %d: injected %v", i, faults)
		}
	}
	h := begun.(*harmed)
	eventually(t, "all connections are closed", func() bool { return h.gateway.Active() == 0 })
	if len(h.reports) != 0 {
		t.Errorf("%d reports are left", len(h.reports))
	}
}

// The upstream may allow few connections: a replay that holds one is in nobody's way.
func TestAReplayTakesNoConnectionFromLiveTraffic(t *testing.T) {
	held, release := make(chan struct{}, 1), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Mockforge-Replay") != "" {
			held <- struct{}{}
			<-release
		}
	}))
	t.Cleanup(upstream.Close)
	for name, body := range map[string]string{"under a scenario": `{"scenario":{"mode":"healthy"}}`, "without": ""} {
		t.Run(name, func(t *testing.T) {
			c := config(t, upstream.URL)
			c.Gateways[0].Upstream.MaxConnsPerHost = 1
			store := withDatabase(t, c, postgrestest.DSN(t))
			start(t, c)
			gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
			var page recording.Page
			get(t, gateway+"/a")
			eventually(t, "the exchange is recorded", func() bool {
				var err error
				page, err = store.Query(t.Context(), recording.Query{})
				return err == nil && len(page.Recordings) == 1
			})
			replayed, live := make(chan int, 1), make(chan int, 1)
			go func() {
				status, _ := send(t, "POST", control+"/recordings/replay/"+page.Recordings[0].ID.String(), body)
				replayed <- status
			}()
			<-held
			go func() { status, _ := get(t, gateway+"/b"); live <- status }()
			select {
			case status := <-live:
				if status != 200 {
					t.Errorf("a live request meanwhile: %d", status)
				}
				release <- struct{}{}
			case <-time.After(patience):
				t.Error("a live request waits for the replay")
				release <- struct{}{}
				<-live
			}
			if status := <-replayed; status != 200 {
				t.Errorf("the replay: %d", status)
			}
		})
	}
}
