package middleware_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configmiddleware"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/middleware"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds waits for what must happen; nothing depends on its value.
const patience = 20 * time.Second

// extension is the middleware as the Collector sees it.
type extension struct {
	middleware.Middleware
	component.StartFunc
	component.ShutdownFunc
	recordings chan *recording.Recording
}

func (e *extension) Start(context.Context, component.Host) error { return nil }

// inForce starts the middleware with a scenario, again where it runs already.
func (e *extension) inForce(t *testing.T, d scenario.Definition) {
	t.Helper()
	engine, err := scenario.Compile(scenario.Scenario{Definition: d, Version: 7})
	if err != nil {
		t.Fatal(err)
	}
	e.Middleware.Start(middleware.Options{
		Instance: "test", Receivers: "receivers", Exporters: "exporters", ConsumerHeader: "X-Consumer", RetryAfter: 1500 * time.Millisecond,
		FaultHeader: true, Engine: func() *scenario.Engine { return engine }, Route: func(_, path string) string { return path },
		Capture: func(string) bool { return true }, MaxBody: 1 << 10,
		Observe: func(r *recording.Recording, _ bool) { e.recordings <- r },
	})
}

func (e *extension) next(t *testing.T) *recording.Recording {
	t.Helper()
	select {
	case r := <-e.recordings:
		return r
	case <-time.After(patience):
		t.Fatal("no exchange was reported")
		return nil
	}
}

var id = component.MustNewID("mockforge")

func newExtension() (*extension, map[component.ID]component.Component) {
	e := &extension{recordings: make(chan *recording.Recording, 100)}
	return e, map[component.ID]component.Component{id: e}
}

func failWith(code int) scenario.Definition {
	return scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{code}}}
}

func healthy() scenario.Definition {
	return scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
}

func slow(ms int) scenario.Definition {
	d := healthy()
	d.Latency = &scenario.Latency{MinMS: ms, MaxMS: ms}
	return d
}

// receiver returns a server of confighttp behind the middleware, as receivers make one.
func receiver(t *testing.T, extensions map[component.ID]component.Component, handler http.HandlerFunc) string {
	t.Helper()
	c := confighttp.NewDefaultServerConfig()
	c.NetAddr.Endpoint = "127.0.0.1:0"
	c.Middlewares = []configmiddleware.Config{{ID: id}}
	server, err := c.ToServer(t.Context(), extensions, componenttest.NewNopTelemetrySettings(), handler)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := c.ToListener(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + listener.Addr().String()
}

func post(t *testing.T, client *http.Client, url, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Consumer", "checkout")
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = w.Write(append([]byte("got "), body...))
}

func TestAReceiverFollowsTheScenarioThatIsInForce(t *testing.T) {
	e, extensions := newExtension()
	url := receiver(t, extensions, echo) + "/v1/traces"
	if response, body := post(t, http.DefaultClient, url, "early"); response.StatusCode != 200 || body != "got early" {
		t.Errorf("before the extension has started: %d %s", response.StatusCode, body)
	}
	e.inForce(t, failWith(503))
	response, body := post(t, http.DefaultClient, url, "storm")
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "2" || response.Header.Get("X-MockForge-Fault") != "error" || !strings.Contains(body, "MockForge") {
		t.Errorf("error: %d %v %s", response.StatusCode, response.Header, body)
	}
	r := e.next(t)
	type summary struct {
		Gateway, Consumer, Trace, Mode, Path string
		Status                               int
		Faults                               []recording.Fault
		Body                                 string
		Forwarded                            bool
	}
	of := func(r *recording.Recording) summary {
		return summary{r.Gateway, r.Consumer, r.TraceID, r.ScenarioMode, r.Path, r.ResponseStatus, r.Faults, string(r.Body.Content), r.UpstreamTimeMS != nil}
	}
	const trace = "0af7651916cd43dd8448eb211c80319c"
	if diff := cmp.Diff(summary{"receivers", "checkout", trace, "error", "/v1/traces", 503, []recording.Fault{{Kind: "error", Detail: "503"}}, "storm", false}, of(r)); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	e.inForce(t, slow(20))
	if response, body := post(t, http.DefaultClient, url, "slow"); response.StatusCode != 200 || body != "got slow" || response.Header.Get("X-MockForge-Fault") != "latency=20ms" {
		t.Errorf("latency: %d %v %s", response.StatusCode, response.Header, body)
	}
	if r := e.next(t); r.InjectedDelayMS < 20 || string(r.ResponseBody.Content) != "got slow" || string(r.Body.Content) != "slow" {
		t.Errorf("recorded %+v", r)
	}
	e.inForce(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded}})
	if response, _ := post(t, http.DefaultClient, url, ""); !strings.HasPrefix(response.Header.Get("X-MockForge-Fault"), "stretch=") {
		t.Errorf("degraded: %v", response.Header)
	}
	e.next(t)
	e.Stop()
	if response, body := post(t, http.DefaultClient, url, "late"); response.StatusCode != 200 || body != "got late" {
		t.Errorf("after the extension has stopped: %d %s", response.StatusCode, body)
	}
	if len(e.recordings) != 0 {
		t.Error("exchanges are reported after the stop")
	}
}

func TestBothBodiesOfAnExchangeHaveOneLimit(t *testing.T) {
	e, extensions := newExtension()
	url := receiver(t, extensions, echo) + "/v1/traces"
	e.inForce(t, slow(1))
	for size, want := range map[int][2]int{100: {100, 104}, 700: {700, 324}, 5000: {896, 128}} {
		if response, body := post(t, http.DefaultClient, url, strings.Repeat("x", size)); response.StatusCode != 200 || len(body) != size+len("got ") {
			t.Errorf("%d bytes: answered %d, %d bytes", size, response.StatusCode, len(body))
		}
		r := e.next(t)
		if got := [2]int{len(r.Body.Content), len(r.ResponseBody.Content)}; got != want || r.Body.Size != int64(size) {
			t.Errorf("%d bytes: kept are %v, want %v", size, got, want)
		}
	}
}

func TestStreamsOfAReceiverPassAsTheyCome(t *testing.T) {
	e, extensions := newExtension()
	e.inForce(t, healthy())
	proceed := make(chan struct{})
	url := receiver(t, extensions, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flush: %v", err)
		}
		<-proceed
		_, _ = io.WriteString(w, "second")
	})
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first" {
		t.Errorf("got %q (%v) before the rest was sent", first, err)
	}
	close(proceed)
	if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second" {
		t.Errorf("rest is %q (%v)", rest, err)
	}
}

func TestPipelinesThatStopAreLetGo(t *testing.T) {
	e, extensions := newExtension()
	e.inForce(t, slow(3_600_000))
	url := receiver(t, extensions, echo)
	waiting := make(chan string, 1)
	go func() {
		response, err := http.Post(url, "text/plain", strings.NewReader("held"))
		if err != nil {
			waiting <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		waiting <- string(body)
	}()
	// Whether it waits already does not matter: from now on nothing is held.
	e.Release()
	select {
	case got := <-waiting:
		if got != "got held" {
			t.Errorf("got %q", got)
		}
	case <-time.After(patience):
		t.Fatal("the request is still held")
	}
	e.next(t)
	e.inForce(t, failWith(500))
	e.Release()
	if response, _ := post(t, http.DefaultClient, url, ""); response.StatusCode != 200 {
		t.Errorf("after the release: %d, want what is in flight to pass unharmed", response.StatusCode)
	}
	e.next(t)
}

func exporter(t *testing.T, extensions map[component.ID]component.Component) *http.Client {
	t.Helper()
	c := confighttp.NewDefaultClientConfig()
	c.Middlewares = []configmiddleware.Config{{ID: id}}
	client, err := c.ToClient(t.Context(), extensions, componenttest.NewNopTelemetrySettings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func TestAnExporterFollowsTheScenarioThatIsInForce(t *testing.T) {
	var asked int
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked++; echo(w, r) }))
	defer backend.Close()
	e, extensions := newExtension()
	client := exporter(t, extensions)
	if _, body := post(t, client, backend.URL, "early"); body != "got early" {
		t.Errorf("before the extension has started: %s", body)
	}
	e.inForce(t, failWith(503))
	response, body := post(t, client, backend.URL+"/v1/traces", "storm")
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "2" || !strings.Contains(body, "MockForge") || asked != 1 {
		t.Errorf("error: %d %v %s, backend asked %d times", response.StatusCode, response.Header, body, asked)
	}
	if r := e.next(t); r.Gateway != "exporters" || r.ResponseStatus != 503 || string(r.Body.Content) != "storm" || r.UpstreamTimeMS != nil {
		t.Errorf("recorded %+v", r)
	}
	e.inForce(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded}})
	if _, body := post(t, client, backend.URL, "slow"); body != "got slow" {
		t.Errorf("degraded: %s", body)
	}
	if r := e.next(t); r.InjectedDelayMS <= 0 || r.Faults[0].Kind != "stretch" || string(r.Body.Content) != "slow" || string(r.ResponseBody.Content) != "got slow" {
		t.Errorf("recorded %+v", r)
	}
	e.inForce(t, slow(3_600_000))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", backend.URL, nil)
	if _, err := client.Do(r); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("slower than the exporter's patience: %v", err)
	}
	e.next(t)
	e.inForce(t, healthy())
	backend.Close()
	r, _ = http.NewRequestWithContext(t.Context(), "GET", backend.URL, nil)
	if _, err := client.Do(r); err == nil {
		t.Error("a backend that is away answers")
	}
	if r := e.next(t); r.Failure != "upstream refused the connection" || r.FailedBy != recording.ByUpstream || r.FailureKind != recording.FailureRefused || r.Injected() {
		t.Errorf("recorded %+v", r)
	}
}

// calls returns a health service and a client, each behind the middleware or not.
func calls(t *testing.T, server, client *extension) healthpb.HealthClient {
	t.Helper()
	var serverOptions []grpc.ServerOption
	if server != nil {
		serverOptions, _ = server.GetGRPCServerOptions(t.Context())
	}
	s := grpc.NewServer(serverOptions...)
	service := health.NewServer()
	healthpb.RegisterHealthServer(s, service)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	clientOptions := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if client != nil {
		options, _ := client.GetGRPCClientOptions(t.Context())
		clientOptions = append(clientOptions, options...)
	}
	conn, err := grpc.NewClient(l.Addr().String(), clientOptions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		s.Stop()
		<-done
	})
	return healthpb.NewHealthClient(conn)
}

func TestCallsFollowTheScenarioThatIsInForce(t *testing.T) {
	for name, gateway := range map[string]string{"server": "receivers", "client": "exporters"} {
		t.Run(name, func(t *testing.T) {
			e, _ := newExtension()
			var client healthpb.HealthClient
			if name == "server" {
				client = calls(t, e, nil)
			} else {
				client = calls(t, nil, e)
			}
			request := &healthpb.HealthCheckRequest{}
			if _, err := client.Check(t.Context(), request); err != nil {
				t.Errorf("before the extension has started: %v", err)
			}
			e.inForce(t, failWith(503))
			var trailer metadata.MD
			_, err := client.Check(metadata.AppendToOutgoingContext(t.Context(), "x-consumer", "checkout"), request, grpc.Trailer(&trailer))
			if status.Code(err) != codes.Unavailable {
				t.Errorf("error: %v, want UNAVAILABLE", err)
			}
			details := status.Convert(err).Details()
			if len(details) != 1 || details[0].(*errdetails.RetryInfo).RetryDelay.AsDuration() != 1500*time.Millisecond {
				t.Errorf("details are %v, want when to try again", details)
			}
			r := e.next(t)
			if r.Gateway != gateway || r.Consumer != "checkout" || r.Protocol != recording.GRPC || r.Operation != "grpc.health.v1.Health/Check" ||
				r.GRPCStatus == nil || *r.GRPCStatus != int(codes.Unavailable) || len(r.Faults) != 1 || r.UpstreamTimeMS != nil {
				t.Errorf("recorded %+v", r)
			}
			if name == "server" && len(trailer.Get("x-mockforge-fault")) != 1 {
				t.Errorf("trailer is %v", trailer)
			}
			e.inForce(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded}})
			if _, err := client.Check(t.Context(), request); err != nil {
				t.Errorf("degraded: %v", err)
			}
			if r := e.next(t); r.InjectedDelayMS <= 0 || *r.GRPCStatus != 0 || r.ResponseBody.Size != 5+2 {
				t.Errorf("recorded %+v", r)
			}
			e.inForce(t, healthy())
			if _, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "none"}); status.Code(err) != codes.NotFound {
				t.Errorf("an error of the service: %v", err)
			}
			if r := e.next(t); *r.GRPCStatus != int(codes.NotFound) || r.Injected() {
				t.Errorf("recorded %+v", r)
			}

			ctx, cancel := context.WithCancel(t.Context())
			stream, err := client.Watch(ctx, request)
			if err != nil {
				t.Fatal(err)
			}
			if answer, err := stream.Recv(); err != nil || answer.Status != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("stream: %v (%v)", answer, err)
			}
			cancel()
			if _, err := stream.Recv(); status.Code(err) != codes.Canceled {
				t.Errorf("stream that was given up: %v", err)
			}
			if r := e.next(t); r.Operation != "grpc.health.v1.Health/Watch" || r.Body.Size != 5 || r.ResponseBody.Size != 5+2 || r.Failure != "client aborted" {
				t.Errorf("recorded %+v", r)
			}
			e.inForce(t, failWith(429))
			stream, err = client.Watch(t.Context(), request)
			if err == nil {
				_, err = stream.Recv()
			}
			if status.Code(err) != codes.ResourceExhausted {
				t.Errorf("stream: %v, want RESOURCE_EXHAUSTED", err)
			}
			e.next(t)
		})
	}
}
