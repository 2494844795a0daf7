package postgres_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// The instances of a fleet look after days at the same time; each past day is indexed once, the day that is written is not.
func TestPastDaysAreIndexedForSearchingByOneInstanceOfTheFleet(t *testing.T) {
	store, dsn := migrated(t, nil)
	var batch []recording.Recording
	for day := range 3 {
		batch = append(batch, simple(noon.AddDate(0, 0, -day), byte(day)))
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	logs := make([]bytes.Buffer, 3)
	for i := range logs {
		instance, err := postgres.Open(dsn, postgres.Options{Logger: slog.New(slog.NewTextHandler(&logs[i], nil))})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { instance.Close() })
		running.Go(func() {
			if err := instance.MaintainAt(t.Context(), 0, noon); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	made := 0
	for i := range logs {
		made += strings.Count(logs[i].String(), "indexed for searching")
		if strings.Contains(logs[i].String(), "WARN") {
			t.Error(logs[i].String())
		}
	}
	if indexes := count(t, dsn, `pg_class WHERE relname LIKE '%\_search' AND relkind = 'i'`); indexes != 2 || made != 2 {
		t.Errorf("%d indexes, made %d times; want those of two days", indexes, made)
	}
	// Shortly after midnight the day before still gets its last recordings.
	midnight := noon.Add(12 * time.Hour)
	for _, step := range []struct {
		at   time.Time
		want int
	}{{midnight.Add(30 * time.Minute), 2}, {midnight.Add(2 * time.Hour), 3}} {
		if err := store.MaintainAt(t.Context(), 0, step.at); err != nil {
			t.Fatal(err)
		}
		if indexes := count(t, dsn, `pg_class WHERE relname LIKE '%\_search' AND relkind = 'i'`); indexes != step.want {
			t.Errorf("at %s: %d indexes, want %d", step.at, indexes, step.want)
		}
	}
}

func TestTextOfPastDaysIsFoundByTheirIndex(t *testing.T) {
	store, dsn := migrated(t, nil)
	fill(t, store, dsn, 20_000)
	if err := store.MaintainAt(t.Context(), 0, noon.Add(14*time.Hour)); err != nil {
		t.Fatal(err)
	}
	execute(t, dsn, "ANALYZE recorded_requests")
	from, to := noon.AddDate(0, 0, -1).Add(-11*time.Hour), noon.Add(11*time.Hour)
	for name, filter := range map[string]recording.Filter{
		"text":   {Text: "nowhere in it"},
		"header": {Headers: map[string]string{"X-Request-Id": "5f3a7c0b"}},
	} {
		filter.From, filter.To = &from, &to
		plan, err := store.Explain(t.Context(), recording.Query{Filter: filter}, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range []string{"20261122", "20261123"} {
			if !strings.Contains(plan, "recorded_requests_"+day+"_search") {
				t.Errorf("%s of %s:\n%s", name, day, plan)
			}
		}
	}
}
