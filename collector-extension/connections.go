package mockforgeextension

import (
	"context"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// connections divides what the collector may have of the database, besides the connection that listens: most of it is for who
// steers, counts and records, and the rest for who searches, so that a long search keeps nobody else waiting. Where there is one
// only, searching is 0, and both share it.
func (s *StorageConfig) connections() (writing, searching int) {
	most := s.MaxConnections - 1
	return most - most/2, most / 2
}

// writers is how many batches of recordings are written at once at most: while they are, one connection is left to those who steer and
// count, which must not wait for a database that is slow to store, where there is more than one.
func (s *StorageConfig) writers() int {
	writing, _ := s.connections()
	return min(2, max(1, writing-1))
}

// searched returns the database for those who search it, and whether its connections are theirs alone. It is nil where none is
// configured.
func (m *mockforge) searched(s storage) (database *postgres.Store, own bool, err error) {
	_, searching := m.config.Recorder.Storage.connections()
	if s.database == nil || searching == 0 {
		return s.database, false, nil
	}
	database, err = postgres.Open(string(m.config.Recorder.Storage.DSN), postgres.Options{
		Logger: m.log, ApplicationName: "mockforge control API", MaxConnections: searching,
	})
	if err != nil {
		return nil, false, fmt.Errorf("recorder::storage: %w", err)
	}
	m.onShutdown(func(context.Context) error { return database.Close() })
	return database, true, nil
}
