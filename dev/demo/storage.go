package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// What the collector can store in.
const (
	storagePostgres = "postgres"
	storageSQLite   = "sqlite"
)

// startStorage makes ready what the collector stores in.
func (s *stack) startStorage(ctx context.Context) error {
	s.endpoints.Storage = s.config.storage
	if s.config.storage == storageSQLite {
		return s.emptyFile()
	}
	return s.startPostgres(ctx)
}

// emptyFile names a file for the collector, which makes it. As with PostgreSQL a demo begins without what an earlier one left: a
// scenario that fails everything would keep the gateway from ever being seen up.
func (s *stack) emptyFile() error {
	directory := filepath.Join(s.directory, "sqlite")
	path := filepath.Join(directory, "mockforge.db")
	if _, err := os.Stat(path); err == nil {
		store, err := sqlite.Open(path, sqlite.Options{})
		if used, ok := errors.AsType[*sqlite.InUseError](err); ok {
			return fmt.Errorf("%w: stop the demo that has it, or set MOCKFORGE_DEMO_DIRECTORY to another folder", used)
		}
		if err == nil { // Whatever else is wrong with the file, it goes.
			if err := store.Close(); err != nil {
				return err
			}
		}
	}
	if err := os.RemoveAll(directory); err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	s.endpoints.Database = path
	return nil
}

// collectorStorage returns the variables by which the configurations of the collector know its storage, and what they are besides
// collectorConfig.
func (s *stack) collectorStorage() (variables, configurations []string) {
	if s.config.storage == storageSQLite {
		return []string{
			"MOCKFORGE_DSN=", // One of the environment is not meant.
			"MOCKFORGE_DATABASE=" + s.endpoints.Database,
			"MOCKFORGE_GRAFANA_TOKEN=" + s.token,
		}, []string{collectorFileConfig}
	}
	return []string{"MOCKFORGE_DSN=" + s.endpoints.DSN}, nil
}

// home returns where Grafana's side finds recordings and scenarios, by the variables that its provisioning reads: in the database,
// or behind the collector. The machine is called host there.
func (s *stack) home(host string) []string {
	at := func(address string) string { return onHost(address, host) }
	if s.config.storage == storageSQLite {
		return []string{"MOCKFORGE_COLLECTOR_URL=" + at(s.endpoints.Control), "MOCKFORGE_GRAFANA_TOKEN=" + s.token}
	}
	return []string{"MOCKFORGE_DSN=" + at(s.endpoints.DSN), "MOCKFORGE_CONTROL_URL=" + at(s.endpoints.Control)}
}
