package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// stoppable returns a gateway with a scenario that can be changed. Asked gets something for each connection and for each
// exchange, when the scenario was asked about it.
func stoppable(t *testing.T, upstream string, s scenario.Scenario) (g *running, live *scenario.Live, asked <-chan struct{}) {
	t.Helper()
	live, err := scenario.NewLive(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := make(chan struct{}, 100)
	g = serve(t, upstream, func(o *gateway.Options, _ *confighttp.ServerConfig) {
		o.Engine = func() *scenario.Engine {
			engine := live.Load()
			calls <- struct{}{}
			return engine
		}
	})
	return g, live, calls
}

func listing(faults ...scenario.Fault) scenario.Scenario {
	return scenario.Scenario{Version: 1, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos, Faults: faults}}}
}

func stop(t *testing.T, live *scenario.Live) {
	t.Helper()
	if err := live.Store(scenario.Scenario{Version: 2, Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}); err != nil {
		t.Fatal(err)
	}
}

// Each of these would take an hour at least.
func TestWhatIsUnderWayEndsWhenTheScenarioDoes(t *testing.T) {
	body := strings.Repeat("x", 100_000)
	up := answering(t, "text/plain", body, true)
	for name, test := range map[string]struct {
		fault scenario.Fault
		// begun reports whether the client has the headers already when the scenario ends.
		begun bool
		want  string
	}{
		"latency":          {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(300_000.0)}, false, "latency"},
		"latency of it":    {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(300_000.0), At: scenario.AtResponse}, false, "latency"},
		"latency in it":    {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(300_000.0), At: scenario.AtBody}, true, "latency"},
		"timeout":          {scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(300_000)}, false, "latency"},
		"throttle":         {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1))}, true, "throttle"},
		"throttle request": {scenario.Fault{Kind: scenario.FaultThrottle, BytesPerSecond: new(int64(1)), At: scenario.AtRequest}, false, "throttle"},
		"drip":             {scenario.Fault{Kind: scenario.FaultDrip, DurationMS: new(300_000)}, true, "drip"},
	} {
		for _, expires := range []bool{false, true} {
			for _, h2 := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s,expires=%v,http2=%v", name, expires, h2), func(t *testing.T) {
					s := listing(test.fault)
					if expires {
						s.ExpiresAt = new(time.Now().Add(300 * time.Millisecond))
					}
					g, live, asked := stoppable(t, up, s)
					answered := make(chan answer, 1)
					headers := make(chan struct{})
					go func() {
						defer close(answered)
						response, err := client(t, h2).Do(request(t, "POST", g.URL, strings.Repeat("y", 10_000)))
						if err != nil {
							t.Error(err)
							return
						}
						close(headers)
						got, err := io.ReadAll(response.Body)
						response.Body.Close()
						if err != nil {
							t.Error(err)
						}
						answered <- answer{Status: response.StatusCode, Header: response.Header, Body: got}
					}()
					for range 2 {
						<-asked
					}
					if test.begun {
						<-headers
					}
					if !expires {
						stop(t, live)
					}
					select {
					case got := <-answered:
						if got.Status != 200 || string(got.Body) != body {
							t.Errorf("got %d and %d bytes", got.Status, len(got.Body))
						}
					case <-time.After(patience):
						t.Fatal("still waiting")
					}
					if r := g.next(t); !r.Injected() || r.Faults[0].Kind != test.want || r.Failure != "" {
						t.Errorf("recorded %q, failure %q", faultsOf(r), r.Failure)
					}
				})
			}
		}
	}
}

func TestWhatHasNotHappenedYetDoesNotWhenTheScenarioEnds(t *testing.T) {
	for name, f := range map[string]scenario.Fault{
		"reset":    {Kind: scenario.FaultReset, AfterBytes: new(int64(20))},
		"truncate": {Kind: scenario.FaultTruncate, AfterBytes: new(int64(20))},
		"close":    {Kind: scenario.FaultClose, AfterBytes: new(int64(20))},
	} {
		t.Run(name, func(t *testing.T) {
			more := make(chan struct{})
			up := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "0123456789\n")
				w.(http.Flusher).Flush()
				<-more
				_, _ = io.WriteString(w, "and so on, for longer than it would have been")
			})
			g, live, _ := stoppable(t, up.URL, listing(f))
			response, err := client(t, false).Do(request(t, "GET", g.URL, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			reader := bufio.NewReader(response.Body)
			if _, err := reader.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			stop(t, live)
			close(more)
			if rest, err := io.ReadAll(reader); err != nil || !strings.HasPrefix(string(rest), "and so on") {
				t.Errorf("got %q (%v)", rest, err)
			}
			if r := g.next(t); r.Injected() || r.Failure != "" {
				t.Errorf("recorded %q, failure %q", faultsOf(r), r.Failure)
			}
		})
	}
}

func TestConnectionsAreRefused(t *testing.T) {
	up := answering(t, "text/plain", "ok", true)
	live, err := scenario.NewLive(listing(scenario.Fault{Kind: scenario.FaultRefuse}), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, secure := range map[string]change{"clear": func(*gateway.Options, *confighttp.ServerConfig) {}, "tls": overTLS(t)} {
		t.Run(name, func(t *testing.T) {
			if err := live.Store(listing(scenario.Fault{Kind: scenario.FaultRefuse})); err != nil {
				t.Fatal(err)
			}
			refused := make(chan scenario.Mode, 10)
			g := serve(t, up, secure, func(o *gateway.Options, _ *confighttp.ServerConfig) {
				o.Engine = live.Load
				o.Refused = func(m scenario.Mode) { refused <- m }
			})
			if name == "tls" {
				g.URL = "https://" + g.Addr
			}
			conn, err := net.Dial("tcp", g.Addr)
			if err == nil {
				_, err = conn.Read(make([]byte, 1))
				conn.Close()
			}
			if !isReset(err) {
				t.Errorf("the connection ended with %v, want a reset", err)
			}
			if m := <-refused; m != scenario.Chaos {
				t.Errorf("counted in mode %s", m)
			}
			stop(t, live)
			if got := do(t, client(t, false), request(t, "GET", g.URL, "")); string(got.Body) != "ok" {
				t.Errorf("got %q when nothing is refused any more", got.Body)
			}
		})
	}
}

func TestAResetReachesBelowTLS(t *testing.T) {
	g := serve(t, answering(t, "text/plain", "0123456789", true), overTLS(t), faulty(scenario.Fault{Kind: scenario.FaultReset, AfterBytes: new(int64(4))}))
	_, err := io.ReadAll(dialTLS(t, g.Addr, get))
	if !isReset(err) {
		t.Errorf("the connection ended with %v, want a reset", err)
	}
	c := serve(t, answering(t, "text/plain", "0123456789", true), overTLS(t), faulty(scenario.Fault{Kind: scenario.FaultClose, AfterBytes: new(int64(4))}))
	if got, err := io.ReadAll(dialTLS(t, c.Addr, get)); err != nil || !strings.HasSuffix(string(got), "\r\n\r\n0123") {
		t.Errorf("got %q and %v, want an end in good order", got, err)
	}
}
