package mockforgeextension

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

// A real PostgreSQL that takes 20 rows a second gets all recordings once, whoever ends what takes too long: the recorder, the
// server by statement_timeout, or both.
func TestASlowPostgreSQLGetsEveryRecordingOnce(t *testing.T) {
	const total = 60
	for name, test := range map[string]struct {
		dsn   string
		limit time.Duration
		disk  bool
	}{
		"the recorder's limit":          {"", time.Second, false},
		"the server's limit":            {"&statement_timeout=1000", 0, false},
		"the recorder's limit, on disk": {"", time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := postgrestest.DSN(t)
			store, err := storage.Open(storage.Config{DSN: dsn + test.dsn}, storage.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			if err := store.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := devpostgres.Execute(t.Context(), dsn, `CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.05); RETURN NEW; END $$;
				CREATE TRIGGER slowly BEFORE INSERT ON recorded_requests FOR EACH ROW EXECUTE FUNCTION slowly()`); err != nil {
				t.Fatal(err)
			}
			counts := &counted{all: make(chan struct{}), total: total}
			options := recorder.Options{
				Sink: sink{store, slog.New(slog.DiscardHandler)}, Redactor: counts, Metrics: counts, Logger: slog.New(slog.DiscardHandler), BufferSize: total, AttemptLimit: test.limit,
			}
			if test.disk {
				opened, err := spool.Open(spool.Options{Directory: t.TempDir(), MaxBytes: 8 << 20})
				if err != nil {
					t.Fatal(err)
				}
				defer opened.Close()
				options.Spool = opened
			}
			r := recorder.New(options)
			for i := range total {
				r.Record(&recording.Recording{ID: uuid.Must(uuid.NewV7()), Timestamp: time.Now().Add(-time.Duration(i) * time.Second), Method: "GET", Path: "/", ScenarioMode: "healthy", Protocol: recording.HTTP})
			}
			r.Start()
			select {
			case <-counts.all:
			case <-t.Context().Done():
			}
			r.Shutdown(context.Background())
			page, err := store.Query(context.Background(), recording.Query{Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Recordings) != total || counts.dropped != 0 || counts.recorded != total {
				t.Errorf("%d are stored, %d counted as stored, %d as dropped; want %d", len(page.Recordings), counts.recorded, counts.dropped, total)
			}
		})
	}
}

// counted are metrics that tell when all is stored or dropped, and a redactor that has nothing to do.
type counted struct {
	mu                       sync.Mutex
	recorded, dropped, total int
	all                      chan struct{}
}

func (c *counted) count(recorded, dropped int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.recorded + c.dropped
	c.recorded, c.dropped = c.recorded+recorded, c.dropped+dropped
	if now := c.recorded + c.dropped; before < c.total && now >= c.total {
		close(c.all)
	}
}

func (c *counted) Redact(*recording.Recording) {}
func (c *counted) Recorded(n int)              { c.count(n, 0) }
func (c *counted) Dropped(_ string, n int)     { c.count(0, n) }
func (c *counted) SampledOut()                 {}
func (c *counted) Spooled(int)                 {}
func (c *counted) Flushed(time.Duration)       {}
