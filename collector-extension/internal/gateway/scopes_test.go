package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// byFirstSegment takes the first segment of a path for its route.
func byFirstSegment(o *gateway.Options, _ *confighttp.ServerConfig) {
	o.Route = func(_, path string) string {
		first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return "/" + first + "/{id}"
	}
}

// statuses returns the statuses of answers to GET of each path, in order.
func statuses(t *testing.T, g *running, paths ...string) []int {
	t.Helper()
	c := client(t, false)
	got := make([]int, len(paths))
	for i, path := range paths {
		got[i] = do(t, c, request(t, "GET", g.URL+path, "")).Status
	}
	return got
}

func TestFaultsAreCountedByRoute(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {}).URL
	paths := []string{"/a/1", "/b/1", "/a/2", "/b/1", "/c/1"}
	for name, test := range map[string]struct {
		fault scenario.Fault
		want  []int
	}{
		"rate limit": {scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(1), WindowMS: new(3_600_000), Per: scenario.PerRoute}, []int{200, 200, 429, 429, 200}},
		"schedule": {
			scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{503}, When: &scenario.When{First: new(1), Per: scenario.PerRoute}},
			[]int{503, 503, 200, 200, 503},
		},
		"all together": {scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(1), WindowMS: new(3_600_000)}, []int{200, 429, 429, 429, 429}},
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, up, faulty(test.fault), byFirstSegment)
			if diff := cmp.Diff(test.want, statuses(t, g, paths...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is learned of a path is learned of each exchange once.
func TestTheRouteIsAskedForOnce(t *testing.T) {
	asked := 0
	g := serve(t, upstream(t, func(http.ResponseWriter, *http.Request) {}).URL, func(o *gateway.Options, _ *confighttp.ServerConfig) {
		o.Route = func(_, path string) string { asked++; return path }
	})
	if statuses(t, g, "/a"); asked != 1 || g.next(t).Route != "/a" {
		t.Errorf("the route was asked for %d times", asked)
	}
}

func TestSharesGoByTraceConsumerOrExchange(t *testing.T) {
	up := upstream(t, func(http.ResponseWriter, *http.Request) {}).URL
	const tries = 40
	for name, test := range map[string]struct {
		by string
		// trace and consumer are whether all requests are of one.
		trace, consumer bool
		alike           bool
	}{
		"by default, of a trace":     {"", true, false, true},
		"by trace, of a trace":       {"trace", true, false, true},
		"by trace, of a consumer":    {"trace", false, true, false},
		"by consumer, of a consumer": {"consumer", false, true, true},
		"by consumer, of a trace":    {"consumer", true, false, false},
		"by exchange":                {"exchange", true, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			g, c := serve(t, up, ruled(scenario.Target{Share: new(0.5), ShareBy: test.by})), client(t, false)
			harmed := 0
			for i := range tries {
				r := request(t, "GET", g.URL, "")
				r.Header.Set("X-Consumer", fmt.Sprint("consumer ", i))
				if test.consumer {
					r.Header.Set("X-Consumer", "web")
				}
				if test.trace {
					r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
				}
				if do(t, c, r).Status == 503 {
					harmed++
				}
			}
			// That 40 draws are all the same by accident is as likely as one in 5·10^11.
			if alike := harmed == 0 || harmed == tries; alike != test.alike {
				t.Errorf("%d of %d were harmed", harmed, tries)
			}
		})
	}
}
