package storage

import (
	"errors"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Type is a kind of store.
type Type string

// The kinds of stores.
const (
	SQLite   Type = "sqlite"
	Postgres Type = "postgres"
)

// Config names a store. What belongs to another type than its own is refused.
type Config struct {
	// Type is the kind; empty is Postgres where there is a DSN, else SQLite.
	Type Type
	// DSN is the connection string of a PostgreSQL. It may hold a password: no error quotes it.
	DSN string
	// ClickHouse has recordings and traffic where the type is ClickHouse; DSN has the rest then.
	ClickHouse ClickHouseConfig
	// Path is the file of an SQLite store. Its directory must be there.
	Path string
	// MaxConnections bounds the connections to a PostgreSQL, besides the one that listens for changes; 0 is 8.
	MaxConnections int
}

// Kind returns the type, also where none is set.
func (c *Config) Kind() Type {
	switch {
	case c.Type != "":
		return c.Type
	case c.DSN != "":
		return Postgres
	}
	return SQLite
}

// Validate returns a *validation.Error of the field that is wrong. It opens nothing.
func (c *Config) Validate() error {
	if c.Kind() != ClickHouse && c.ClickHouse != (ClickHouseConfig{}) {
		return validation.Errorf(c.ClickHouse.given(), "must be empty: it is of type clickhouse, and the type is %s", c.Kind())
	}
	switch c.Kind() {
	case ClickHouse:
		if c.Path != "" {
			return validation.Errorf("path", "must be empty: the file is of type sqlite, and the type is clickhouse")
		}
		return errors.Join(c.ClickHouse.validate(), validateDSN(c.DSN))
	case Postgres:
		if c.Path != "" {
			return validation.Errorf("path", "must be empty: the file is of type sqlite, and the type is postgres")
		}
		return validateDSN(c.DSN)
	case SQLite:
		switch {
		case c.DSN != "":
			return validation.Errorf("dsn", "must be empty: the connection string is of type postgres, and the type is sqlite")
		case c.Path == "":
			return validation.Errorf("path", "must be the path of a file, is empty")
		case strings.ContainsRune(c.Path, 0):
			return validation.Errorf("path", "must be the path of a file, has a character of code 0")
		case c.MaxConnections != 0:
			return validation.Errorf("max_connections", "must be empty: connections are of type postgres, and the type is sqlite")
		}
		return nil
	}
	return validation.Errorf("type", "must be sqlite, postgres or clickhouse, is %q", string(c.Type))
}

func validateDSN(dsn string) error {
	store, err := postgres.Open(dsn, postgres.Options{}) // It parses, and connects to nothing.
	if err != nil {
		return err
	}
	return store.Close()
}
