package gateway_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/config/confighttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
)

func mocks(definitions ...mock.Definition) change {
	return func(o *gateway.Options, _ *confighttp.ServerConfig) { o.Mocks = definitions }
}

// withoutUpstream is a gateway of an API that does not exist yet.
func withoutUpstream(o *gateway.Options, _ *confighttp.ServerConfig) { o.Upstream = nil }

func TestAGatewayWithoutAnUpstreamServesItsMocksOnly(t *testing.T) {
	g := serve(t, "", withoutUpstream, mocks(mock.Definition{
		Name: "user", Method: "POST", Path: "/users/{id}", BodyJSON: map[string]any{"name": "*"}, Template: true,
		Response: mock.Response{Status: 201, Body: `{"id":{{.PathValue "id"}},"name":{{json .JSON.name}},"by":{{json .Consumer}}}`},
	}))
	for _, h2 := range []bool{false, true} {
		r := request(t, "POST", g.URL+"/users/7", `{"name":"Ann"}`)
		r.Header.Set("X-Consumer", "web")
		got := do(t, client(t, h2), r)
		if got.Status != 201 || string(got.Body) != `{"id":7,"name":"Ann","by":"web"}` || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("answered %d %v %s", got.Status, got.Header, got.Body)
		}
		if r := g.next(t); r.MockMatched != "user" || string(r.Body.Content) != `{"name":"Ann"}` || string(r.ResponseBody.Content) != string(got.Body) || r.UpstreamTimeMS != nil {
			t.Errorf("recorded %+v", r)
		}
		got = do(t, client(t, h2), request(t, "POST", g.URL+"/users/7", `{}`))
		if got.Status != 404 || got.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(got.Body), "No mock of gateway shop matches") {
			t.Errorf("answered %d %v %s", got.Status, got.Header, got.Body)
		}
		if r := g.next(t); r.MockMatched != "" || r.ResponseStatus != 404 || r.Injected() {
			t.Errorf("recorded %+v", r)
		}
	}
}

func TestWhatNoMockMatchesIsForwardedWhole(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	g := serve(t, u.URL, mocks(mock.Definition{Name: "never", Path: "/**", BodyContains: "nothing like this"}))
	for _, h2 := range []bool{false, true} {
		body := strings.Repeat("0123456789abcdef", 100_000)
		if got := do(t, client(t, h2), request(t, "POST", g.URL, body)); string(got.Body) != body {
			t.Errorf("the upstream got %d bytes of %d", len(got.Body), len(body))
		}
		g.next(t)
	}
}

func TestAMockIsHarmedAsItsUpstreamWouldBe(t *testing.T) {
	g := serve(t, "", withoutUpstream, errorsWith(503), mocks(mock.Definition{Name: "user", Path: "/**"}))
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != 503 {
		t.Errorf("answered %d", got.Status)
	}
	if r := g.next(t); !r.Injected() {
		t.Errorf("recorded %+v", r)
	}
	g = serve(t, "", withoutUpstream, latency(10), mocks(mock.Definition{Name: "user", Path: "/**", Response: mock.Response{Delay: "10ms"}}))
	if got := do(t, client(t, false), request(t, "GET", g.URL, "")); got.Status != 200 {
		t.Errorf("answered %d", got.Status)
	}
	// What the mock itself waits for is not injected.
	if r := g.next(t); r.InjectedDelayMS < 10 || r.ResponseTimeMS < 20 || r.ResponseTimeMS-r.InjectedDelayMS < 10 {
		t.Errorf("recorded %v ms, injected %v ms", r.ResponseTimeMS, r.InjectedDelayMS)
	}
}

func TestAMockThatCannotAnswerSaysWhy(t *testing.T) {
	g := serve(t, "", withoutUpstream, mocks(mock.Definition{
		Name: "user", Path: "/**", Template: true, Response: mock.Response{Headers: map[string]any{"X-Name": "{{.JSON.name}}"}},
	}))
	got := do(t, client(t, false), request(t, "POST", g.URL, `{"name":"a\nb"}`))
	if got.Status != 500 || !strings.Contains(string(got.Body), "mock user: header X-Name: must be the value of a header") {
		t.Errorf("answered %d %s", got.Status, got.Body)
	}
	if r := g.next(t); r.Failure != "mock failed" || r.MockMatched != "user" {
		t.Errorf("recorded %+v", r)
	}
}

func TestMocksAnswerCalls(t *testing.T) {
	message, err := proto.Marshal(&healthpb.HealthCheckResponse{Status: healthpb.HealthCheckResponse_NOT_SERVING})
	if err != nil {
		t.Fatal(err)
	}
	g := serve(t, "", withoutUpstream, mocks(
		mock.Definition{Name: "missing", Operation: "grpc.health.v1.Health/Check", BodyContains: "none", Response: mock.Response{GRPCStatus: "NOT_FOUND", GRPCMessage: "no such service: ü"}},
		mock.Definition{Name: "health", Operation: "grpc.health.v1.Health/Check", Response: mock.Response{BodyBase64: base64.StdEncoding.EncodeToString(message)}},
	))
	conn, err := grpc.NewClient(g.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := healthpb.NewHealthClient(conn)
	if got, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || got.Status != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("answered %v (%v)", got, err)
	}
	if r := g.next(t); r.MockMatched != "health" || r.GRPCStatus == nil || *r.GRPCStatus != 0 || len(r.Messages) != 2 {
		t.Errorf("recorded %+v", r)
	}
	_, err = client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "none"})
	if diff := cmp.Diff([]string{"NotFound", "no such service: ü"}, []string{status.Code(err).String(), status.Convert(err).Message()}); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
	if r := g.next(t); r.MockMatched != "missing" || r.GRPCStatus == nil || *r.GRPCStatus != int(codes.NotFound) {
		t.Errorf("recorded %+v", r)
	}
	if _, err := healthpb.NewHealthClient(conn).List(t.Context(), &healthpb.HealthListRequest{}); status.Code(err) != codes.NotFound || !strings.Contains(status.Convert(err).Message(), "No mock of gateway shop matches") {
		t.Errorf("a call that no mock matches: %v", err)
	}
	g.next(t)
}
