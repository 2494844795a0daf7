package mockforgeextension

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/exchange/failuretest"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callersSpan  = "b7ad6b7169203331"
)

// traces is a backend that takes OTLP over gRPC and over HTTP.
type traces struct {
	collectortrace.UnimplementedTraceServiceServer
	grpc, http string

	mu        sync.Mutex
	spans     []*tracepb.Span
	resources map[string]string
}

func newTraces(t *testing.T) *traces {
	t.Helper()
	backend := &traces{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collectortrace.RegisterTraceServiceServer(server, backend)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		request := new(collectortrace.ExportTraceServiceRequest)
		if err := proto.Unmarshal(body, request); err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s got what is no OTLP: %v", r.URL.Path, err)
		}
		_, _ = backend.Export(r.Context(), request)
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(func() { server.Stop(); <-done; web.Close() })
	backend.grpc, backend.http = "http://"+l.Addr().String(), web.URL
	return backend
}

func (b *traces) Export(_ context.Context, request *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		b.resources = attributes(resource.Resource.Attributes)
		for _, scope := range resource.ScopeSpans {
			b.spans = append(b.spans, scope.Spans...)
		}
	}
	return &collectortrace.ExportTraceServiceResponse{}, nil
}

// all returns the spans that came, in the order of their beginning.
func (b *traces) all() []*tracepb.Span {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.SortFunc(b.spans, func(a, b *tracepb.Span) int { return int(a.StartTimeUnixNano) - int(b.StartTimeUnixNano) })
	return b.spans
}

func attributes(list []*commonpb.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range list {
		switch v := kv.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			m[kv.Key] = v.StringValue
		case *commonpb.AnyValue_BoolValue:
			m[kv.Key] = fmt.Sprint(v.BoolValue)
		case *commonpb.AnyValue_IntValue:
			m[kv.Key] = fmt.Sprint(v.IntValue)
		}
	}
	return m
}

// pick returns the attributes of a span whose keys are asked for.
func pick(s *tracepb.Span, want map[string]string) map[string]string {
	all, picked := attributes(s.Attributes), map[string]string{}
	for key := range want {
		if value, ok := all[key]; ok {
			picked[key] = value
		}
	}
	return picked
}

// seen returns an upstream that notes the headers that it gets.
func seen(t *testing.T) (string, func() http.Header) {
	t.Helper()
	var mu sync.Mutex
	var header http.Header
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		header = r.Header.Clone()
		if r.URL.Path == "/broken" {
			w.WriteHeader(500)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func() http.Header { mu.Lock(); defer mu.Unlock(); return header }
}

func ask(t *testing.T, method, url, body string, header map[string]string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response
}

func caller(sampled bool) map[string]string {
	flags := "00"
	if sampled {
		flags = "01"
	}
	return map[string]string{
		"Traceparent": "00-" + callersTrace + "-" + callersSpan + "-" + flags, "Tracestate": "vendor=1", "Baggage": "tenant=blue;ttl=1,  user=%C3%BC",
		"User-Agent": "test/1",
	}
}

func TestAnExchangeHasASpanOnEachSideOfTheGateway(t *testing.T) {
	for _, protocol := range []string{"grpc", "http"} {
		t.Run(protocol, func(t *testing.T) {
			backend := newTraces(t)
			upstream, header := seen(t)
			c := config(t, upstream)
			c.OpenTelemetry.Endpoint, c.OpenTelemetry.Protocol = backend.grpc, protocol
			if protocol == "http" {
				c.OpenTelemetry.Endpoint = backend.http
			}
			// What waits for this is sent by the shutdown.
			c.OpenTelemetry.ExportIntervalMS = 3_600_000
			e := start(t, c)
			ask(t, "GET", "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/7?token=hunter2", "", caller(true))
			if err := e.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			spans := backend.all()
			if len(spans) != 2 {
				t.Fatalf("got %d spans, want 2: %v", len(spans), spans)
			}
			server, client := spans[0], spans[1]
			if server.Kind != tracepb.Span_SPAN_KIND_SERVER || client.Kind != tracepb.Span_SPAN_KIND_CLIENT ||
				server.Name != "GET /users/{id}" || client.Name != "GET /users/{id}" {
				t.Errorf("got %s %q and %s %q", server.Kind, server.Name, client.Kind, client.Name)
			}
			type tree struct{ Trace, Parent string }
			if diff := cmp.Diff([]tree{{callersTrace, callersSpan}, {callersTrace, fmt.Sprintf("%x", server.SpanId)}}, []tree{
				{fmt.Sprintf("%x", server.TraceId), fmt.Sprintf("%x", server.ParentSpanId)}, {fmt.Sprintf("%x", client.TraceId), fmt.Sprintf("%x", client.ParentSpanId)},
			}); diff != "" {
				t.Errorf("trace (-want +got):\n%s", diff)
			}
			_, port, _ := net.SplitHostPort(strings.TrimPrefix(upstream, "http://"))
			for s, want := range map[*tracepb.Span]map[string]string{
				server: {
					"http.request.method": "GET", "http.route": "/users/{id}", "url.path": "/users/7", "url.scheme": "http", "http.response.status_code": "200",
					"network.protocol.version": "1.1", "user_agent.original": "test/1", "client.address": "127.0.0.1",
					"mockforge.gateway": "shop", "mockforge.mode": "healthy", "mockforge.injected": "false",
				},
				client: {
					"http.request.method": "GET", "url.full": upstream + "/users/7", "url.template": "/users/{id}", "server.address": "127.0.0.1",
					"server.port": port, "http.response.status_code": "200",
				},
			} {
				if diff := cmp.Diff(want, pick(s, want)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", s.Kind, diff)
				}
				if strings.Contains(s.String(), "hunter2") || s.Status.GetCode() != tracepb.Status_STATUS_CODE_UNSET {
					t.Errorf("got %s", s)
				}
			}
			if backend.resources["service.name"] != "mockforge" || backend.resources["service.instance.id"] == "" {
				t.Errorf("resource is %v", backend.resources)
			}
			want := http.Header{
				"Traceparent": {fmt.Sprintf("00-%s-%x-01", callersTrace, client.SpanId)}, "Tracestate": {"vendor=1"}, "Baggage": {caller(true)["Baggage"]},
			}
			got := http.Header{}
			for name := range want {
				got[name] = header()[name]
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the upstream got (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpansTellInjectedFromOrganic(t *testing.T) {
	backend := newTraces(t)
	upstream, _ := seen(t)
	c := config(t, upstream)
	c.OpenTelemetry.Endpoint, c.OpenTelemetry.ExportIntervalMS = backend.grpc, 3_600_000
	e := start(t, c)
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	ask(t, "GET", gateway+"/broken", "", nil)
	if status, body := send(t, "PUT", control+"/scenarios/rules", `{"rules":[{"name":"storm","target":{"gateway":"shop"},"mode":"error","status_codes":[503]}]}`); status != 200 {
		t.Fatalf("got %d %s", status, body)
	}
	ask(t, "GET", gateway+"/users/1", "", nil)
	ask(t, "POST", gateway+"/graphql", `{"query":"query GetUser { user(id: 1) { name } }"}`, map[string]string{"Content-Type": "application/json"})
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	type summary struct {
		Name       string
		Kind       string
		Failed     bool
		Attributes map[string]string
	}
	keys := map[string]string{"error.type": "", "mockforge.injected": "", "mockforge.fault": "", "mockforge.rule": "", "graphql.operation.type": "", "graphql.operation.name": ""}
	var got []summary
	for _, s := range backend.all() {
		got = append(got, summary{s.Name, s.Kind.String()[len("SPAN_KIND_"):], s.Status.GetCode() == tracepb.Status_STATUS_CODE_ERROR, pick(s, keys)})
	}
	want := []summary{
		{"GET /broken", "SERVER", true, map[string]string{"error.type": "500", "mockforge.injected": "false"}},
		{"GET /broken", "CLIENT", true, map[string]string{"error.type": "500"}},
		// No CLIENT span: the upstream was not asked.
		{"GET /users/{id}", "SERVER", true, map[string]string{"error.type": "503", "mockforge.injected": "true", "mockforge.fault": "error", "mockforge.rule": "storm"}},
		{"query", "SERVER", true, map[string]string{
			"error.type": "error", "mockforge.injected": "true", "mockforge.fault": "error", "mockforge.rule": "storm",
			"graphql.operation.type": "query", "graphql.operation.name": "GetUser",
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

// Both spans say why an upstream did not answer, in words of a closed set.
func TestSpansTellWhyAnExchangeFailed(t *testing.T) {
	for _, upstream := range failuretest.Upstreams(t) {
		if upstream.Kind == recording.FailureTimeout {
			continue // It would take as long as the gateway waits.
		}
		t.Run(upstream.Name, func(t *testing.T) {
			backend := newTraces(t)
			c := config(t, upstream.URL)
			c.OpenTelemetry.Endpoint, c.OpenTelemetry.ExportIntervalMS = backend.grpc, 3_600_000
			e := start(t, c)
			response, err := http.Get("http://" + c.Gateways[0].Server.NetAddr.Endpoint + "/users/1")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if err := e.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			spans := backend.all()
			if len(spans) != 2 {
				t.Fatalf("got %d spans", len(spans))
			}
			want := map[string]string{"mockforge.failed_by": string(upstream.By), "mockforge.failure_kind": string(upstream.Kind), "mockforge.injected": "false", "error.type": fmt.Sprint(upstream.Status)}
			if upstream.Status == http.StatusOK {
				want["error.type"] = string(upstream.Kind)
			}
			if diff := cmp.Diff(want, pick(spans[0], want)); diff != "" {
				t.Errorf("SERVER (-want +got):\n%s", diff)
			}
			want = map[string]string{"error.type": string(upstream.Kind)}
			if diff := cmp.Diff(want, pick(spans[1], want)); diff != "" || spans[1].Status.GetCode() != tracepb.Status_STATUS_CODE_ERROR {
				t.Errorf("CLIENT (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallsOfGRPCHaveSpansOfRPC(t *testing.T) {
	backend := newTraces(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	service := grpc.NewServer()
	healthpb.RegisterHealthServer(service, health.NewServer())
	done := make(chan struct{})
	go func() { defer close(done); _ = service.Serve(l) }()
	t.Cleanup(func() { service.Stop(); <-done })
	c := config(t, "http://"+l.Addr().String())
	c.OpenTelemetry.Endpoint, c.OpenTelemetry.ExportIntervalMS = backend.grpc, 3_600_000
	e := start(t, c)
	conn, err := grpc.NewClient(c.Gateways[0].Server.NetAddr.Endpoint, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{Service: "none"})
	conn.Close()
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := backend.all()
	if len(spans) != 2 {
		t.Fatalf("got %d spans, want 2", len(spans))
	}
	for i, failed := range []bool{false, true} {
		// Of the server's codes only those are errors for which the server is to blame; a client has its answer or not.
		want := map[string]string{"rpc.system.name": "grpc", "rpc.method": "grpc.health.v1.Health/Check", "rpc.response.status_code": "NOT_FOUND"}
		if diff := cmp.Diff(want, pick(spans[i], want)); diff != "" || spans[i].Name != "grpc.health.v1.Health/Check" ||
			failed != (spans[i].Status.GetCode() == tracepb.Status_STATUS_CODE_ERROR) {
			t.Errorf("%s %q, status %v (-want +got):\n%s", spans[i].Kind, spans[i].Name, spans[i].Status, diff)
		}
	}
}

func TestTheSamplingRateIsForTracesThatBeginHere(t *testing.T) {
	backend := newTraces(t)
	upstream, header := seen(t)
	c := config(t, upstream)
	c.OpenTelemetry.Endpoint, c.OpenTelemetry.ExportIntervalMS, c.OpenTelemetry.SamplingRate = backend.grpc, 3_600_000, 0
	e := start(t, c)
	gateway := "http://" + c.Gateways[0].Server.NetAddr.Endpoint
	ask(t, "GET", gateway+"/begins/here", "", nil)
	if got := header().Get("Traceparent"); !strings.HasSuffix(got, "-00") {
		t.Errorf("the upstream got %q, want to be told that the trace is not sampled", got)
	}
	ask(t, "GET", gateway+"/not/sampled", "", caller(false))
	if got := header().Get("Traceparent"); !strings.HasPrefix(got, "00-"+callersTrace) || !strings.HasSuffix(got, "-00") {
		t.Errorf("the upstream got %q", got)
	}
	ask(t, "GET", gateway+"/sampled", "", caller(true))
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if spans := backend.all(); len(spans) != 2 || spans[0].Name != "GET /sampled" {
		t.Errorf("got %v, want those of the sampled caller only", spans)
	}
}

func TestWithoutAnEndpointSpansAreTheCollectorsOwn(t *testing.T) {
	upstream, _ := seen(t)
	c := config(t, upstream)
	spans := tracetest.NewSpanRecorder()
	settings := extensiontest.NewNopSettings(componentType)
	settings.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	e, err := NewFactory().Create(t.Context(), settings, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	ask(t, "GET", "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/"+strings.Repeat("7", 5000), "", nil)
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range spans.Ended() {
		names = append(names, s.SpanKind().String()+" "+s.Name())
	}
	// One for each side: the Collector's own of the server would be a third.
	if diff := cmp.Diff([]string{"client GET /users/{id}", "server GET /users/{id}"}, names); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	if cut := attributeOf(spans.Ended()[1], "url.path"); len(cut) != 1024 {
		t.Errorf("a path of 5000 bytes is told in %d, want 1024", len(cut))
	}
	http.DefaultClient.CloseIdleConnections()
}

func attributeOf(span sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, a := range span.Attributes() {
		if a.Key == key {
			return a.Value.AsString()
		}
	}
	return ""
}

func TestARecordingLeadsToItsTrace(t *testing.T) {
	backend := newTraces(t)
	upstream, _ := seen(t)
	c := config(t, upstream)
	store := withDatabase(t, c, postgrestest.DSN(t))
	c.OpenTelemetry.Endpoint, c.OpenTelemetry.ExportIntervalMS = backend.grpc, 3_600_000
	e := start(t, c)
	ask(t, "GET", "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/1", "", nil)
	eventually(t, "the schema is there", func() bool { _, err := store.Instances(t.Context()); return err == nil })
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := store.Query(t.Context(), recording.Query{})
	if err != nil || len(page.Recordings) != 1 || len(backend.all()) != 2 {
		t.Fatalf("got %d recordings and %d spans (%v)", len(page.Recordings), len(backend.all()), err)
	}
	r, server := page.Recordings[0], backend.all()[0]
	type link struct{ Trace, Span, Recording string }
	if diff := cmp.Diff(link{fmt.Sprintf("%x", server.TraceId), fmt.Sprintf("%x", server.SpanId), attributes(server.Attributes)["mockforge.recording.id"]},
		link{r.TraceID, r.SpanID, r.ID.String()}); diff != "" {
		t.Errorf("span and recording (-span +recording):\n%s", diff)
	}
}

func TestAnEndpointThatIsAwayHarmsNothing(t *testing.T) {
	c := config(t, shop(t))
	c.OpenTelemetry.Endpoint, c.OpenTelemetry.ExportIntervalMS = "http://"+freePort(t), 1
	e := start(t, c)
	if status, _ := get(t, "http://"+c.Gateways[0].Server.NetAddr.Endpoint+"/users/1"); status != 200 {
		t.Errorf("got %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	// What could not be sent is lost; the shutdown says so, and ends with its context.
	_ = e.Shutdown(ctx)
}

func TestSpansHaveTheTargetAsItWasSent(t *testing.T) {
	upstream, _ := seen(t)
	c := config(t, upstream)
	spans := tracetest.NewSpanRecorder()
	settings := extensiontest.NewNopSettings(componentType)
	settings.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	e, err := NewFactory().Create(t.Context(), settings, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	type told struct{ Path, Query, Full string }
	var want, got []told
	for target, path := range map[string]string{
		"/users/7":                             "/users/7",
		"/users/a%2Fb|c?b=2&a=1;x&%zz":         "/users/a%2Fb|c",
		"/a/../b//c%252F?q=%20+\xff&flag":      "/a/../b//c%252F",
		"//double?":                            "//double",
		"http://other/caf\xc3\xa9\xff?x":       "/caf\xc3\xa9%FF",
		"*":                                    "*",
		"/m;a=b;token=hunter2/c?token=hunter2": "/m;a=b;token=[redacted]",
		"/x/token%3Dhunter2%26/y":              "/x/token%3D[redacted]%26/y",
	} {
		response := raw(t, c.Gateways[0].Server.NetAddr.Endpoint, "OPTIONS "+target+" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
		_, _ = io.Copy(io.Discard, response.Body)
		want = append(want, told{path, "", upstream + "/" + strings.TrimPrefix(path, "/")})
	}
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(spans.Ended()); i += 2 {
		client, server := spans.Ended()[i], spans.Ended()[i+1]
		got = append(got, told{attributeOf(server, "url.path"), attributeOf(server, "url.query"), attributeOf(client, "url.full")})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
	http.DefaultClient.CloseIdleConnections()
}
