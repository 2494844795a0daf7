package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// A byte in the head of a record of the spool is flipped while the Collector is down: one recording is lost, and counted.
func TestADamagedByteOnDiskLosesOneRecording(t *testing.T) {
	server := postgrestest.Server(t)
	store, spool := database(t, server.DSN()), t.TempDir()
	c := startCollector(t, server.DSN(), greeter(t), spool, nil)
	send(t, c, "before", 10)
	eventually(t, "recordings are stored", func() bool {
		n, _ := stored(t, store, "before")
		return n == 10 && c.metric(t, "mockforge_recorder_spooled_bytes") == 0
	})
	crash(t, server)
	before := c.metric(t, "mockforge_recorder_spooled_total")
	send(t, c, "away", 300)
	eventually(t, "recordings are on disk", func() bool { return c.metric(t, "mockforge_recorder_spooled_total") >= before+300 })
	c.kill(t)
	files, err := filepath.Glob(filepath.Join(spool, "*.spool"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	content, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	content[26] ^= 0x40 // in the length of its first record
	if err := os.WriteFile(files[len(files)-1], content, 0o600); err != nil {
		t.Fatal(err)
	}
	restart(t, server)
	c = startCollector(t, "", "", "", c)
	eventually(t, "the disk is free", func() bool {
		return c.metric(t, "mockforge_recorder_spooled_bytes") == 0 && c.metric(t, "mockforge_recorder_dropped_total") > 0
	})
	if lost := c.metric(t, "mockforge_recorder_dropped_total"); lost != 1 {
		t.Errorf("%v counted as lost, want 1", lost)
	}
	if recordings, exchanges := stored(t, store, "away"); recordings < 299 || recordings != exchanges {
		t.Errorf("%d recordings of %d exchanges, want 299 at least", recordings, exchanges)
	}
}

// A Collector that is configured with one day drops nothing that another one wants, which is not running just now.
func TestACollectorWithOneDayLeavesAloneWhatAnotherWants(t *testing.T) {
	dsn := postgrestest.DSN(t)
	store := database(t, dsn)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	week := func() (batch []recording.Recording) {
		for day := range 7 {
			batch = append(batch, recording.Recording{
				ID: uuid.Must(uuid.NewV7()), Timestamp: time.Now().AddDate(0, 0, -day), Protocol: recording.HTTP, Method: "GET",
				Path: fmt.Sprint("/week/", day), ScenarioMode: "healthy",
			})
		}
		return batch
	}
	if err := store.WriteRecordings(t.Context(), week()); err != nil {
		t.Fatal(err)
	}
	if err := store.Register(t.Context(), scenario.Instance{
		ID: "long", Name: "long", Started: time.Now(), Retention: scenario.Retention{RecordingDays: 30, HistoryDays: 730},
	}); err != nil {
		t.Fatal(err)
	}
	if err := store.Deregister(t.Context(), "long"); err != nil {
		t.Fatal(err)
	}
	// Of these the first goes when maintenance has come so far.
	if err := devpostgres.Execute(t.Context(), dsn, `INSERT INTO scenario_history (version, at, stored_at, by, action, scenario)
		SELECT n, now(), now() - interval '3 years', 'ada', 'mode', '{"mode": "healthy"}' FROM generate_series(-2, -1) n`); err != nil {
		t.Fatal(err)
	}
	start := func() *collector {
		before := &collector{environment: environment(t, greeter(t)), log: &log{}}
		before.environment["DSN"], before.environment["SPOOL"], before.environment["UPSTREAM_KEY"] = dsn, t.TempDir(), "x"
		before.environment["RETENTION_DAYS"] = "1"
		return startCollector(t, "", "", "", before)
	}
	c := start()
	eventually(t, "the old history is gone", func() bool {
		changes, err := store.History(t.Context(), 0, 10)
		return err == nil && len(changes) == 1
	})
	c.stop(t)
	if n, _ := stored(t, store, "week"); n != 7 || strings.Contains(c.log.String(), "old recordings dropped") {
		t.Errorf("%d of 7 days are left", n)
	}
	// A week after the other was seen for the last time it is another matter.
	if err := devpostgres.Execute(t.Context(), dsn, "UPDATE retention_claims SET last_seen_at = now() - interval '8 days' WHERE instance = 'long'"); err != nil {
		t.Fatal(err)
	}
	c = start()
	eventually(t, "days that nobody wants are gone", func() bool { n, _ := stored(t, store, "week"); return n == 2 })
	c.stop(t)
	if !strings.Contains(c.log.String(), "old recordings dropped") || !strings.Contains(c.log.String(), "kept_days") {
		t.Error("it does not say what it has dropped")
	}
}
