package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// backend takes OTLP over gRPC and HTTP, and counts the spans that it got by their names.
type backend struct {
	collectortrace.UnimplementedTraceServiceServer
	grpc, http string

	mu    sync.Mutex
	spans map[string]int
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{spans: map[string]int{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collectortrace.RegisterTraceServiceServer(server, b)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := new(collectortrace.ExportTraceServiceRequest)
		if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
			body, err = gunzip(body)
		}
		if err != nil || proto.Unmarshal(body, request) != nil {
			t.Errorf("the backend got what is no OTLP (%v)", err)
		}
		_, _ = b.Export(r.Context(), request)
	}))
	t.Cleanup(web.Close)
	b.grpc, b.http = l.Addr().String(), web.URL
	return b
}

func (b *backend) Export(_ context.Context, request *collectortrace.ExportTraceServiceRequest) (*collectortrace.ExportTraceServiceResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				b.spans[span.Name]++
			}
		}
	}
	return &collectortrace.ExportTraceServiceResponse{}, nil
}

func gunzip(body []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

func (b *backend) got(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spans[name]
}

// pipelines is a Collector with provisioning/collector/pipelines.yaml.
type pipelines struct {
	*collector
	grpc, http string
	store      *postgres.Store
}

func startPipelines(t *testing.T, b *backend) *pipelines {
	t.Helper()
	local := func() string { return "127.0.0.1:" + port(t) }
	control, metrics, dsn := local(), local(), postgrestest.DSN(t)
	p := &pipelines{
		collector: &collector{control: "http://" + control, metrics: "http://" + metrics + "/metrics", log: &log{}, ended: make(chan error, 1)},
		grpc:      local(), http: local(), store: database(t, dsn),
	}
	p.process = command(t, map[string]string{
		"MOCKFORGE_DSN": dsn, "MOCKFORGE_CONTROL_ENDPOINT": control, "MOCKFORGE_METRICS_ENDPOINT": metrics, "MOCKFORGE_OTLP_GRPC_ENDPOINT": p.grpc,
		"MOCKFORGE_OTLP_HTTP_ENDPOINT": p.http, "MOCKFORGE_BACKEND_GRPC_ENDPOINT": b.grpc, "MOCKFORGE_BACKEND_HTTP_ENDPOINT": b.http,
		"MOCKFORGE_RETRY_AFTER": "1s",
	}, "--config", "../../provisioning/collector/pipelines.yaml")
	p.process.Stdout, p.process.Stderr = p.log, p.log
	// Stopped below, in its own way, after the end of the test's context.
	p.process.Cancel = func() error { return os.ErrProcessDone }
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.process.Wait() }()
	t.Cleanup(func() {
		p.stop(t)
		if t.Failed() {
			t.Log(p.log.String())
		}
	})
	eventually(t, "the receiver listens and the schema is there", func() bool {
		conn, err := net.Dial("tcp", p.grpc)
		if err == nil {
			conn.Close()
			_, err = p.store.Instances(t.Context())
		}
		return err == nil
	})
	return p
}

// rules puts rules in force, and waits until the collector has them.
func (p *pipelines) rules(t *testing.T, rules string) {
	t.Helper()
	status, body := call(t, "PUT", p.control+"/scenarios/rules", "", `{"rules":`+rules+`}`)
	if status != 200 {
		t.Fatalf("rules: got %d %s", status, body)
	}
	var set struct{ Version int64 }
	if err := json.Unmarshal([]byte(body), &set); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the collector has the rules", func() bool {
		instances, err := p.store.Instances(t.Context())
		return err == nil && len(instances) == 1 && instances[0].AppliedVersion >= set.Version
	})
}

// sdk returns what an application that is instrumented with OpenTelemetry runs.
func (p *pipelines) sdk(t *testing.T, protocol string) *sdktrace.TracerProvider {
	t.Helper()
	var exporter *otlptrace.Exporter
	var err error
	if protocol == "grpc" {
		exporter, err = otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(p.grpc), otlptracegrpc.WithInsecure(), otlptracegrpc.WithTimeout(patience),
			otlptracegrpc.WithRetry(otlptracegrpc.RetryConfig{Enabled: true, InitialInterval: time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: patience}))
	} else {
		exporter, err = otlptracehttp.New(t.Context(), otlptracehttp.WithEndpoint(p.http), otlptracehttp.WithInsecure(), otlptracehttp.WithTimeout(patience),
			otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: true, InitialInterval: time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: patience}))
	}
	if err != nil {
		t.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter, sdktrace.WithExportTimeout(patience)))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return provider
}

// export sends one span, and tells how that went when the SDK has given up or succeeded.
func export(t *testing.T, provider *sdktrace.TracerProvider, name string) <-chan error {
	_, span := provider.Tracer("test").Start(t.Context(), name)
	span.End()
	done := make(chan error, 1)
	go func() { done <- provider.ForceFlush(t.Context()) }()
	return done
}

func exported(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatal("the SDK does not come back")
		return nil
	}
}

func TestSDKsRetryAndRecoverWhenTheReceiverIsDown(t *testing.T) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { t.Logf("SDK: %v", err) }))
	b := newBackend(t)
	p := startPipelines(t, b)
	for protocol, series := range map[string]string{
		"http": `mockforge_http_requests_total\{gateway="receivers",injected="true",method="POST",mode="error",route="/v1/traces",status="503"\}`,
		"grpc": `mockforge_grpc_requests_total\{gateway="receivers",grpc_status="14",injected="true",method="/opentelemetry.proto.collector.trace.v1.TraceService/Export",mode="error"\}`,
	} {
		t.Run(protocol, func(t *testing.T) {
			provider := p.sdk(t, protocol)
			if err := exported(t, export(t, provider, protocol+" calm")); err != nil {
				t.Fatal(err)
			}
			p.rules(t, `[{"name":"down","target":{"gateway":"receivers"},"mode":"error","status_codes":[503]}]`)
			storm := export(t, provider, protocol+" storm")
			eventually(t, "the SDK meets the error, and tries again", func() bool { return p.metric(t, series) >= 2 })
			if n := b.got(protocol + " storm"); n != 0 {
				t.Errorf("%d spans passed a receiver that is down", n)
			}
			p.rules(t, `[]`)
			if err := exported(t, storm); err != nil {
				t.Errorf("after the end of the error: %v", err)
			}
			// Through both exporters, each once.
			for _, name := range []string{" calm", " storm"} {
				eventually(t, "both exporters deliver"+name, func() bool { return b.got(protocol+name) == 2 })
			}
		})
	}
	recorded := map[recording.Protocol]recording.Recording{}
	eventually(t, "the fleet shows what the collector is a middleware of", func() bool {
		instances, err := p.store.Instances(t.Context())
		return err == nil && len(instances) == 1 && len(instances[0].Gateways) == 2 && instances[0].Gateways[0].Name == "receivers" && instances[0].Gateways[1].Name == "exporters"
	})
	eventually(t, "both were recorded", func() bool {
		page, err := p.store.Query(t.Context(), recording.Query{Filter: recording.Filter{Gateways: []string{"receivers"}, Faults: []string{"error"}}})
		for _, r := range page.Recordings {
			recorded[r.Protocol] = r
		}
		return err == nil && len(recorded) == 2
	})
	for _, r := range recorded {
		if r.Rule != "down" || r.Body.Size == 0 || !strings.HasPrefix(r.Consumer, "OTel") || r.UpstreamTimeMS != nil {
			t.Errorf("recorded %+v", r)
		}
	}
}

// A receiver that refuses the first attempts of each trace: the SDK tries again after what it is told, and loses nothing.
func TestSDKsGetThroughAReceiverThatFailsFirst(t *testing.T) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { t.Logf("SDK: %v", err) }))
	b := newBackend(t)
	p := startPipelines(t, b)
	for protocol, series := range map[string]string{
		"http": `mockforge_http_requests_total\{gateway="receivers",injected="%v",method="POST",mode="%s",route="/v1/traces",status="%s"\}`,
		"grpc": `mockforge_grpc_requests_total\{gateway="receivers",grpc_status="%[3]s",injected="%[1]v",method="/opentelemetry.proto.collector.trace.v1.TraceService/Export",mode="%[2]s"\}`,
	} {
		t.Run(protocol, func(t *testing.T) {
			p.rules(t, `[{"name":"flaky","target":{"gateway":"receivers"},"mode":"error","faults":[
				{"kind":"error","status_codes":[503],"retry_after_s":1,"when":{"first":2}}]}]`)
			if err := exported(t, export(t, p.sdk(t, protocol), protocol+" flaky")); err != nil {
				t.Errorf("after two failures: %v", err)
			}
			refused, taken := map[string]string{"http": "503", "grpc": "14"}[protocol], map[string]string{"http": "200", "grpc": "0"}[protocol]
			if n := p.metric(t, fmt.Sprintf(series, true, "error", refused)); n != 2 {
				t.Errorf("%v attempts were refused, want 2", n)
			}
			eventually(t, "the third attempt is counted", func() bool { return p.metric(t, fmt.Sprintf(series, false, "error", taken)) == 1 })
			eventually(t, "both exporters deliver, each once", func() bool { return b.got(protocol+" flaky") == 2 })
		})
	}
}

func TestAnswersOfAReceiverThatIsDownAreThoseOfOTLP(t *testing.T) {
	p := startPipelines(t, newBackend(t))
	p.rules(t, `[{"name":"down","target":{"gateway":"receivers"},"mode":"error","status_codes":[503]}]`)
	for media, request := range map[string]string{"application/json": "{}", "application/x-protobuf": ""} {
		response, err := http.Post("http://"+p.http+"/v1/traces", media, strings.NewReader(request))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 503 || response.Header.Get("Retry-After") != "1" || response.Header.Get("X-MockForge-Fault") != "error" ||
			response.Header.Get("Content-Type") != media || !bytes.Contains(body, []byte("injected by MockForge")) {
			t.Errorf("%s: got %d %v %q", media, response.StatusCode, response.Header, body)
		}
	}
}

func TestExportersKeepWhatABackendThatIsDownDoesNotTake(t *testing.T) {
	b := newBackend(t)
	p := startPipelines(t, b)
	p.rules(t, `[{"name":"backend-down","target":{"gateway":"exporters"},"mode":"error","status_codes":[503]}]`)
	if err := exported(t, export(t, p.sdk(t, "grpc"), "kept")); err != nil {
		t.Fatalf("the receiver is not harmed: %v", err)
	}
	for _, protocol := range []string{"http", "grpc"} {
		eventually(t, "the exporter over "+protocol+" meets the error", func() bool {
			return p.metric(t, fmt.Sprintf(`mockforge_injected_faults_total\{fault="error",gateway="exporters",mode="error",protocol="%s"\}`, protocol)) >= 1
		})
	}
	if n := b.got("kept"); n != 0 {
		t.Errorf("%d spans passed", n)
	}
	p.rules(t, `[]`)
	eventually(t, "both exporters deliver", func() bool { return b.got("kept") == 2 })
}

func TestASlowBackendIsSlowForExportersOnly(t *testing.T) {
	b := newBackend(t)
	p := startPipelines(t, b)
	p.rules(t, `[{"name":"slow","target":{"gateway":"exporters"},"mode":"degraded","latency_multiplier":4}]`)
	if err := exported(t, export(t, p.sdk(t, "http"), "slow")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both exporters deliver", func() bool { return b.got("slow") == 2 })
	eventually(t, "the recordings say by how much", func() bool {
		page, err := p.store.Query(t.Context(), recording.Query{Filter: recording.Filter{Gateways: []string{"exporters"}, Faults: []string{"stretch"}}})
		if err != nil || len(page.Recordings) != 2 {
			return false
		}
		for _, r := range page.Recordings {
			if r.InjectedDelayMS < 100 || r.ResponseTimeMS < 200 {
				t.Fatalf("recorded %+v", r)
			}
		}
		return true
	})
}

func TestTheSampleConfigurationsAreValid(t *testing.T) {
	for _, files := range [][]string{{"collector.yaml"}, {"collector.yaml", "tempo.yaml"}, {"pipelines.yaml"}, {"mocks.yaml"}} {
		arguments := []string{"validate"}
		for _, file := range files {
			arguments = append(arguments, "--config", "../../provisioning/collector/"+file)
		}
		if output, err := command(t, nil, arguments...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v, %s", files, err, output)
		}
	}
}
