package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// startWait covers a cold start of the Collector on a busy machine.
const startWait = 60 * time.Second

// gateway is a Collector with one gateway and nothing else.
type gateway struct {
	*child.Child
	address, control, metrics string
}

// gatewayOptions are what the measured gateways differ in.
type gatewayOptions struct {
	name    string
	tracing bool
	// dsn turns recording on.
	dsn string
}

func startGateway(ctx context.Context, binary, directory, upstream string, options gatewayOptions) (*gateway, error) {
	g := &gateway{}
	for _, address := range []*string{&g.address, &g.control, &g.metrics} {
		free, err := probe.FreeAddress(ctx)
		if err != nil {
			return nil, err
		}
		*address = free
	}
	spool := filepath.Join(directory, "spool-"+options.name)
	if err := os.Mkdir(spool, 0o700); err != nil {
		return nil, err
	}
	configuration := filepath.Join(directory, options.name+".yaml")
	// With the connection string's password: readable by the owner only.
	if err := os.WriteFile(configuration, []byte(configurationOf(g, upstream, spool, options)), 0o600); err != nil {
		return nil, err
	}
	var err error
	if g.Child, err = child.Start(exec.Command(binary, "--config", configuration)); err != nil {
		return nil, err
	}
	if err := probe.Until(ctx, startWait, func() bool {
		status, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+g.address+"/", "")
		return err == nil && status == http.StatusOK
	}); err != nil {
		_ = g.Stop()
		return nil, fmt.Errorf("the gateway %s does not answer: %w: %s", options.name, err, g.Log())
	}
	return g, nil
}

func configurationOf(g *gateway, upstream, spool string, options gatewayOptions) string {
	return fmt.Sprintf(`extensions:
  mockforge:
    gateways:
      - { name: bench, server: { endpoint: %q }, upstream: { endpoint: %q }, routes: ["/users/{id}"] }
    control: { endpoint: %q }
    prometheus: { endpoint: %q }
    opentelemetry: { enabled: %t }
    recorder: { enabled: %t, exclude_paths: ["/"], storage: { dsn: %q, spool_directory: %q } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
exporters: { debug: {} }
service:
  extensions: [mockforge]
  telemetry: { logs: { level: warn }, metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`, g.address, "http://"+upstream, g.control, g.metrics, options.tracing, options.dsn != "", options.dsn, spool)
}

// metric is the sum of a metric's samples; 0 where there are none.
func (g *gateway) metric(ctx context.Context, name string) (float64, error) {
	return probe.Metric(ctx, g.metrics, name)
}

// setLatency adds the same latency to each exchange.
func (g *gateway) setLatency(ctx context.Context, latency time.Duration) error {
	body := fmt.Sprintf(`{"min_ms":%d,"max_ms":%d}`, latency.Milliseconds(), latency.Milliseconds())
	status, text, err := probe.Fetch(ctx, http.MethodPut, "http://"+g.control+"/scenarios/latency", body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the control API answered %d: %s", status, text)
	}
	return err
}
