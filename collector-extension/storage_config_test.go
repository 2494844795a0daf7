package mockforgeextension

import (
	"strings"
	"testing"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

func TestStorageIsOfOneType(t *testing.T) {
	const dsn = configopaque.String("postgres://u:hunter2@db/mockforge")
	for name, test := range map[string]struct {
		storage StorageConfig
		kind    storage.Type
		// says is what is wrong, empty for nothing.
		says string
	}{
		"nothing":                {StorageConfig{}, storage.SQLite, ""},
		"a file":                 {StorageConfig{Path: "/data/shop.db"}, storage.SQLite, ""},
		"a file by its type":     {StorageConfig{Type: "sqlite", Path: "/data/shop.db", SpoolDirectory: "/spool"}, storage.SQLite, ""},
		"a dsn":                  {StorageConfig{DSN: dsn, MaxConnections: 6}, storage.Postgres, ""},
		"a dsn by its type":      {StorageConfig{Type: "postgres", DSN: dsn}, storage.Postgres, ""},
		"memory":                 {StorageConfig{Type: "memory", SpoolDirectory: "/spool"}, inMemory, ""},
		"postgres without a dsn": {StorageConfig{Type: "postgres", MaxConnections: 4}, inMemory, ""},
		"and with a path":        {StorageConfig{Type: "postgres", Path: "a.db"}, inMemory, "path: must be empty"},
		"a dsn and a path":       {StorageConfig{DSN: dsn, Path: "/data/shop.db"}, storage.Postgres, "path: must be empty"},
		"sqlite with a dsn":      {StorageConfig{Type: "sqlite", DSN: dsn}, storage.SQLite, "dsn: must be empty"},
		"connections to a file":  {StorageConfig{MaxConnections: 4}, storage.SQLite, "max_connections: must be empty"},
		"memory with a dsn":      {StorageConfig{Type: "memory", DSN: dsn}, inMemory, "dsn: must be empty"},
		"memory with a path":     {StorageConfig{Type: "memory", Path: "a.db"}, inMemory, "path: must be empty"},
		"connections to memory":  {StorageConfig{Type: "memory", MaxConnections: 2}, inMemory, "max_connections: must be empty"},
		"too few connections":    {StorageConfig{DSN: dsn, MaxConnections: 1}, storage.Postgres, "max_connections: must be between 2 and 1000, is 1"},
		"a cluster":              {StorageConfig{Type: "clickhouse", Endpoint: "http://clickhouse:8123", DSN: dsn, User: "u", Password: "hunter2"}, storage.ClickHouse, ""},
		"a cluster with a path":  {StorageConfig{Type: "clickhouse", Endpoint: "http://clickhouse:8123", DSN: dsn, Path: "a.db"}, storage.ClickHouse, "path: must be empty"},
		"a cluster without more": {StorageConfig{Type: "clickhouse", Endpoint: "http://clickhouse:8123"}, storage.ClickHouse, "dsn: "},
		"memory with a cluster":  {StorageConfig{Type: "memory", Cluster: "c"}, inMemory, "cluster: must be empty"},
		"memory with a user":     {StorageConfig{Type: "memory", User: "u"}, inMemory, "user: must be empty"},
		"a dsn and a cluster":    {StorageConfig{DSN: dsn, Cluster: "c"}, storage.Postgres, "cluster: must be empty"},
		"no dsn but a database":  {StorageConfig{Type: "postgres", Database: "d"}, inMemory, "database: must be empty"},
		"another type":           {StorageConfig{Type: "oracle"}, "oracle", `type: must be sqlite, postgres, clickhouse or memory, is "oracle"`},
	} {
		t.Run(name, func(t *testing.T) {
			test.storage.RetentionDays, test.storage.SpoolMaxMB = 30, 256
			if kind := test.storage.kind(); kind != test.kind {
				t.Errorf("it is of type %q, want %q", kind, test.kind)
			}
			err := test.storage.Validate()
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %q", err, test.says)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}
