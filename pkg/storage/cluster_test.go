package storage_test

import (
	"errors"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func clusterConfig(t *testing.T) storage.Config {
	t.Helper()
	database := clickhousetest.Two(t)
	return storage.Config{
		Type: storage.ClickHouse, DSN: postgrestest.DSN(t),
		ClickHouse: storage.ClickHouseConfig{Endpoint: database.Endpoint, Database: database.Database, Cluster: database.Cluster},
	}
}

func openMigrated(t *testing.T, config storage.Config) storage.Store {
	t.Helper()
	store, err := storage.Open(config, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestPatternsOfACluster(t *testing.T) {
	apitest.TestPatterns(t, func(t *testing.T) apitest.PatternStore { return openMigrated(t, clusterConfig(t)) })
}

func TestReplayJobsOfACluster(t *testing.T) {
	apitest.TestReplayJobs(t, func(t *testing.T) (apitest.ReplayStore, func(*testing.T) apitest.ReplayStore) {
		config := clusterConfig(t)
		return openMigrated(t, config), func(t *testing.T) apitest.ReplayStore { return openMigrated(t, config) }
	})
}

func TestReplaysOfACluster(t *testing.T) {
	apitest.TestReplays(t, func(t *testing.T) (apitest.ReplayStore, func(*testing.T) apitest.ReplayStore) {
		config := clusterConfig(t)
		return openMigrated(t, config), func(t *testing.T) apitest.ReplayStore { return openMigrated(t, config) }
	})
}

// Tags by hand are in the other store, and go with the days of their recordings.
func TestTagsOfAClusterGoWithTheirRecordings(t *testing.T) {
	store := openMigrated(t, clusterConfig(t))
	now := time.Now()
	old, fresh := apitest.Simple(now.AddDate(0, 0, -3), 1), apitest.Simple(now, 2)
	if err := store.WriteRecordings(t.Context(), []recording.Recording{old, fresh}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []recording.Recording{old, fresh} {
		if err := store.SetTags(t.Context(), r.ID, []string{"mine"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.MaintainPartitions(t.Context(), scenario.Retention{RecordingDays: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Get(t.Context(), old.ID); !errors.Is(err, api.ErrNotFound) {
		t.Errorf("the old one: %v", err)
	}
	if got, err := store.Get(t.Context(), fresh.ID); err != nil || len(got.Tags) != 1 || got.Tags[0] != "mine" {
		t.Errorf("the fresh one has %v, %v", got.Tags, err)
	}
	// One that comes back from a spool has the tags that it was recorded with.
	if err := store.WriteRecordings(t.Context(), []recording.Recording{old}); err != nil {
		t.Fatal(err)
	}
	if got, err := store.Get(t.Context(), old.ID); err != nil || len(got.Tags) != 0 {
		t.Errorf("the old one has %v, %v", got.Tags, err)
	}
}

// The scenario can be set while ClickHouse is away, and a store says which of both it is.
func TestAClusterIsSteeredWithoutItsRecordings(t *testing.T) {
	database := clickhousetest.Private(t, 1)
	config := storage.Config{
		Type: storage.ClickHouse, DSN: postgrestest.DSN(t), ClickHouse: storage.ClickHouseConfig{Endpoint: database.Endpoint, Database: database.Database},
	}
	store := openMigrated(t, config)
	database.Servers[0].Kill()
	if err := store.Ping(t.Context()); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("Ping: %v", err)
	}
	if err := store.WriteRecordings(t.Context(), []recording.Recording{apitest.Simple(apitest.Noon, 1)}); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("WriteRecordings: %v", err)
	}
	changed, err := store.Change(t.Context(), api.Audit{By: "ada", Action: "mode"}, nil, func(s *scenario.Scenario) error { s.Mode = scenario.Chaos; return nil })
	if err != nil || changed.Mode != scenario.Chaos {
		t.Errorf("Change: %v", err)
	}
}

func TestAClusterIsRefusedByName(t *testing.T) {
	const dsn = "postgres://localhost/x"
	whole := storage.ClickHouseConfig{Endpoint: "http://clickhouse:8123"}
	for name, test := range map[string]struct {
		config storage.Config
		fields []string
	}{
		"whole":              {storage.Config{Type: storage.ClickHouse, DSN: dsn, ClickHouse: whole}, nil},
		"without an URL":     {storage.Config{Type: storage.ClickHouse, DSN: dsn}, []string{"endpoint"}},
		"without PostgreSQL": {storage.Config{Type: storage.ClickHouse, ClickHouse: whole}, []string{"dsn"}},
		"with a file":        {storage.Config{Type: storage.ClickHouse, DSN: dsn, Path: "/x", ClickHouse: whole}, []string{"path"}},
		"of another type":    {storage.Config{DSN: dsn, ClickHouse: whole}, []string{"endpoint"}},
		"of a file":          {storage.Config{Path: "/x", ClickHouse: storage.ClickHouseConfig{Cluster: "c"}}, []string{"cluster"}},
	} {
		t.Run(name, func(t *testing.T) {
			var fields []string
			for _, e := range validation.All(test.config.Validate()) {
				fields = append(fields, e.Field)
			}
			if len(fields) != len(test.fields) || len(fields) == 1 && fields[0] != test.fields[0] {
				t.Errorf("wrong are %v, want %v", fields, test.fields)
			}
		})
	}
}
