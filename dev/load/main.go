// Command load sends the demo's traffic: a few named consumers with habits of their own, over all four protocols.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/mockforge/mockforge-observability-app/dev/load/consumers"
)

func main() {
	target := flag.String("target", "127.0.0.1:8080", "host:port of the gateway")
	rate := flag.Float64("rate", consumers.DefaultRate, "requests per second, about")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := consumers.Run(ctx, consumers.Options{Target: *target, Rate: *rate, Logger: logger}); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
