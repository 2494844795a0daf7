package mockforgereceiver

import (
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func pointer[T any](v T) *T { return &v }

var (
	began    = time.Date(2026, 11, 27, 12, 0, 0, 500, time.UTC)
	observed = began.Add(time.Second)
	anID     = uuid.MustParse("01a21db5-894d-7247-a8d6-4860729212dc")
)

// exchange returns a recording of HTTP that change makes another of.
func exchange(change func(*recording.Recording)) *recording.Recording {
	r := &recording.Recording{
		ID: anID, Timestamp: began, TraceID: "0af7651916cd43dd8448eb211c80319c", SpanID: "b7ad6b7169203331", TraceFlags: 1,
		Protocol: recording.HTTP, Gateway: "shop", Instance: "i-1", Consumer: "web", ClientIP: "10.0.0.7",
		Method: "GET", Scheme: "https", Host: "shop.example.com:8443", Path: "/users/7", Target: "/users/7?page=2", Route: "/users/{id}", HTTPVersion: "HTTP/1.1",
		Headers: recording.Values{"User-Agent": {"curl/8"}, "X-Tenant": {"a", "b"}}, ResponseHeaders: recording.Values{"Content-Type": {"text/plain"}},
		ResponseStatus: 200, ResponseBody: recording.Body{Content: []byte("hello"), Size: 5}, ResponseTimeMS: 12.34, UpstreamTimeMS: pointer(10.5), FirstByteMS: pointer(11.0),
		ScenarioMode: "healthy", ScenarioVersion: 17,
	}
	if change != nil {
		change(r)
	}
	return r
}

// common is what the records of all exchanges above have.
var common = map[string]any{
	"url.path": "/users/7", "url.scheme": "https", "network.protocol.name": "http", "network.protocol.version": "1.1", "client.address": "10.0.0.7",
	"server.address": "shop.example.com", "server.port": int64(8443), "user_agent.original": "curl/8", "http.response.status_code": int64(200),
	"http.response.body.size": int64(5), "mockforge.gateway": "shop", "mockforge.mode": "healthy", "mockforge.scenario.version": int64(17), "mockforge.injected": false,
	"mockforge.consumer": "web", "mockforge.recording.id": anID.String(), "mockforge.protocol": "http", "mockforge.response_time_ms": 12.34,
	"mockforge.upstream_time_ms": 10.5, "mockforge.first_byte_ms": 11.0, "http.request.method": "GET", "http.route": "/users/{id}",
}

// with returns what is common with some changed; nil is absent.
func with(changes map[string]any) map[string]any {
	all := maps.Clone(common)
	for name, value := range changes {
		if value == nil {
			delete(all, name)
		} else {
			all[name] = value
		}
	}
	return all
}

func mapped(t *testing.T, c *Config, r *recording.Recording) plog.LogRecord {
	t.Helper()
	m := newMapper(c, "1.2.3")
	logs := m.logs([]*recording.Recording{r}, observed)
	if logs.LogRecordCount() != 1 {
		t.Fatalf("%d records of one recording", logs.LogRecordCount())
	}
	return logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
}

func TestEachProtocolIsMappedByTheConventions(t *testing.T) {
	for _, test := range []struct {
		name       string
		recording  *recording.Recording
		line       string
		severity   plog.SeverityNumber
		attributes map[string]any
	}{
		{
			"HTTP", exchange(nil), "GET /users/7 200 in 12.3 ms", plog.SeverityNumberInfo, with(nil),
		},
		{
			"HTTP by an unknown method, not found", exchange(func(r *recording.Recording) { r.Method, r.ResponseStatus, r.HTTPVersion = "BREW", 404, "HTTP/2.0" }),
			"BREW /users/7 404 in 12.3 ms", plog.SeverityNumberWarn,
			with(map[string]any{
				"http.request.method": "_OTHER", "http.request.method_original": "BREW", "http.response.status_code": int64(404), "network.protocol.version": "2",
			}),
		},
		{
			"an error of the upstream", exchange(func(r *recording.Recording) { r.ResponseStatus = 502 }),
			"GET /users/7 502 in 12.3 ms", plog.SeverityNumberError,
			with(map[string]any{"http.response.status_code": int64(502), "error.type": "502", "mockforge.origin": "organic"}),
		},
		{
			"an injected error", exchange(func(r *recording.Recording) {
				r.ResponseStatus, r.ScenarioMode, r.Rule, r.InjectedDelayMS, r.UpstreamTimeMS = 503, "chaos", "storm", 120, nil
				r.Faults = []recording.Fault{{Kind: "latency", Detail: "120ms"}, {Kind: "error", Detail: "503"}}
			}),
			"GET /users/7 503 in 12.3 ms (injected error;latency=120ms)", plog.SeverityNumberError,
			with(map[string]any{
				"http.response.status_code": int64(503), "error.type": "503", "mockforge.origin": "injected", "mockforge.injected": true, "mockforge.mode": "chaos",
				"mockforge.rule": "storm", "mockforge.fault": "error;latency=120ms", "mockforge.injected_delay_ms": 120.0, "mockforge.upstream_time_ms": nil,
			}),
		},
		{
			"injected latency alone", exchange(func(r *recording.Recording) {
				r.InjectedDelayMS, r.Faults = 120, []recording.Fault{{Kind: "latency", Detail: "120ms"}}
			}),
			"GET /users/7 200 in 12.3 ms (injected latency=120ms)", plog.SeverityNumberInfo,
			with(map[string]any{"mockforge.injected": true, "mockforge.fault": "latency=120ms", "mockforge.injected_delay_ms": 120.0}),
		},
		{
			"an injected reset", exchange(func(r *recording.Recording) {
				r.ResponseStatus, r.ResponseBody, r.FirstByteMS = 0, recording.Body{}, nil
				r.Faults, r.Failure, r.FailedBy, r.FailureKind = []recording.Fault{{Kind: "reset"}}, "connection reset by an injected fault", recording.ByFault, recording.FailureReset
			}),
			"GET /users/7 no answer in 12.3 ms: connection reset by an injected fault (injected reset)", plog.SeverityNumberError,
			with(map[string]any{
				"http.response.status_code": nil, "http.response.body.size": nil, "mockforge.first_byte_ms": nil, "error.type": "reset", "mockforge.origin": "injected",
				"mockforge.injected": true, "mockforge.fault": "reset", "mockforge.failure": "connection reset by an injected fault", "mockforge.failed_by": "fault", "mockforge.failure_kind": "reset",
			}),
		},
		{
			"an upstream that refuses", exchange(func(r *recording.Recording) {
				r.ResponseStatus, r.Failure, r.FailedBy, r.FailureKind = 502, "upstream refused the connection", recording.ByUpstream, recording.FailureRefused
			}),
			"GET /users/7 502 in 12.3 ms: upstream refused the connection", plog.SeverityNumberError,
			with(map[string]any{
				"http.response.status_code": int64(502), "error.type": "502", "mockforge.origin": "organic", "mockforge.failure": "upstream refused the connection",
				"mockforge.failed_by": "upstream", "mockforge.failure_kind": "refused",
			}),
		},
		{
			"an answer that broke off", exchange(func(r *recording.Recording) {
				r.Failure, r.FailedBy, r.FailureKind = "upstream closed the connection", recording.ByUpstream, recording.FailureClosed
			}),
			"GET /users/7 200 in 12.3 ms: upstream closed the connection", plog.SeverityNumberError,
			with(map[string]any{
				"error.type": "closed", "mockforge.origin": "organic", "mockforge.failure": "upstream closed the connection",
				"mockforge.failed_by": "upstream", "mockforge.failure_kind": "closed",
			}),
		},
		{
			"a client that went away", exchange(func(r *recording.Recording) {
				r.ResponseStatus, r.Failure, r.FailedBy, r.FailureKind = 0, "client aborted", recording.ByClient, recording.FailureAborted
			}),
			"GET /users/7 no answer in 12.3 ms: client aborted", plog.SeverityNumberWarn,
			with(map[string]any{
				"http.response.status_code": nil, "mockforge.origin": "client", "mockforge.failure": "client aborted", "mockforge.failed_by": "client", "mockforge.failure_kind": "aborted",
			}),
		},
		{
			"what a limit refused", exchange(func(r *recording.Recording) {
				r.ResponseStatus, r.Failure, r.FailedBy, r.FailureKind = 413, "request larger than the gateway's limit", recording.ByLimit, recording.FailureTooLarge
			}),
			"GET /users/7 413 in 12.3 ms: request larger than the gateway's limit", plog.SeverityNumberWarn,
			with(map[string]any{
				"http.response.status_code": int64(413), "mockforge.origin": "limit", "mockforge.failure": "request larger than the gateway's limit",
				"mockforge.failed_by": "limit", "mockforge.failure_kind": "too_large",
			}),
		},
		{
			"a mock behind a plugin", exchange(func(r *recording.Recording) {
				r.MockMatched, r.PluginExecuted, r.Tags, r.UpstreamTimeMS = "user", []string{"header_stamp"}, []string{"nightly", "load"}, nil
			}),
			"GET /users/7 200 in 12.3 ms", plog.SeverityNumberInfo,
			with(map[string]any{
				"mockforge.mock": "user", "mockforge.plugins": []any{"header_stamp"}, "mockforge.tags": []any{"nightly", "load"}, "mockforge.upstream_time_ms": nil,
			}),
		},
		{
			"gRPC", exchange(func(r *recording.Recording) {
				r.Protocol, r.Method, r.Path, r.Route, r.Operation, r.GRPCStatus, r.HTTPVersion = recording.GRPC, "POST", "/shop.Shop/Get", "/shop.Shop/Get", "shop.Shop/Get", pointer(0), "HTTP/2.0"
				r.Messages = []recording.Message{{Direction: "in"}, {Direction: "out"}, {Direction: "out"}}
			}),
			"gRPC shop.Shop/Get OK in 12.3 ms", plog.SeverityNumberInfo,
			with(map[string]any{
				"http.request.method": nil, "http.route": nil, "rpc.system.name": "grpc", "rpc.method": "shop.Shop/Get", "rpc.response.status_code": "OK", "url.path": "/shop.Shop/Get",
				"network.protocol.version": "2", "mockforge.protocol": "grpc", "mockforge.stream.messages_in": int64(1), "mockforge.stream.messages_out": int64(2),
			}),
		},
		{
			"gRPC, not found", exchange(func(r *recording.Recording) {
				r.Protocol, r.Path, r.Route, r.Operation, r.GRPCStatus = recording.GRPC, "/shop.Shop/Get", "/shop.Shop/Get", "shop.Shop/Get", pointer(5)
			}),
			"gRPC shop.Shop/Get NOT_FOUND in 12.3 ms", plog.SeverityNumberWarn,
			with(map[string]any{
				"http.request.method": nil, "http.route": nil, "rpc.system.name": "grpc", "rpc.method": "shop.Shop/Get", "rpc.response.status_code": "NOT_FOUND", "url.path": "/shop.Shop/Get",
				"mockforge.protocol": "grpc", "mockforge.origin": "organic",
			}),
		},
		{
			"gRPC, unavailable, by a method without room among the routes", exchange(func(r *recording.Recording) {
				r.Protocol, r.Path, r.Route, r.Operation, r.GRPCStatus = recording.GRPC, "/shop.Shop/Get", "other", "shop.Shop/Get", pointer(14)
			}),
			"gRPC shop.Shop/Get UNAVAILABLE in 12.3 ms", plog.SeverityNumberError,
			with(map[string]any{
				"http.request.method": nil, "http.route": nil, "rpc.system.name": "grpc", "rpc.method": "_OTHER", "rpc.method_original": "shop.Shop/Get",
				"rpc.response.status_code": "UNAVAILABLE", "url.path": "/shop.Shop/Get", "mockforge.protocol": "grpc", "mockforge.origin": "organic", "error.type": "UNAVAILABLE",
			}),
		},
		{
			"GraphQL", exchange(func(r *recording.Recording) {
				r.Protocol, r.Method, r.Path, r.Route, r.Operation = recording.GraphQL, "POST", "/graphql", "/graphql", "query GetUser"
			}),
			"POST /graphql (query GetUser) 200 in 12.3 ms", plog.SeverityNumberInfo,
			with(map[string]any{
				"http.request.method": "POST", "url.path": "/graphql", "http.route": "/graphql", "graphql.operation.type": "query", "graphql.operation.name": "GetUser", "mockforge.protocol": "graphql",
			}),
		},
		{
			"GraphQL, an injected error in an answer of 200", exchange(func(r *recording.Recording) {
				r.Protocol, r.Method, r.Path, r.Route, r.Operation = recording.GraphQL, "POST", "/graphql", "/graphql", "mutation"
				r.Faults = []recording.Fault{{Kind: "error", Detail: "503"}}
			}),
			"POST /graphql (mutation) 200 in 12.3 ms (injected error)", plog.SeverityNumberError,
			with(map[string]any{
				"http.request.method": "POST", "url.path": "/graphql", "http.route": "/graphql", "graphql.operation.type": "mutation", "mockforge.protocol": "graphql",
				"mockforge.injected": true, "mockforge.fault": "error", "mockforge.origin": "injected", "error.type": "error",
			}),
		},
		{
			"a WebSocket", exchange(func(r *recording.Recording) {
				r.Protocol, r.Path, r.Route, r.ResponseStatus, r.WebSocketClose, r.ResponseBody = recording.WebSocket, "/live", "/live", 101, pointer(1000), recording.Body{}
				r.Messages = []recording.Message{{Direction: "in", Kind: "text"}, {Direction: "out", Kind: "close"}}
			}),
			"WebSocket /live 101 closed with 1000 in 12.3 ms", plog.SeverityNumberInfo,
			with(map[string]any{
				"url.path": "/live", "http.route": "/live", "http.response.status_code": int64(101), "http.response.body.size": nil, "mockforge.protocol": "websocket",
				"mockforge.websocket.close_code": int64(1000), "mockforge.stream.messages_in": int64(1), "mockforge.stream.messages_out": int64(1),
			}),
		},
		{
			"a WebSocket that was closed by an error", exchange(func(r *recording.Recording) {
				r.Protocol, r.Path, r.Route, r.ResponseStatus, r.WebSocketClose, r.ResponseBody = recording.WebSocket, "/live", "/live", 101, pointer(1011), recording.Body{}
			}),
			"WebSocket /live 101 closed with 1011 in 12.3 ms", plog.SeverityNumberError,
			with(map[string]any{
				"url.path": "/live", "http.route": "/live", "http.response.status_code": int64(101), "http.response.body.size": nil, "mockforge.protocol": "websocket",
				"mockforge.websocket.close_code": int64(1011), "mockforge.origin": "organic",
			}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			record := mapped(t, createDefaultConfig().(*Config), test.recording)
			if line := record.Body().Str(); line != test.line {
				t.Errorf("the line is %q, want %q", line, test.line)
			}
			if record.SeverityNumber() != test.severity || record.SeverityText() != strings.ToUpper(test.severity.String()) {
				t.Errorf("severity is %v %q, want %v", record.SeverityNumber(), record.SeverityText(), test.severity)
			}
			if diff := cmp.Diff(test.attributes, record.Attributes().AsRaw()); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			documented(t, record)
		})
	}
}

func TestRecordsHaveTheirTimesAndTheirTrace(t *testing.T) {
	record := mapped(t, createDefaultConfig().(*Config), exchange(nil))
	traceID, spanID := record.TraceID(), record.SpanID()
	if !record.Timestamp().AsTime().Equal(began) || !record.ObservedTimestamp().AsTime().Equal(observed) || record.EventName() != "mockforge.exchange" ||
		hex.EncodeToString(traceID[:]) != "0af7651916cd43dd8448eb211c80319c" || hex.EncodeToString(spanID[:]) != "b7ad6b7169203331" || !record.Flags().IsSampled() {
		t.Errorf("%v %v %s %x %x %v", record.Timestamp(), record.ObservedTimestamp(), record.EventName(), traceID, spanID, record.Flags())
	}
	for _, test := range []struct{ trace, span string }{{"", ""}, {"0af7", "b7"}, {"not hexadecimal", "at all"}, {strings.Repeat("0", 64), strings.Repeat("0", 32)}} {
		record := mapped(t, createDefaultConfig().(*Config), exchange(func(r *recording.Recording) { r.TraceID, r.SpanID = test.trace, test.span }))
		if !record.TraceID().IsEmpty() || !record.SpanID().IsEmpty() || record.Flags() != 0 {
			t.Errorf("of %v: %v %v %v", test, record.TraceID(), record.SpanID(), record.Flags())
		}
	}
}

func TestRecordsAreOfTheServiceOfTheirGateway(t *testing.T) {
	var batch []*recording.Recording
	for i, gateway := range []string{"shop", "stock", "shop"} {
		batch = append(batch, exchange(func(r *recording.Recording) { r.Gateway, r.Path = gateway, fmt.Sprint("/", i) }))
	}
	m := newMapper(createDefaultConfig().(*Config), "1.2.3")
	got := map[string][]string{}
	for _, resource := range m.logs(batch, observed).ResourceLogs().All() {
		attributes := resource.Resource().Attributes().AsRaw()
		scope := resource.ScopeLogs().At(0)
		if attributes["service.instance.id"] != "i-1" || scope.Scope().Version() != "1.2.3" || !strings.Contains(scope.Scope().Name(), "mockforgereceiver") || resource.SchemaUrl() == "" {
			t.Errorf("resource %v, scope %s %s, schema %s", attributes, scope.Scope().Name(), scope.Scope().Version(), resource.SchemaUrl())
		}
		for _, record := range scope.LogRecords().All() {
			path, _ := record.Attributes().Get("url.path")
			name := attributes["service.name"].(string)
			got[name] = append(got[name], path.Str())
		}
	}
	if diff := cmp.Diff(map[string][]string{"shop": {"/0", "/2"}, "stock": {"/1"}}, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestWhatIsAskedForIsAdded(t *testing.T) {
	c := createDefaultConfig().(*Config)
	c.IncludeQuery, c.RequestHeaders, c.ResponseHeaders = true, []string{"X-TENANT", "absent"}, []string{"content-type"}
	for _, test := range []struct {
		name   string
		change func(*recording.Recording)
		want   map[string]any
	}{
		{"HTTP", nil, with(map[string]any{
			"url.query": "page=2", "http.request.header.x-tenant": []any{"a", "b"}, "http.response.header.content-type": []any{"text/plain"},
		})},
		{"no query", func(r *recording.Recording) { r.Target, r.Headers, r.ResponseHeaders = "/users/7", nil, nil }, with(map[string]any{"user_agent.original": nil})},
		{"an empty query", func(r *recording.Recording) { r.Target, r.Headers, r.ResponseHeaders = "/users/7?", nil, nil }, with(map[string]any{"user_agent.original": nil, "url.query": ""})},
		{"bytes that are no text", func(r *recording.Recording) {
			r.Target, r.Headers, r.ResponseHeaders = "/users/7?a=\xff\x00", recording.Values{"X-Tenant": {"\xe9"}}, nil
		}, with(map[string]any{"user_agent.original": nil, "url.query": "a=ÿ\u2400", "http.request.header.x-tenant": []any{"é"}})},
	} {
		t.Run(test.name, func(t *testing.T) {
			record := mapped(t, c, exchange(test.change))
			if diff := cmp.Diff(test.want, record.Attributes().AsRaw()); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			documented(t, record)
		})
	}
	record := mapped(t, c, exchange(func(r *recording.Recording) {
		r.Protocol, r.Operation = recording.GRPC, "shop.Shop/Get"
	}))
	for _, name := range []string{"rpc.request.metadata.x-tenant", "rpc.response.metadata.content-type"} {
		if _, has := record.Attributes().Get(name); !has {
			t.Errorf("a gRPC call has no %s", name)
		}
	}
	documented(t, record)
}

// What comes from outside may be any bytes: OTLP has only texts.
func FuzzRecordsAreTexts(f *testing.F) {
	f.Add("GET", "/users/7", "query A", "curl/8", "shop:80", "failure", []byte("{}"), 3)
	f.Add("\xff", "/\xff\x00", "\xc3", "\xe9", "[::1]:x", "\x00", []byte{0xff, 0, 0xc3}, 1)
	f.Add(strings.Repeat("é", 4000), strings.Repeat("日", 3000), "", "", "", "", []byte("日本"), 4)
	f.Fuzz(func(t *testing.T, method, path, operation, agent, host, failure string, body []byte, limit int) {
		c := createDefaultConfig().(*Config)
		c.IncludeBodies, c.IncludeQuery, c.RequestHeaders = true, true, []string{"user-agent"}
		for _, protocol := range []recording.Protocol{recording.HTTP, recording.GRPC, recording.GraphQL, recording.WebSocket} {
			r := exchange(func(r *recording.Recording) {
				r.Protocol, r.Method, r.Path, r.Target, r.Operation, r.Host, r.Failure = protocol, method, path, recording.Target(path+"?"+path), operation, host, failure
				r.Headers = recording.Values{"User-Agent": {agent}}
				r.Body = recording.Body{Content: body, Size: int64(len(body)), Truncated: limit%2 == 0}
				r.Messages = []recording.Message{{Direction: "out", Body: r.Body}}
			})
			m := newMapper(c, "")
			logs := m.logs([]*recording.Recording{r}, observed)
			record := logs.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
			if !utf8.ValidString(record.Body().Str()) || strings.ContainsRune(record.Body().Str(), 0) {
				t.Errorf("the line is no text: %q", record.Body().Str())
			}
			for name, value := range record.Attributes().All() {
				if text := value.AsString(); !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
					t.Errorf("%s is no text: %q", name, text)
				}
			}
			sent, err := plogotlp.NewExportRequestFromLogs(logs).MarshalProto()
			if err != nil {
				t.Fatal(err)
			}
			if err := plogotlp.NewExportRequest().UnmarshalProto(sent); err != nil {
				t.Fatal(err)
			}
		}
	})
}
