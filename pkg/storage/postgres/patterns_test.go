package postgres_test

import (
	"slices"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

func write(t testing.TB, store *postgres.Store, all []recording.Recording) {
	t.Helper()
	for batch := range slices.Chunk(all, 2000) {
		if err := store.WriteRecordings(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhoMayOnlyReadIsToldOfPatternsAllTheSame(t *testing.T) {
	store, dsn := migrated(t, nil)
	write(t, store, apitest.Habits(noon))
	reader := open(t, dsn+"&role=pg_read_all_data", nil)
	report, err := reader.Detect(t.Context(), recording.Filter{})
	if err != nil || len(report.Patterns) == 0 {
		t.Errorf("%d patterns, %v", len(report.Patterns), err)
	}
	if n := count(t, dsn, "behavior_patterns"); n != 0 {
		t.Errorf("%d patterns were stored", n)
	}
}
