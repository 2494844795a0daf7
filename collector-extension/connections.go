package mockforgeextension

import (
	"cmp"
	"context"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

// defaultMaxConnections is how many connections to the database a collector has at most where max_connections is not set.
const defaultMaxConnections = 4

// connections divides what the collector may have of the database, besides the connection that listens: most of it is for who
// steers, counts and records, and the rest for who searches, so that a long search keeps nobody else waiting. Where there is one
// only, searching is 0, and both share it.
func (s *StorageConfig) connections() (writing, searching int) {
	most := cmp.Or(s.MaxConnections, defaultMaxConnections) - 1
	return most - most/2, most / 2
}

// writers is how many batches of recordings are written at once at most: while they are, one connection is left to those who steer and
// count, which must not wait for a database that is slow to store, where there is more than one. A file is written by one at a time.
func (s *StorageConfig) writers() int {
	if !s.isServer() {
		return 1
	}
	writing, _ := s.connections()
	return min(2, max(1, writing-1))
}

// searched returns the store for those who search it, and whether its connections are theirs alone. It is nil where nothing is stored.
func (m *mockforge) searched(b bus) (store storage.Store, own bool, err error) {
	_, searching := m.config.Recorder.Storage.connections()
	divider, divides := b.store.(storage.Divider)
	if !divides || searching == 0 {
		return b.store, false, nil
	}
	if store, err = divider.Another("mockforge control API", searching); err != nil {
		return nil, false, fmt.Errorf("recorder::storage: %w", err)
	}
	m.onShutdown(func(context.Context) error { return store.Close() })
	return store, true, nil
}
