package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var noon = apitest.Noon

func whole() recording.Recording { return apitest.Whole() }

func simple(at time.Time, n byte) recording.Recording { return apitest.Simple(at, int(n)) }

func idAt(at time.Time, n byte) uuid.UUID { return apitest.IDAt(at, int(n)) }

func TestHeadersWithoutAFormTakeNoRoom(t *testing.T) {
	store, dsn := migrated(t, nil)
	r := whole()
	if err := store.WriteRecordings(t.Context(), []recording.Recording{r, simple(noon, 2)}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, dsn, "recorded_requests WHERE header_form IS NULL AND response_header_form IS NULL"); n != 1 {
		t.Errorf("%d recordings are without forms, want 1", n)
	}
	execute(t, dsn, "UPDATE recorded_requests SET header_form = 'a:b' WHERE id = '"+r.ID.String()+"'")
	if _, err := store.Get(t.Context(), r.ID); err == nil || !strings.Contains(err.Error(), "header_form") {
		t.Errorf("a form that is none: %v", err)
	}
}

// What logs are told of a recording that cannot be stored has nothing of it.
func TestARejectionIsToldWithoutContents(t *testing.T) {
	store, _ := migrated(t, nil)
	impossible := simple(noon, 1)
	impossible.ResponseStatus = 1 << 40 // No integer of PostgreSQL.
	err := store.WriteRecordings(t.Context(), []recording.Recording{simple(noon, 0), impossible})
	rejected, ok := errors.AsType[*api.RejectedError](err)
	if !ok || !strings.Contains(rejected.Error(), "1 recordings cannot be stored") {
		t.Fatalf("%v", err)
	}
	if got, want := rejected.Reason(), "SQLSTATE 22003 numeric_value_out_of_range"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
}

func TestRecordingsWaitForThePostgreSQLThatIsAway(t *testing.T) {
	server := postgrestest.Server(t)
	store := open(t, server.DSN(), nil)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	batch := []recording.Recording{simple(noon, 1)}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	batch = append(batch, simple(noon, 2))
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteRecordings(t.Context(), batch); !errors.Is(err, api.ErrUnavailable) {
		t.Errorf("not unavailable: %v", err)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteRecordings(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if stats, err := store.Stats(t.Context(), recording.Filter{}); err != nil || stats.Total != 2 {
		t.Errorf("%d recordings, %v", stats.Total, err)
	}
}

func BenchmarkWriteRecordings(b *testing.B) {
	store, _ := migrated(b, nil)
	batch := make([]recording.Recording, 1000)
	for _, way := range []string{"new", "again"} {
		b.Run(way, func(b *testing.B) {
			for b.Loop() {
				if way == "new" {
					b.StopTimer()
					for i := range batch {
						batch[i] = whole()
						batch[i].ID, _ = uuid.NewV7()
						batch[i].Messages = nil
						batch[i].ResponseBody.Content = []byte(strings.Repeat("x", 1024))
					}
					b.StartTimer()
				}
				if err := store.WriteRecordings(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(len(batch))/b.Elapsed().Seconds(), "recordings/s")
		})
	}
}
