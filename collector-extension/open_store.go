package mockforgeextension

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// openStore opens what recorder::storage names; nil where that is memory.
func (m *mockforge) openStore() (storage.Store, error) {
	c := m.config.Recorder.Storage
	switch c.kind() {
	case storage.Postgres, storage.ClickHouse:
		named := c.config()
		named.MaxConnections, _ = c.connections()
		return storage.Open(named, storage.Options{Logger: m.log, Name: "mockforge collector"})
	case storage.SQLite:
		return m.openFile(c.config())
	}
	if c.withoutDSN() {
		m.log.Warn("recorder::storage::type is postgres, and dsn is empty: nothing is stored, and the scenario is forgotten when this collector stops. " +
			"Set dsn, or leave type out for a file")
		return nil, nil
	}
	m.log.Info("recorder::storage::type is memory: nothing is stored, and the scenario is forgotten when this collector stops")
	return nil, nil
}

// openFile opens the file of the configuration, else that of the state directory; nil where there is none to be had:
//
//	             a mistake in the configuration,      what may be better later,
//	             or a file that is another's          such as a disk that is full
//	path          is refused: whoever wrote it is      is forgotten until the next start, and said:
//	              there to correct it                  traffic does not wait for a disk
//	no path       is said: whoever wrote nothing       the same
//	              wants a gateway
func (m *mockforge) openFile(c storage.Config) (storage.Store, error) {
	configured := c.Path != ""
	if !configured {
		directory, err := stateDirectory(stateDirectories(os.Getenv, systemDirectory))
		if err != nil {
			m.withoutFile(slog.LevelWarn, err)
			return nil, nil
		}
		c.Path = filepath.Join(directory, databaseName)
	}
	store, err := storage.Open(c, storage.Options{Logger: m.log})
	switch {
	case err == nil:
		m.log.Info("the scenario and recordings are kept in a file", "path", c.Path)
		return store, nil
	case !configured, errors.Is(err, api.ErrUnavailable):
		m.withoutFile(slog.LevelError, err)
		return nil, nil
	}
	if _, ok := errors.AsType[*validation.Error](err); !ok {
		err = fmt.Errorf("path: %w", err)
	}
	return nil, err
}

// withoutFile says what it means that there is no file.
func (m *mockforge) withoutFile(level slog.Level, err error) {
	m.log.Log(context.Background(), level, "nothing is stored, and the scenario is forgotten when this collector stops: "+
		"set recorder::storage::path to a file that it can write and no other collector has, recorder::storage::dsn to a PostgreSQL, "+
		"or recorder::storage::type to memory if that is what you want; then start it again", "error", err)
}
