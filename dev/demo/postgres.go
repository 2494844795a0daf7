package main

import (
	"context"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

func (s *stack) startPostgres(ctx context.Context) error {
	logger, file, err := openLog(s.directory, "postgres")
	if err != nil {
		return err
	}
	server, err := devpostgres.Start(ctx, devpostgres.Options{Port: s.ports["postgres"], Fast: true, Logger: logger})
	if err != nil {
		_ = file.Close()
		return err
	}
	s.endpoints.DSN = server.DSN()
	s.add("PostgreSQL", func() error {
		defer file.Close()
		return server.Stop()
	})
	return nil
}
