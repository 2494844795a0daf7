package mockforgeextension

import (
	"errors"

	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// inMemory is the type of storage that is none.
const inMemory storage.Type = "memory"

// config is the storage without what is the collector's matter. The path is that of the configuration.
func (s *StorageConfig) config() storage.Config {
	return storage.Config{
		Type: storage.Type(s.Type), DSN: string(s.DSN), Path: s.Path,
		ClickHouse: storage.ClickHouseConfig{Endpoint: s.Endpoint, Database: s.Database, Cluster: s.Cluster, User: s.User, Password: string(s.Password)},
	}
}

// kind returns the type of storage that there is to be, also where none is set.
func (s *StorageConfig) kind() storage.Type {
	if s.withoutDSN() {
		return inMemory
	}
	c := s.config()
	return c.Kind()
}

// withoutDSN reports whether a PostgreSQL is to be used of which nothing is known: configurations have its connection string of the
// environment, and a Collector is to forward where that has none.
func (s *StorageConfig) withoutDSN() bool {
	return storage.Type(s.Type) == storage.Postgres && s.DSN == ""
}

// Validate names the key that is wrong.
func (s *StorageConfig) Validate() error {
	errs := []error{s.validateKind()}
	if s.RetentionDays < 1 || s.RetentionDays > 3650 {
		errs = append(errs, validation.Errorf("retention_days", "must be between 1 and 3650, is %d", s.RetentionDays))
	}
	if s.SpoolMaxMB < 1 || s.SpoolMaxMB > 1_048_576 {
		errs = append(errs, validation.Errorf("spool_max_mb", "must be between 1 and 1048576, is %d", s.SpoolMaxMB))
	}
	return errors.Join(errs...)
}

// isServer reports whether the storage is a database that other collectors may share.
func (s *StorageConfig) isServer() bool {
	kind := s.kind()
	return kind == storage.Postgres || kind == storage.ClickHouse
}

// validateKind checks the type, and what depends on it.
func (s *StorageConfig) validateKind() error {
	c := s.config()
	switch kind := c.Kind(); kind {
	case storage.Postgres, storage.ClickHouse:
		if s.MaxConnections != 0 && (s.MaxConnections < 2 || s.MaxConnections > 1000) {
			return validation.Errorf("max_connections", "must be between 2 and 1000, is %d", s.MaxConnections)
		}
		if s.withoutDSN() && s.Path == "" {
			return nil
		}
		return c.Validate()
	case storage.SQLite:
		if c.Path == "" {
			c.Path = databaseName // In the state directory, see openFile.
		}
		c.MaxConnections = s.MaxConnections
		return c.Validate()
	case inMemory:
		for key, set := range map[string]bool{"dsn": s.DSN != "", "path": s.Path != "", "max_connections": s.MaxConnections != 0, "endpoint": s.Endpoint != ""} {
			if set {
				return validation.Errorf(key, "must be empty: nothing is stored where the type is memory")
			}
		}
		return nil
	}
	return validation.Errorf("type", "must be sqlite, postgres, clickhouse or memory, is %q", s.Type)
}
