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

// gateway is a Collector with a gateway and nothing else, or with one for each of its addresses.
type gateway struct {
	*child.Child
	addresses
	control, metrics string
}

// gatewayOptions are what the measured gateways differ in.
type gatewayOptions struct {
	// title is the row of the comparison, name that of its files, binary the Collector.
	title, name, binary string
	tracing             bool
	// grpc is an upstream of gRPC, and pair the certificate of a listener with TLS; without them there are no such gateways.
	grpc string
	pair pair
	// dsn turns recording on.
	dsn string
}

func startGateway(ctx context.Context, directory, upstream string, options gatewayOptions) (*gateway, error) {
	g := &gateway{}
	for _, address := range []*string{&g.plain, &g.secure, &g.grpc, &g.control, &g.metrics} {
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
	if g.Child, err = child.Start(exec.Command(options.binary, "--config", configuration)); err != nil {
		return nil, err
	}
	if err := probe.Until(ctx, startWait, func() bool {
		status, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+g.plain+"/", "")
		return err == nil && status == http.StatusOK
	}); err != nil {
		_ = g.Stop()
		return nil, fmt.Errorf("the gateway %s does not answer: %w: %s", options.name, err, g.Log())
	}
	return g, nil
}

// storage is its type: what is compared with proxies that store nothing stores nothing.
func (o gatewayOptions) storage() string {
	if o.dsn == "" {
		return "memory"
	}
	return "postgres"
}

func configurationOf(g *gateway, upstream, spool string, options gatewayOptions) string {
	others := ""
	if options.grpc != "" {
		others = fmt.Sprintf(`
      - { name: secure, server: { endpoint: %q, tls: { cert_file: %q, key_file: %q } }, upstream: { endpoint: %q }, routes: ["/users/{id}"] }
      - { name: grpc, server: { endpoint: %q }, upstream: { endpoint: %q } }`,
			g.secure, options.pair.certificate, options.pair.key, "http://"+upstream, g.grpc, "http://"+options.grpc)
	}
	return fmt.Sprintf(`extensions:
  mockforge:
    gateways:
      - { name: bench, server: { endpoint: %q }, upstream: { endpoint: %q }, routes: ["/users/{id}"] }%s
    control: { endpoint: %q }
    prometheus: { endpoint: %q }
    opentelemetry: { enabled: %t }
    recorder: { enabled: %t, exclude_paths: ["/"], storage: { type: %s, dsn: %q, spool_directory: %q } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
exporters: { debug: {} }
service:
  extensions: [mockforge]
  telemetry: { logs: { level: warn }, metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`, g.plain, "http://"+upstream, others, g.control, g.metrics, options.tracing, options.dsn != "", options.storage(), options.dsn, spool)
}

// metric returns the sum of a metric's samples; 0 where there are none.
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
