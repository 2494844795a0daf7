package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/build"
)

const (
	collectorConfig = "provisioning/collector/collector.yaml"
	// collectorFileConfig says what is other where a file is enough.
	collectorFileConfig = "provisioning/collector/file.yaml"
)

// startCollector runs the Collector with the same configuration as docker-compose.yaml; only addresses differ.
func (s *stack) startCollector(ctx context.Context) error {
	binary, err := filepath.Abs(build.Collector)
	if err != nil {
		return err
	}
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("%s is absent: run go tool mage build:collector", build.Collector)
	}
	spool := filepath.Join(s.directory, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return err
	}
	storage, others := s.collectorStorage()
	arguments := []string{"--config", collectorConfig}
	for _, other := range others {
		arguments = append(arguments, "--config", other)
	}
	p, err := s.run("collector", append(storage,
		"MOCKFORGE_GATEWAY_ENDPOINT="+s.address("gateway"),
		"MOCKFORGE_UPSTREAM=http://"+s.address("api"),
		"MOCKFORGE_CONTROL_ENDPOINT="+s.address("control"),
		"MOCKFORGE_COLLECTOR_HOST="+desktopHost,
		"MOCKFORGE_METRICS_ENDPOINT="+s.address("metrics"),
		"MOCKFORGE_OTLP_GRPC_ENDPOINT="+s.address("otlp_grpc"),
		"MOCKFORGE_OTLP_HTTP_ENDPOINT="+s.address("otlp_http"),
		"MOCKFORGE_HEALTH_ENDPOINT="+s.address("health"),
		"MOCKFORGE_SPOOL_DIRECTORY="+spool,
		"MOCKFORGE_TELEMETRY_HOST="+loopback,
		fmt.Sprintf("MOCKFORGE_TELEMETRY_PORT=%d", s.ports["telemetry"]),
	), binary, arguments...)
	if err != nil {
		return err
	}
	s.endpoints.Gateway = "http://" + s.address("gateway")
	s.endpoints.Control = "http://" + s.address("control")
	s.endpoints.Metrics = "http://" + s.address("metrics") + "/metrics"
	s.endpoints.GRPC = s.address("gateway")
	s.endpoints.WebSocket = "ws://" + s.address("gateway") + "/ws"
	s.endpoints.GraphQL = "http://" + s.address("gateway") + "/graphql"
	s.endpoints.OTLPGRPC = s.address("otlp_grpc")
	s.endpoints.OTLPHTTP = "http://" + s.address("otlp_http")
	for _, url := range []string{s.endpoints.Control + "/scenarios/mode", s.endpoints.Gateway + "/health"} {
		if err := s.wait(ctx, p, url, 30*time.Second); err != nil {
			return err
		}
	}
	return nil
}
