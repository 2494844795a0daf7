package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func asking(o *gateway.Options, _ *confighttp.ServerConfig) {
	o.FaultRequests = &scenario.Limits{MaxLatencyMS: 1000, MaxTimeoutMS: 1000}
}

// named gives the gateway another name.
func named(name string) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Name = name }
}

func TestARequestAsksForFaults(t *testing.T) {
	var seen http.Header
	up := upstream(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	g := serve(t, up.URL, asking)
	for name, test := range map[string]struct {
		header, baggage string
		status          int
		fault           string
		// passed is what the upstream gets of the header, where it gets the request.
		passed string
	}{
		"nothing":                       {"", "", 200, "", ""},
		"an error":                      {"error=503", "", 503, "error", ""},
		"two kinds":                     {"latency=1ms; error=503", "", 503, "error;latency=1ms", ""},
		"by baggage":                    {"", "tenant=blue,mockforge.fault=error=503;property=1", 503, "error", ""},
		"by baggage, encoded":           {"", "mockforge.fault = latency%3D1ms%3Berror%3D502 ", 502, "error;latency=1ms", ""},
		"the header wins":               {"error=500", "mockforge.fault=error=503", 500, "error", ""},
		"both":                          {"latency=1ms", "mockforge.fault=error=503", 503, "error;latency=1ms", ""},
		"for this gateway":              {"error=503@shop", "", 503, "error", ""},
		"for another gateway":           {"error=503@payments", "", 200, "", "error=503@payments"},
		"for this and another":          {"latency=1ms@shop;error=503@payments", "", 200, "latency=1ms", "error=503@payments"},
		"for another, by baggage":       {"", "mockforge.fault=error=503@payments", 200, "", ""},
		"the header ends":               {"latency=1ms", "", 200, "latency=1ms", ""},
		"unknown":                       {"explode", "", 400, "", ""},
		"refused kinds":                 {"refuse", "", 400, "", ""},
		"above the limit":               {"latency=5s", "", 400, "", ""},
		"a timeout above the limit":     {"timeout=1h", "", 400, "", ""},
		"unknown, by baggage":           {"", "mockforge.fault=explode", 400, "", ""},
		"not encoded":                   {"", "mockforge.fault=%zz", 400, "", ""},
		"wrong for another gateway":     {"explode@payments", "", 200, "", "explode@payments"},
		"others' members may be broken": {"", "%%%,=,mockforge.fault=error=503", 503, "error", ""},
		"very long":                     {strings.Repeat("error@payments;", 1000), "", 400, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			r := request(t, "GET", g.URL, "")
			if test.header != "" {
				r.Header.Set("X-MockForge-Fault", test.header)
			}
			if test.baggage != "" {
				r.Header.Set("Baggage", test.baggage)
			}
			got := do(t, client(t, false), r)
			if got.Status != test.status || got.Header.Get("X-MockForge-Fault") != test.fault {
				t.Errorf("got %d, fault header %q, want %d, %q: %s", got.Status, got.Header.Get("X-MockForge-Fault"), test.status, test.fault, got.Body)
			}
			wrong := "X-MockForge-Fault"
			if test.header == "" {
				wrong = "baggage member mockforge.fault"
			}
			if test.status == 400 && !strings.Contains(string(got.Body), wrong) {
				t.Errorf("the answer does not name %s: %s", wrong, got.Body)
			}
			if seen != nil && (seen.Get("X-MockForge-Fault") != test.passed || seen.Get("Baggage") != test.baggage) {
				t.Errorf("the upstream got %v", seen)
			}
			if rec := g.next(t); (rec.Rule == "request") != (test.fault != "") || rec.Injected() != (test.fault != "") {
				t.Errorf("recorded rule %q, faults %q", rec.Rule, faultsOf(rec))
			}
		})
	}
}

func TestWhereItIsNotAllowedARequestAsksInVain(t *testing.T) {
	var seen http.Header
	up := upstream(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	g := serve(t, up.URL)
	r := request(t, "GET", g.URL, "")
	r.Header.Set("X-MockForge-Fault", "error=503")
	r.Header.Set("Baggage", "mockforge.fault=nonsense")
	if got := do(t, client(t, false), r); got.Status != 200 || seen.Get("X-MockForge-Fault") != "error=503" || seen.Get("Baggage") == "" {
		t.Errorf("got %d, the upstream %v", got.Status, seen)
	}
}

func TestAFaultIsAskedForThreeHopsAway(t *testing.T) {
	asked := 0
	up := upstream(t, func(http.ResponseWriter, *http.Request) { asked++ })
	payments := serve(t, up.URL, asking, named("payments"))
	orders := serve(t, payments.URL, asking, named("orders"))
	shop := serve(t, orders.URL, asking)
	r := request(t, "GET", shop.URL, "")
	r.Header.Set("Baggage", "mockforge.fault=error=503@payments")
	if got := do(t, client(t, false), r); got.Status != 503 || asked != 0 {
		t.Errorf("got %d, and the last upstream was asked %d times", got.Status, asked)
	}
	for g, injected := range map[*running]bool{shop: false, orders: false, payments: true} {
		if rec := g.next(t); rec.Injected() != injected || rec.ResponseStatus != 503 {
			t.Errorf("recorded %q, status %d", faultsOf(rec), rec.ResponseStatus)
		}
	}
}

func TestAGRPCCallAsksForFaults(t *testing.T) {
	g := serve(t, untouched(t), asking)
	c := healthpb.NewHealthClient(connect(t, g.Addr))
	for value, want := range map[string]codes.Code{"error=503": codes.Unavailable, "error=NOT_FOUND": codes.NotFound, "explode": codes.InvalidArgument} {
		_, err := c.Check(metadata.AppendToOutgoingContext(t.Context(), "x-mockforge-fault", value), &healthpb.HealthCheckRequest{})
		if status.Code(err) != want || want == codes.InvalidArgument && !strings.Contains(err.Error(), "X-MockForge-Fault") {
			t.Errorf("%s got %v, want %v", value, err, want)
		}
	}
}

// A gRPC status that is asked for is answered with in the terms of each protocol.
func TestAGRPCStatusIsAskedForByHTTP(t *testing.T) {
	g := serve(t, untouched(t), asking)
	for value, want := range map[string]string{"UNAVAILABLE": "503 Service Unavailable", "NOT_FOUND": "404 Not Found", "CANCELLED": "499 "} {
		for range 5 {
			got, err := wire(t, g.Addr, "GET /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nX-MockForge-Fault: error="+value+"\r\n\r\n")
			if err != nil || !strings.HasPrefix(got, "HTTP/1.1 "+want+"\r\n") {
				t.Fatalf("%s got %q, %v; want %s", value, got, err, want)
			}
		}
	}
	r := request(t, "GET", g.URL+"/graphql?query={a}", "")
	r.Header.Set("X-MockForge-Fault", "error=UNAVAILABLE")
	if got := do(t, client(t, false), r); got.Status != 200 || !strings.Contains(string(got.Body), `"status":503`) {
		t.Errorf("GraphQL got %d, %s", got.Status, got.Body)
	}
}
