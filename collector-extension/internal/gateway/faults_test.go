package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange/failuretest"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// untouched returns an upstream that must not be asked.
func untouched(t *testing.T) string {
	return upstream(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("the upstream got %s %s", r.Method, r.URL) }).URL
}

func TestAnErrorIsAnsweredInTheTermsOfTheProtocol(t *testing.T) {
	t.Run("http", func(t *testing.T) {
		g := serve(t, untouched(t), errorsWith(503))
		got := do(t, client(t, false), request(t, "GET", g.URL+"/users/1", ""))
		if got.Status != 503 || got.Header.Get("Content-Type") != "application/problem+json" || got.Header.Get("X-MockForge-Fault") != "error" {
			t.Errorf("got %d %v", got.Status, got.Header)
		}
		var problem struct {
			Title  string
			Status int
		}
		if err := json.Unmarshal(got.Body, &problem); err != nil || problem.Status != 503 || problem.Title != "Service Unavailable" {
			t.Errorf("body is %s (%v)", got.Body, err)
		}
		r := g.next(t)
		if diff := cmp.Diff([]recording.Fault{{Kind: "error", Detail: "503"}}, r.Faults); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
		if r.ResponseStatus != 503 || r.UpstreamTimeMS != nil || r.ScenarioMode != "error" || r.ScenarioVersion != 7 || r.Failure != "" {
			t.Errorf("recorded %+v", r)
		}
	})
	t.Run("head", func(t *testing.T) {
		got := do(t, client(t, false), request(t, "HEAD", serve(t, untouched(t), errorsWith(500)).URL, ""))
		if got.Status != 500 || len(got.Body) != 0 {
			t.Errorf("got %d with body %q", got.Status, got.Body)
		}
	})
	t.Run("graphql", func(t *testing.T) {
		g := serve(t, untouched(t), errorsWith(503))
		r := request(t, "POST", g.URL+"/graphql", `{"query":"query GetUser { user(id: 1) { name } }"}`)
		r.Header.Set("Content-Type", "application/json")
		got := do(t, client(t, false), r)
		var body struct {
			Errors []struct {
				Message    string
				Extensions struct{ Code string }
			}
		}
		if err := json.Unmarshal(got.Body, &body); err != nil || got.Status != 200 || len(body.Errors) != 1 || body.Errors[0].Extensions.Code != "SERVICE_UNAVAILABLE" {
			t.Errorf("got %d %s (%v)", got.Status, got.Body, err)
		}
		if rec := g.next(t); rec.Protocol != recording.GraphQL || rec.Operation != "query GetUser" || !strings.Contains(string(rec.Body.Content), "GetUser") {
			t.Errorf("recorded %s, operation %q, body %q", rec.Protocol, rec.Operation, rec.Body.Content)
		}
	})
	t.Run("websocket", func(t *testing.T) {
		_, response, err := websocket.Dial(t.Context(), serve(t, untouched(t), errorsWith(503)).URL+"/live", nil)
		if err == nil || response == nil || response.StatusCode != 503 {
			t.Errorf("got %v (%v), want a refusal with 503", response, err)
		}
	})
	for httpStatus, want := range map[int]codes.Code{
		400: codes.InvalidArgument, 429: codes.ResourceExhausted, 500: codes.Internal, 503: codes.Unavailable, 504: codes.DeadlineExceeded,
	} {
		t.Run(fmt.Sprintf("grpc %d", httpStatus), func(t *testing.T) {
			g := serve(t, untouched(t), errorsWith(httpStatus))
			_, err := healthpb.NewHealthClient(connect(t, g.Addr)).Check(t.Context(), &healthpb.HealthCheckRequest{})
			if status.Code(err) != want {
				t.Errorf("got %v, want %v", err, want)
			}
			r := g.next(t)
			if r.Protocol != recording.GRPC || r.Operation != "grpc.health.v1.Health/Check" || r.GRPCStatus == nil || *r.GRPCStatus != int(want) {
				t.Errorf("recorded %s %s, status %v", r.Protocol, r.Operation, r.GRPCStatus)
			}
		})
	}
}

func connect(t testing.TB, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestGRPCPasses(t *testing.T) {
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, health.NewServer())
	u := upstream(t, server.ServeHTTP)
	t.Cleanup(server.Stop)
	g := serve(t, u.URL)
	c := healthpb.NewHealthClient(connect(t, g.Addr))

	answer, err := c.Check(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil || answer.Status != healthpb.HealthCheckResponse_SERVING {
		t.Fatalf("got %v (%v)", answer, err)
	}
	if r := g.next(t); r.GRPCStatus == nil || *r.GRPCStatus != 0 || r.HTTPVersion != "HTTP/2.0" {
		t.Errorf("recorded gRPC status %v over %s", r.GRPCStatus, r.HTTPVersion)
	}
	if _, err := c.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "unknown"}); status.Code(err) != codes.NotFound {
		t.Errorf("got %v, want the upstream's NotFound", err)
	}
	if r := g.next(t); r.GRPCStatus == nil || *r.GRPCStatus != int(codes.NotFound) || r.Injected() {
		t.Errorf("recorded gRPC status %v, injected %v", r.GRPCStatus, r.Injected())
	}

	ctx, cancel := context.WithCancel(t.Context())
	stream, err := c.Watch(ctx, &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if first, err := stream.Recv(); err != nil || first.Status != healthpb.HealthCheckResponse_SERVING {
		t.Errorf("first message of the stream is %v (%v)", first, err)
	}
	cancel()
	g.next(t)
}

func TestWebSocketsPass(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			return
		}
		for {
			kind, message, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			if string(message) == "bye" {
				conn.Close(websocket.StatusPolicyViolation, "so long")
				return
			}
			_ = conn.Write(r.Context(), kind, append([]byte("echo "), message...))
		}
	})
	g := serve(t, u.URL, latency(1))
	conn, response, err := websocket.Dial(t.Context(), g.URL+"/live?room=1", &websocket.DialOptions{Subprotocols: []string{"chat"}})
	if err != nil {
		t.Fatal(err)
	}
	if conn.Subprotocol() != "chat" || response.Header.Get("X-MockForge-Fault") != "latency=1ms" {
		t.Errorf("subprotocol %q, fault header %q", conn.Subprotocol(), response.Header.Get("X-MockForge-Fault"))
	}
	if got := g.Active(); got != 1 {
		t.Errorf("%d active connections, want 1", got)
	}
	for _, message := range []string{"one", "two"} {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := conn.Read(t.Context()); string(got) != "echo "+message {
			t.Errorf("got %q (%v)", got, err)
		}
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("bye")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("closed with %v, want the upstream's code", err)
	}
	if r := g.next(t); r.Protocol != recording.WebSocket || r.ResponseStatus != 101 || r.ResponseHeaders["Sec-Websocket-Accept"] == nil {
		t.Errorf("recorded %s, status %d, headers %v", r.Protocol, r.ResponseStatus, r.ResponseHeaders)
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ok")
	})
	for name, change := range map[string]change{"healthy": latency(0), "with latency": latency(1), "with an error": errorsWith(500)} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, u.URL, change)
			conn := dial(t, g.Addr)
			reader := bufio.NewReader(conn)
			for i := range 50 {
				fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
				response, err := http.ReadResponse(reader, nil)
				if err != nil {
					t.Fatalf("request %d on one connection: %v", i, err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.Close {
					t.Fatalf("request %d: the connection is to be closed", i)
				}
			}
		})
	}
}

func TestLatencyIsAddedAndTold(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	g := serve(t, u.URL, latency(30))
	got := do(t, client(t, false), request(t, "GET", g.URL, ""))
	if string(got.Body) != "ok" || got.Header.Get("X-MockForge-Fault") != "latency=30ms" {
		t.Errorf("got %q with %v", got.Body, got.Header)
	}
	r := g.next(t)
	if r.InjectedDelayMS < 30 || r.ResponseTimeMS < r.InjectedDelayMS || r.UpstreamTimeMS == nil || *r.UpstreamTimeMS > r.ResponseTimeMS-30 {
		t.Errorf("recorded %v ms in total, %v injected, %v of the upstream", r.ResponseTimeMS, r.InjectedDelayMS, *r.UpstreamTimeMS)
	}
}

func TestDegradedTakesTheFloorAtLeast(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	g := serve(t, u.URL, inForce(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(1.5)}}))
	do(t, client(t, false), request(t, "GET", g.URL, ""))
	r := g.next(t)
	if len(r.Faults) != 1 || r.Faults[0].Kind != "stretch" || *r.FirstByteMS < 75 {
		t.Errorf("recorded %v, first byte after %v ms, want at least 75", r.Faults, *r.FirstByteMS)
	}
}

func TestTheFaultHeaderCanBeTurnedOff(t *testing.T) {
	g := serve(t, untouched(t), errorsWith(500), func(o *gateway.Options, _ *confighttp.ServerConfig) { o.FaultHeader = false })
	got := do(t, client(t, false), request(t, "GET", g.URL, ""))
	if values, ok := got.Header[http.CanonicalHeaderKey("X-MockForge-Fault")]; ok {
		t.Errorf("the header is there: %v", values)
	}
}

var held = inForce(scenario.Definition{Behavior: scenario.Behavior{
	Mode: scenario.Chaos, TimeoutRate: new(1.0), TimeoutMS: new(30000), ErrorRate: new(0.0), RandomSlowdowns: new(false),
}})

func TestAClientThatGivesUpEndsATimeout(t *testing.T) {
	for name, body := range map[string]string{"without a body": "", "with a body": "hello"} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s,http2=%v", name, h2), func(t *testing.T) {
				g := serve(t, untouched(t), held)
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				_, err := client(t, h2).Do(request(t, "POST", g.URL, body).WithContext(ctx))
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Fatalf("error is %v", err)
				}
				r := g.next(t)
				if r.Failure != "client aborted" || r.ResponseStatus != 0 || len(r.Faults) != 1 || r.Faults[0].Kind != "timeout" {
					t.Errorf("recorded status %d, failure %q, faults %v", r.ResponseStatus, r.Failure, r.Faults)
				}
			})
		}
	}
}

func TestShutdownEndsATimeoutWithAnAnswer(t *testing.T) {
	g, _, asked := stoppable(t, untouched(t), listing(scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(300_000)}))
	conn := dial(t, g.Addr)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	for range 2 {
		<-asked
	}
	if err := g.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if !strings.Contains(line, "504") {
		t.Errorf("got %q (%v), want 504", line, err)
	}
}

func TestShutdownClosesWebSockets(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		_, _, _ = conn.Read(r.Context())
	})
	g := serve(t, u.URL)
	conn, _, err := websocket.Dial(t.Context(), g.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	if err := g.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); err == nil {
		t.Error("the connection is still open")
	}
}

func TestAnUpstreamThatIsAwayIsABadGateway(t *testing.T) {
	g := serve(t, "http://"+failuretest.Refusing(t))
	got := do(t, client(t, false), request(t, "GET", g.URL, ""))
	if got.Status != 502 || got.Header.Get("Content-Type") != "application/problem+json" || got.Header.Get("X-MockForge-Fault") != "" {
		t.Errorf("got %d %v %s", got.Status, got.Header, got.Body)
	}
	if r := g.next(t); r.Failure != "upstream refused the connection" || r.Injected() {
		t.Errorf("recorded failure %q, injected %v", r.Failure, r.Injected())
	}
	if _, err := healthpb.NewHealthClient(connect(t, g.Addr)).Check(t.Context(), &healthpb.HealthCheckRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("gRPC got %v, want Unavailable", err)
	}
	g.next(t)
}

func TestMocksAnswerInsteadOfTheUpstream(t *testing.T) {
	g := serve(t, untouched(t), func(o *gateway.Options, _ *confighttp.ServerConfig) {
		o.Mocks = []mock.Definition{{Name: "one user", Method: "GET", Path: "/users/{id}", Response: mock.Response{Status: 200, Body: `{"id":1}`, Headers: map[string]any{"X-Stub": "yes"}}}}
	})
	got := do(t, client(t, false), request(t, "GET", g.URL+"/users/1", ""))
	if string(got.Body) != `{"id":1}` || got.Header.Get("X-Stub") != "yes" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("got %q %v", got.Body, got.Header)
	}
	if r := g.next(t); r.MockMatched != "one user" {
		t.Errorf("recorded mock %q", r.MockMatched)
	}
}

func TestMocksAnswerWithoutABodyWhereHTTPHasNone(t *testing.T) {
	g := serve(t, untouched(t), func(o *gateway.Options, _ *confighttp.ServerConfig) {
		o.Mocks = []mock.Definition{
			{Name: "user", Path: "/user", Response: mock.Response{Status: 200, Body: `{"id":1}`}},
			{Name: "gone", Path: "/gone", Response: mock.Response{Status: 204, Body: "not sent"}},
		}
	})
	for _, h2 := range []bool{false, true} {
		if got := do(t, client(t, h2), request(t, "HEAD", g.URL+"/user", "")); got.Status != 200 || got.Header.Get("Content-Length") != "8" || len(got.Body) != 0 {
			t.Errorf("HEAD got %d %v %q", got.Status, got.Header, got.Body)
		}
		if got := do(t, client(t, h2), request(t, "POST", g.URL+"/gone", "some request")); got.Status != 204 || len(got.Body) != 0 {
			t.Errorf("204 got %d %v %q", got.Status, got.Header, got.Body)
		}
		for range 2 {
			if r := g.next(t); r.Failure != "" || r.UpstreamTimeMS != nil {
				t.Errorf("recorded failure %q, upstream time %v", r.Failure, r.UpstreamTimeMS)
			}
		}
	}
}
