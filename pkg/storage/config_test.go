package storage_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestAConfigurationNamesOneStore(t *testing.T) {
	for name, test := range map[string]struct {
		config storage.Config
		kind   storage.Type
		// field is what is wrong, empty for nothing.
		field string
	}{
		"a file":                       {storage.Config{Path: "mockforge.db"}, storage.SQLite, ""},
		"a file by its type":           {storage.Config{Type: storage.SQLite, Path: "mockforge.db"}, storage.SQLite, ""},
		"a connection string":          {storage.Config{DSN: "postgres://db/mockforge"}, storage.Postgres, ""},
		"one in words":                 {storage.Config{DSN: "host=db dbname=mockforge"}, storage.Postgres, ""},
		"one by its type":              {storage.Config{Type: storage.Postgres, DSN: "postgres://db/mockforge", MaxConnections: 3}, storage.Postgres, ""},
		"nothing":                      {storage.Config{}, storage.SQLite, "path"},
		"a file without a path":        {storage.Config{Type: storage.SQLite}, storage.SQLite, "path"},
		"a path that no system has":    {storage.Config{Path: "a\x00b"}, storage.SQLite, "path"},
		"a database without a string":  {storage.Config{Type: storage.Postgres}, storage.Postgres, "dsn"},
		"a string that cannot be read": {storage.Config{DSN: "postgres://u:hunter2@db:port/x"}, storage.Postgres, "dsn"},
		"a file by a string":           {storage.Config{Type: storage.SQLite, Path: "a.db", DSN: "postgres://u:hunter2@db/x"}, storage.SQLite, "dsn"},
		"a database by a path":         {storage.Config{Type: storage.Postgres, Path: "a.db"}, storage.Postgres, "path"},
		"both":                         {storage.Config{DSN: "postgres://u:hunter2@db/x", Path: "a.db"}, storage.Postgres, "path"},
		"connections to a file":        {storage.Config{Path: "a.db", MaxConnections: 4}, storage.SQLite, "max_connections"},
		"another type":                 {storage.Config{Type: "oracle", Path: "a.db"}, "oracle", "type"},
		"a type in capitals":           {storage.Config{Type: "SQLite", Path: "a.db"}, "SQLite", "type"},
	} {
		t.Run(name, func(t *testing.T) {
			if kind := test.config.Kind(); kind != test.kind {
				t.Errorf("it is of type %q, want %q", kind, test.kind)
			}
			err := test.config.Validate()
			problem, _ := errors.AsType[*validation.Error](err)
			if got := fieldOf(problem); got != test.field || (err == nil) != (test.field == "") {
				t.Errorf("got %v, want an error of %q", err, test.field)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
}

func fieldOf(err *validation.Error) string {
	if err == nil {
		return ""
	}
	return err.Field
}
