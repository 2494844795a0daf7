// Command demo runs the whole product on this machine: PostgreSQL or a file, a demo API, the Collector with a gateway in front of
// that API, steady traffic, and the plugin in Grafana or in the preview host. It is what `go tool mage demo` starts
// once everything is built.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run() error {
	config, err := configuration(os.LookupEnv)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if config.parent != 0 {
		var orphaned context.CancelFunc
		ctx, orphaned = context.WithCancel(ctx)
		defer orphaned()
		go watchParent(ctx, config.parent, orphaned)
	}
	s, err := start(ctx, config)
	if err != nil {
		if ctx.Err() != nil {
			fmt.Println("Stopped before all was up.")
			return nil
		}
		return err
	}
	if err := s.ready(); err != nil {
		return errors.Join(err, s.stop())
	}
	var end <-chan time.Time
	if config.lifetime > 0 {
		timer := time.NewTimer(config.lifetime)
		defer timer.Stop()
		end = timer.C
	}
	var failure error
	select {
	case <-ctx.Done():
		fmt.Println("\nStopping ...")
	case <-end:
		fmt.Printf("%s have passed, stopping ...\n", config.lifetime)
	case failure = <-s.failed:
		fmt.Println("Something ended by itself, stopping the rest ...")
	}
	stop() // a second Ctrl-C ends the program at once
	if err := errors.Join(failure, s.stop()); err != nil {
		return err
	}
	fmt.Println("Everything has stopped.")
	return nil
}

// watchParent calls orphaned when the process that started this one is gone: mage, for one, does not pass SIGTERM on.
func watchParent(ctx context.Context, parent int, orphaned func()) {
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if os.Getppid() != parent {
				orphaned()
				return
			}
		}
	}
}
