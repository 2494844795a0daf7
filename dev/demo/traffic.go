package main

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/dev/load/consumers"
)

func (s *stack) startTraffic(ctx context.Context) error {
	if s.config.rate == 0 {
		return nil
	}
	logger, file, err := openLog(s.directory, "traffic")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() {
		ended <- consumers.Run(ctx, consumers.Options{Target: s.address("gateway"), Rate: s.config.rate, Logger: logger})
	}()
	s.add("the traffic", func() error {
		defer file.Close()
		cancel()
		return <-ended
	})
	return nil
}
