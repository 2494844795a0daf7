package remote_test

import (
	"context"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote/remotetest"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// over is the database of a collector for those who write, and its control API for those who read.
type over struct {
	*postgres.Store
	remote *remote.Store
}

func (o over) Query(ctx context.Context, query recording.Query) (recording.Page, error) {
	return o.remote.Query(ctx, query)
}

func (o over) Values(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error) {
	return o.remote.Values(ctx, filter, field, limit)
}

func (o over) Volume(ctx context.Context, filter recording.Filter, step time.Duration) (map[string]map[time.Time]int64, error) {
	return o.remote.Volume(ctx, filter, step)
}

func (o over) Stored(ctx context.Context, filter recording.Filter) (api.PatternReport, error) {
	return o.remote.Stored(ctx, filter)
}

func (o over) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error) {
	return o.remote.Series(ctx, from, to, step, by, selection, limit)
}

func (o over) Changes(ctx context.Context, from, to time.Time, limit int) ([]scenario.Change, error) {
	return o.remote.Changes(ctx, from, to, limit)
}

func (o over) Instances(ctx context.Context) ([]scenario.Instance, error) {
	return o.remote.Instances(ctx)
}

// newOver returns an empty database twice, as two collectors have it, each behind its control API.
func newOver(t *testing.T, now func() time.Time) (one, other over) {
	t.Helper()
	dsn := postgrestest.DSN(t)
	open := func() over {
		store, err := postgres.Open(dsn, postgres.Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		if err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return over{store, newRemote(t, remotetest.Serve(t, store), remotetest.Token)}
	}
	return open(), open()
}

func TestContractOfRecordings(t *testing.T) {
	apitest.TestRecordings(t, func(t *testing.T) (store, other apitest.RecordingStore) { return newOver(t, nil) })
}

func TestContractOfTheFilter(t *testing.T) {
	apitest.TestFilter(t, func(t *testing.T, recordings []recording.Recording) map[string]api.Recordings {
		store, _ := newOver(t, nil)
		if err := store.WriteRecordings(t.Context(), recordings); err != nil {
			t.Fatal(err)
		}
		return map[string]api.Recordings{"over HTTP": store}
	})
}

func TestContractOfTraffic(t *testing.T) {
	apitest.TestTraffic(t, func(t *testing.T) (store, other apitest.TrafficStore) { return newOver(t, nil) })
}

func TestContractOfFleetScenarios(t *testing.T) {
	apitest.TestFleetScenarios(t, func(t *testing.T, now func() time.Time) (store, other apitest.ScenarioStore) {
		return newOver(t, now)
	})
}

func TestContractOfPatterns(t *testing.T) {
	apitest.TestPatterns(t, func(t *testing.T) apitest.PatternStore {
		store, _ := newOver(t, nil)
		return store
	})
}

func TestContractOfTheRegistry(t *testing.T) {
	apitest.TestRegistry(t, func(t *testing.T) (store, other apitest.RegistryStore) { return newOver(t, nil) })
}
