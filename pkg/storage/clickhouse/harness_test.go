package clickhouse_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
)

func open(t testing.TB, database clickhousetest.Database, tags clickhouse.Tags) *clickhouse.Store {
	t.Helper()
	store, err := clickhouse.Open(clickhouse.Options{Endpoint: database.Endpoint, Database: database.Database, Cluster: database.Cluster, Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func migrated(t testing.TB, database clickhousetest.Database, tags clickhouse.Tags) *clickhouse.Store {
	t.Helper()
	store := open(t, database, tags)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// tags are clickhouse.Tags in memory.
type tags struct {
	mu   sync.Mutex
	of   map[uuid.UUID][]string
	when map[uuid.UUID]time.Time
}

func newTags() *tags { return &tags{of: map[uuid.UUID][]string{}, when: map[uuid.UUID]time.Time{}} }

func (t *tags) SetTags(_ context.Context, id uuid.UUID, at time.Time, list []string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[id], t.when[id] = slices.Clone(list), at
	return nil
}

func (t *tags) TagsOf(_ context.Context, ids []uuid.UUID) (map[uuid.UUID][]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := map[uuid.UUID][]string{}
	for _, id := range ids {
		if list, ok := t.of[id]; ok {
			found[id] = list
		}
	}
	return found, nil
}

func (t *tags) Tagged(context.Context) (map[uuid.UUID][]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.of), nil
}

func (t *tags) DropTags(_ context.Context, before time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, at := range t.when {
		if at.Before(before) {
			delete(t.of, id)
			delete(t.when, id)
		}
	}
	return nil
}
