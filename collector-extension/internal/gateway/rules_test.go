package gateway_test

import (
	"fmt"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// ruled harms what target says, and nothing else.
func ruled(target scenario.Target) change {
	return inForce(scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy},
		Rules:    []scenario.Rule{{Name: "part", Target: target, Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{503}}}},
	})
}

func TestARuleHarmsItsPartOfTheTrafficOnly(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {}).URL
	for name, test := range map[string]struct {
		target scenario.Target
		harmed func(*http.Request)
		spared func(*http.Request)
	}{
		"method": {
			scenario.Target{Methods: []string{"POST", "PUT"}},
			func(r *http.Request) { r.Method = "PUT" }, func(r *http.Request) { r.Method = "GET" },
		},
		"path pattern": {
			scenario.Target{Path: "/users/{id}/orders/**"},
			func(r *http.Request) { r.URL.Path = "/users/7/orders/1" }, func(r *http.Request) { r.URL.Path = "/users/7" },
		},
		"header": {
			scenario.Target{Headers: map[string]string{"X-Tenant": "blue"}},
			func(r *http.Request) { r.Header.Set("X-Tenant", "blue") }, func(r *http.Request) { r.Header.Set("X-Tenant", "red") },
		},
		"query": {
			scenario.Target{Query: map[string]string{"debug": "*"}},
			func(r *http.Request) { r.URL.RawQuery = "debug=1" }, func(*http.Request) {},
		},
		"consumer": {
			scenario.Target{Consumer: "partner"},
			func(r *http.Request) { r.Header.Set("X-Consumer", "partner") }, func(r *http.Request) { r.Header.Set("X-Consumer", "web") },
		},
		"protocol": {
			scenario.Target{Protocol: "http", Path: "/a"},
			func(r *http.Request) { r.URL.Path = "/a" }, func(r *http.Request) { r.URL.Path = "/graphql"; r.URL.RawQuery = "query={a}" },
		},
		"all of it": {
			scenario.Target{Methods: []string{"GET"}, Path: "/a", Consumer: "partner"},
			func(r *http.Request) { r.URL.Path = "/a"; r.Header.Set("X-Consumer", "partner") }, func(r *http.Request) { r.URL.Path = "/a" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up, ruled(test.target))
			for want, change := range map[int]func(*http.Request){503: test.harmed, 200: test.spared} {
				r := request(t, "GET", g.URL+"/", "")
				change(r)
				if got := do(t, client(t, false), r); got.Status != want {
					t.Errorf("%s %s with %v: got %d, want %d", r.Method, r.URL, r.Header, got.Status, want)
				}
				rec := g.next(t)
				if harmed := want == 503; rec.Injected() != harmed || (rec.Rule == "part") != harmed || (rec.ScenarioMode == "error") != harmed {
					t.Errorf("recorded rule %q, mode %s, injected %v", rec.Rule, rec.ScenarioMode, rec.Injected())
				}
			}
		})
	}
}

func TestARuleHarmsItsGatewayOnly(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {}).URL
	rule := ruled(scenario.Target{Gateway: "billing"})
	shop := serve(t, up, rule)
	billing := serve(t, up, rule, func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Name = "billing" })
	if got := do(t, client(t, false), request(t, "GET", shop.URL, "")); got.Status != 200 {
		t.Errorf("shop: got %d", got.Status)
	}
	if got := do(t, client(t, false), request(t, "GET", billing.URL, "")); got.Status != 503 {
		t.Errorf("billing: got %d", got.Status)
	}
}

// A share goes by the trace, so that all requests of one trace meet the same; about a share of all traces is hit.
func TestAShareOfTheTracesIsHarmedEachTime(t *testing.T) {
	g := serve(t, upstream(t, func(http.ResponseWriter, *http.Request) {}).URL, ruled(scenario.Target{Share: new(0.25)}))
	c := client(t, false)
	const traces = 400
	harmed := 0
	for i := range traces {
		var before int
		for attempt := range 2 {
			r := request(t, "GET", g.URL, "")
			r.Header.Set("Traceparent", fmt.Sprintf("00-%016x%016x-00f067aa0ba902b7-01", i+1, i*i+7))
			got := do(t, c, r)
			g.next(t)
			if attempt == 1 && got.Status != before {
				t.Fatalf("trace %d got %d, then %d", i, before, got.Status)
			}
			before = got.Status
		}
		if before == 503 {
			harmed++
		}
	}
	// Five standard deviations on either side: a function of the traces above, the same in each run.
	if harmed < 57 || harmed > 143 {
		t.Errorf("%d of %d traces were harmed, want about a quarter", harmed, traces)
	}
}

func TestTheUpstreamIsToldATraceWhereTheClientToldNone(t *testing.T) {
	var seen http.Header
	u := upstream(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	g := serve(t, u.URL)
	do(t, client(t, false), request(t, "GET", g.URL, ""))
	r := g.next(t)
	var version, traceID, spanID, flags string
	if n, err := fmt.Sscanf(seen.Get("Traceparent"), "%2s-%32s-%16s-%2s", &version, &traceID, &spanID, &flags); n != 4 || err != nil ||
		traceID != r.TraceID || flags != "01" {
		t.Errorf("the upstream saw traceparent %q, recorded trace %s (%v)", seen.Get("Traceparent"), r.TraceID, err)
	}
	if r.Headers["Traceparent"] != nil {
		t.Error("the recording has a header that the client did not send")
	}
}
