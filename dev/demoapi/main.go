// Command demoapi serves the demo's shop API: HTTP, gRPC, WebSocket and GraphQL on one port.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8000", "address to listen on")
	errorRate := flag.Float64("error-rate", shop.DefaultErrorRate, "share of requests that fail by themselves, 0 to 1")
	latencyScale := flag.Float64("latency-scale", 1, "multiplies the latencies of all endpoints; 0 answers at once")
	flag.Parse()
	if err := run(*listen, shop.Options{ErrorRate: *errorRate, LatencyScale: *latencyScale}); err != nil {
		fmt.Fprintln(os.Stderr, "demoapi:", err)
		os.Exit(1)
	}
}

func run(listen string, options shop.Options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	server, err := shop.Start(ctx, listen, options)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case err := <-server.Failed():
		return err
	}
	stopping, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(stopping)
}
