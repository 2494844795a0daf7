package main

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
)

func (s *stack) startAPI(ctx context.Context) error {
	logger, file, err := openLog(s.directory, "api")
	if err != nil {
		return err
	}
	// The API outlives ctx: it is stopped after those who call it.
	server, err := shop.Start(context.WithoutCancel(ctx), s.address("api"), shop.Options{
		ErrorRate: shop.DefaultErrorRate, LatencyScale: 1, Logger: logger,
	})
	if err != nil {
		_ = file.Close()
		return err
	}
	s.add("the demo API", func() error {
		defer file.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	})
	go func() {
		if err, ok := <-server.Failed(); ok {
			s.fail(err)
		}
	}()
	return nil
}
