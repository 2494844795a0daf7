package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func newMetrics() *telemetry.Metrics {
	return telemetry.New(telemetry.Options{
		Buckets: []float64{0.1, 1}, NativeHistograms: true, Mode: func() scenario.Mode { return scenario.Chaos },
		QueueLength: func() int { return 3 }, Active: func() map[string]int64 { return map[string]int64{"shop": 2} },
	})
}

func scrape(t *testing.T, m *telemetry.Metrics, accept string) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	return w.Body.String()
}

func exchange(change func(*recording.Recording)) *recording.Recording {
	r := &recording.Recording{
		ID: uuid.MustParse("019353a0-0000-7000-8000-000000000001"), TraceID: "0af7651916cd43dd8448eb211c80319c", Protocol: recording.HTTP,
		Gateway: "shop", Method: "GET", Route: "/users/{id}", ResponseStatus: 200, ResponseTimeMS: 50, ScenarioMode: "healthy",
	}
	change(r)
	return r
}

func TestEveryExchangeIsCountedUnderItsProtocol(t *testing.T) {
	m := newMetrics()
	notFound := 5
	m.Observe(exchange(func(*recording.Recording) {}))
	m.Observe(exchange(func(r *recording.Recording) { r.Method, r.ResponseStatus = "BREW", 0; r.Failure = "client aborted" }))
	m.Observe(exchange(func(r *recording.Recording) {
		r.Protocol, r.Route, r.GRPCStatus = recording.GRPC, "/shop.Shop/Get", &notFound
	}))
	m.Observe(exchange(func(r *recording.Recording) {
		r.Protocol, r.Route, r.Operation = recording.GraphQL, "/graphql", "query GetUser"
		r.ScenarioMode, r.Faults = "chaos", []recording.Fault{{Kind: "latency", Detail: "5ms"}, {Kind: "error", Detail: "500"}}
	}))
	m.Observe(exchange(func(r *recording.Recording) {
		r.Protocol, r.Route, r.ResponseStatus = recording.WebSocket, "/live", 101
	}))
	m.Dropped("queue_full", 4)
	m.SampledOut()
	m.Recorded(7)
	m.Flushed(20 * time.Millisecond)
	got := scrape(t, m, "text/plain")
	for _, line := range []string{
		`mockforge_http_requests_total{gateway="shop",injected="false",method="GET",mode="healthy",route="/users/{id}",status="200"} 1`,
		`mockforge_http_requests_total{gateway="shop",injected="false",method="_OTHER",mode="healthy",route="/users/{id}",status="none"} 1`,
		`mockforge_grpc_requests_total{gateway="shop",grpc_status="5",injected="false",method="/shop.Shop/Get",mode="healthy"} 1`,
		`mockforge_graphql_requests_total{gateway="shop",injected="true",mode="chaos",operation_type="query",route="/graphql",status="200"} 1`,
		`mockforge_ws_connections_total{gateway="shop",injected="false",mode="healthy",route="/live",status="101"} 1`,
		`mockforge_errors_total{gateway="shop",kind="error",origin="injected",protocol="graphql"} 1`,
		`mockforge_errors_total{gateway="shop",kind="grpc_status",origin="organic",protocol="grpc"} 1`,
		`mockforge_injected_faults_total{fault="latency",gateway="shop",mode="chaos",protocol="graphql"} 1`,
		`mockforge_chaos_mode_triggers_total{gateway="shop"} 1`,
		`mockforge_request_duration_seconds_bucket{gateway="shop",injected="false",mode="healthy",protocol="http",route="/users/{id}",le="0.1"} 2`,
		`mockforge_active_scenario{mode="chaos"} 1`,
		`mockforge_active_scenario{mode="healthy"} 0`,
		`mockforge_active_connections{gateway="shop"} 2`,
		`mockforge_recorder_queue_length 3`,
		`mockforge_recorder_recordings_total 7`,
		`mockforge_recorder_dropped_total{reason="queue_full"} 4`,
		`mockforge_recorder_sampled_out_total 1`,
		`mockforge_recorder_flush_duration_seconds_count 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("metrics lack %s", line)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
	problems, err := promlint.New(strings.NewReader(got)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v (%v)", problems, err)
	}
}

// What a limit or a client has refused is counted, and is no error of the upstream.
func TestFailuresAreCountedByWhoseDoingTheyAre(t *testing.T) {
	m := newMetrics()
	for _, failure := range []struct {
		status int
		by     recording.FailedBy
		kind   recording.FailureKind
	}{
		{502, recording.ByUpstream, recording.FailureRefused},
		{200, recording.ByUpstream, recording.FailureReset},
		{413, recording.ByLimit, recording.FailureTooLarge},
		{502, recording.ByLimit, recording.FailureTooLarge},
		{400, recording.ByClient, recording.FailureMalformed},
		{0, recording.ByClient, recording.FailureAborted},
		{502, recording.ByGateway, recording.FailureExhausted},
		{500, recording.ByPlugin, recording.FailureInternal},
	} {
		r := exchange(func(r *recording.Recording) {
			r.ResponseStatus, r.Failure, r.FailedBy, r.FailureKind = failure.status, "for people", failure.by, failure.kind
		})
		m.Observe(r)
		organic := failure.by == recording.ByUpstream || failure.by == recording.ByPlugin
		if got := telemetry.OutcomeOf(r); got != (traffic.Outcome{OrganicError: organic}) {
			t.Errorf("%s, %s: %+v", failure.by, failure.kind, got)
		}
	}
	got := scrape(t, m, "text/plain")
	for _, line := range []string{
		`mockforge_errors_total{gateway="shop",kind="upstream",origin="organic",protocol="http"} 2`,
		`mockforge_errors_total{gateway="shop",kind="plugin",origin="organic",protocol="http"} 1`,
		`mockforge_errors_total{gateway="shop",kind="limit",origin="limit",protocol="http"} 2`,
		`mockforge_errors_total{gateway="shop",kind="client",origin="client",protocol="http"} 1`,
		`mockforge_errors_total{gateway="shop",kind="gateway",origin="gateway",protocol="http"} 1`,
		`mockforge_failures_total{failed_by="upstream",failure_kind="refused",gateway="shop",protocol="http"} 1`,
		`mockforge_failures_total{failed_by="upstream",failure_kind="reset",gateway="shop",protocol="http"} 1`,
		`mockforge_failures_total{failed_by="limit",failure_kind="too_large",gateway="shop",protocol="http"} 2`,
		`mockforge_failures_total{failed_by="client",failure_kind="aborted",gateway="shop",protocol="http"} 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("metrics lack %s", line)
		}
	}
}

func TestExemplarsLeadToTheTraceAndTheRecording(t *testing.T) {
	m := newMetrics()
	m.Observe(exchange(func(*recording.Recording) {}))
	got := scrape(t, m, "application/openmetrics-text; version=1.0.0")
	for _, part := range []string{`trace_id="0af7651916cd43dd8448eb211c80319c"`, `recording_id="019353a0-0000-7000-8000-000000000001"`} {
		if !strings.Contains(got, part) {
			t.Errorf("exemplars lack %s", part)
		}
	}
}

func TestOutcomesTellOrganicFromInjected(t *testing.T) {
	ok, unavailable := 0, 14
	for name, test := range map[string]struct {
		change func(*recording.Recording)
		want   traffic.Outcome
	}{
		"an answer":       {func(*recording.Recording) {}, traffic.Outcome{}},
		"a client error":  {func(r *recording.Recording) { r.ResponseStatus = 404 }, traffic.Outcome{}},
		"a server error":  {func(r *recording.Recording) { r.ResponseStatus = 503 }, traffic.Outcome{OrganicError: true}},
		"a gRPC answer":   {func(r *recording.Recording) { r.GRPCStatus = &ok }, traffic.Outcome{}},
		"a gRPC error":    {func(r *recording.Recording) { r.GRPCStatus = &unavailable }, traffic.Outcome{OrganicError: true}},
		"a broken answer": {func(r *recording.Recording) { r.Failure = "upstream broke off" }, traffic.Outcome{OrganicError: true}},
		"a WebSocket that was closed with 1011": {
			func(r *recording.Recording) { r.ResponseStatus, r.WebSocketClose = 101, new(1011) }, traffic.Outcome{OrganicError: true},
		},
		"a WebSocket that ended well": {func(r *recording.Recording) { r.ResponseStatus, r.WebSocketClose = 101, new(1000) }, traffic.Outcome{}},
		"a client that left":          {func(r *recording.Recording) { r.ResponseStatus, r.Failure = 0, "client aborted" }, traffic.Outcome{}},
		"latency of ours":             {func(r *recording.Recording) { r.Faults = []recording.Fault{{Kind: "latency"}} }, traffic.Outcome{Injected: true}},
		"an error of ours":            {func(r *recording.Recording) { r.ResponseStatus, r.Faults = 418, []recording.Fault{{Kind: "error"}} }, traffic.Outcome{Injected: true, InjectedError: true}},
		"a timeout of ours": {func(r *recording.Recording) {
			r.ResponseStatus, r.Failure, r.Faults = 0, "client aborted", []recording.Fault{{Kind: "timeout"}}
		}, traffic.Outcome{Injected: true, InjectedError: true}},
		"latency, then a 500": {func(r *recording.Recording) { r.ResponseStatus, r.Faults = 500, []recording.Fault{{Kind: "latency"}} }, traffic.Outcome{Injected: true, OrganicError: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := telemetry.OutcomeOf(exchange(test.change)); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
