package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// startWait covers a cold start of the Collector on a busy machine.
const startWait = 60 * time.Second

// gateway is a Collector with one gateway and nothing else.
type gateway struct {
	*child
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
		free, err := freeAddress(ctx)
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
	if g.child, err = startCollector(ctx, binary, configuration); err != nil {
		return nil, err
	}
	if err := until(ctx, startWait, func() bool {
		status, _, err := fetch(ctx, http.MethodGet, "http://"+g.address+"/", "")
		return err == nil && status == http.StatusOK
	}); err != nil {
		_ = g.stop()
		return nil, fmt.Errorf("the gateway %s does not answer: %w: %s", options.name, err, g.log.String())
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
	_, text, err := fetch(ctx, http.MethodGet, "http://"+g.metrics+"/metrics", "")
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, sample := range regexp.MustCompile(`(?m)^`+name+`(?:\{[^}]*\})? (\S+)$`).FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(sample[1], 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		sum += value
	}
	return sum, nil
}

// setLatency adds the same latency to each exchange.
func (g *gateway) setLatency(ctx context.Context, latency time.Duration) error {
	body := fmt.Sprintf(`{"min_ms":%d,"max_ms":%d}`, latency.Milliseconds(), latency.Milliseconds())
	status, text, err := fetch(ctx, http.MethodPut, "http://"+g.control+"/scenarios/latency", body)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the control API answered %d: %s", status, text)
	}
	return err
}

func fetch(ctx context.Context, method, url, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	return response.StatusCode, string(text), err
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// until waits for what must happen within so long.
func until(ctx context.Context, long time.Duration, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
