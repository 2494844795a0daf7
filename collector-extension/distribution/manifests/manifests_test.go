package manifests

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// What is shipped for the builder builds, and starts with the sample configuration.
func TestTheManifestBuildsACollectorThatRecords(t *testing.T) {
	binary := build(t, "builder-config.yaml", "mockforge-collector")
	output, err := exec.CommandContext(t.Context(), binary, "--version").Output()
	if err != nil || strings.TrimSpace(string(output)) != "mockforge-collector version 0.1.0" {
		t.Errorf("--version: got %s (%v)", output, err)
	}
	start(t, binary, "../../../provisioning/collector/collector.yaml",
		"MOCKFORGE_OTLP_HTTP_ENDPOINT="+address(t), "MOCKFORGE_TELEMETRY_PORT=0",
	).forwardsAndRecords(t)
}

// The extension lives beside receivers, processors, connectors and exporters of others, and its spans go through them.
func TestTheExtensionIsBuiltIntoADistributionOfOthers(t *testing.T) {
	backend := newBackend(t)
	c := start(t, build(t, "contrib-builder-config.yaml", "otelcol-with-mockforge"), "../contrib-config.yaml",
		"MOCKFORGE_ZIPKIN_ENDPOINT="+address(t), "MOCKFORGE_TRACES_ENDPOINT="+backend.url, "MOCKFORGE_REMOTE_WRITE_ENDPOINT="+backend.url+"/api/v1/write",
	)
	c.forwardsAndRecords(t)
	c.eventually(t, "the span of the exchange has gone through the processor of others", backend.gotSpan.Load)
	c.eventually(t, "metrics of spans come by the exporter of others", backend.gotMetrics.Load)
}

// backend takes what the exporters of contrib-config.yaml send.
type backend struct {
	url                 string
	gotSpan, gotMetrics atomic.Bool
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(_ http.ResponseWriter, r *http.Request) {
		content, err := io.ReadAll(r.Body)
		if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
			var reader *gzip.Reader
			if reader, err = gzip.NewReader(bytes.NewReader(content)); err == nil {
				content, err = io.ReadAll(reader)
			}
		}
		if err != nil {
			t.Errorf("the backend got what it cannot read: %v", err)
		}
		// In protobuf, texts stand as they are.
		if bytes.Contains(content, []byte("GET /users/{id}")) && bytes.Contains(content, []byte("deployment.environment.name")) {
			b.gotSpan.Store(true)
		}
	})
	mux.HandleFunc("POST /api/v1/write", func(w http.ResponseWriter, _ *http.Request) {
		b.gotMetrics.Store(true)
		w.WriteHeader(http.StatusNoContent)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}
