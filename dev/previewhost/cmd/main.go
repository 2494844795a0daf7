// Serves the built plugin in a plain page on this machine: go run ./dev/previewhost/cmd -dsn "postgres://…".
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/mockforge/mockforge-observability-app/dev/previewhost"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var options previewhost.Options
	flag.StringVar(&options.Dist, "dist", "dist", "folder of the built plugin")
	flag.StringVar(&options.Listen, "listen", "127.0.0.1:0", "loopback address to serve on; port 0 is a free one")
	flag.StringVar(&options.DSN, "dsn", os.Getenv("MOCKFORGE_DSN"), "PostgreSQL connection string for the plugin; MOCKFORGE_DSN where not given")
	flag.StringVar(&options.CollectorURL, "collector", "", "address of the control API to ask in place of a database")
	flag.StringVar(&options.Token, "token", os.Getenv("MOCKFORGE_GRAFANA_TOKEN"), "what the plugin shows that collector; MOCKFORGE_GRAFANA_TOKEN where not given")
	flag.StringVar(&options.Role, "role", "Admin", "role of a visitor at first: Viewer, Editor or Admin")
	verbose := flag.Bool("verbose", false, "log what the plugin's backend logs at debug level")
	flag.Parse()

	level := slog.LevelInfo
	if *verbose {
		level = slog.LevelDebug
	}
	options.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := previewhost.BuildWeb(ctx); err != nil {
		return err
	}
	host, err := previewhost.Start(ctx, options)
	if err != nil {
		return err
	}
	fmt.Println(host.URL())
	return host.Wait()
}
