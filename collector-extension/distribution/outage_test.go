package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

func send(t *testing.T, c *collector, path string, n int) {
	t.Helper()
	for i := range n {
		if status, body := call(t, "GET", fmt.Sprintf("%s/%s/%d", c.gateway, path, i), "", ""); status != 200 || body != "hello" {
			t.Fatalf("traffic suffers: %d %s", status, body)
		}
	}
}

// stored counts recordings, and how many exchanges they are of.
func stored(t *testing.T, store *postgres.Store, path string) (recordings, exchanges int) {
	t.Helper()
	page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Path: "/" + path + "/*"}, Limit: 1000})
	if err != nil {
		return 0, 0
	}
	paths := map[string]bool{}
	for _, r := range page.Recordings {
		paths[r.Path] = true
	}
	return len(page.Recordings), len(paths)
}

func TestNothingIsLostThroughOutagesAndCrashes(t *testing.T) {
	server := postgrestest.Server(t)
	store, spool := database(t, server.DSN()), t.TempDir()
	c := startCollector(t, server.DSN(), greeter(t), spool, nil)
	send(t, c, "before", 50)
	eventually(t, "recordings are stored", func() bool { n, _ := stored(t, store, "before"); return n == 50 })

	// Some were on disk already where the schema took its time.
	before := c.metric(t, "mockforge_recorder_spooled_total")
	crash(t, server)
	send(t, c, "away", 300)
	eventually(t, "recordings are on disk", func() bool {
		return c.metric(t, "mockforge_recorder_spooled_total") == before+300 && c.metric(t, "mockforge_recorder_spooled_bytes") > 0
	})
	if dropped := c.metric(t, "mockforge_recorder_dropped_total"); dropped != 0 {
		t.Errorf("%v recordings were dropped", dropped)
	}
	// PostgreSQL is still away when the Collector crashes, and when it is back.
	c.kill(t)
	c = startCollector(t, "", "", "", c)
	if size := c.metric(t, "mockforge_recorder_spooled_bytes"); size == 0 {
		t.Error("nothing is on disk after the crash")
	}
	send(t, c, "again", 20)
	restart(t, server)
	eventually(t, "all is stored", func() bool {
		away, _ := stored(t, store, "away")
		again, _ := stored(t, store, "again")
		return away >= 300 && again >= 20
	})
	eventually(t, "the disk is free", func() bool { return c.metric(t, "mockforge_recorder_spooled_bytes") == 0 })
	for path, want := range map[string]int{"before": 50, "away": 300, "again": 20} {
		if recordings, exchanges := stored(t, store, path); recordings != want || exchanges != want {
			t.Errorf("/%s: %d recordings of %d exchanges, want %d, none twice", path, recordings, exchanges, want)
		}
	}

	crash(t, server)
	send(t, c, "late", 30)
	c.stop(t)
	if files, err := filepath.Glob(filepath.Join(spool, "*.spool")); err != nil || len(files) == 0 {
		t.Errorf("on disk after the stop: %v (%v), want what was held", files, err)
	}
	restart(t, server)
	c = startCollector(t, "", "", "", c)
	eventually(t, "what was held at the stop is stored", func() bool { n, _ := stored(t, store, "late"); return n == 30 })
	if _, exchanges := stored(t, store, "late"); exchanges != 30 {
		t.Errorf("%d exchanges, want 30", exchanges)
	}
	// Held in memory only for a moment, it is flushed at the stop.
	send(t, c, "last", 30)
	c.stop(t)
	if n, _ := stored(t, store, "last"); n != 30 {
		t.Errorf("%d recordings after the stop, want all 30", n)
	}
	if files, err := filepath.Glob(filepath.Join(spool, "*.spool")); err != nil || len(files) != 0 {
		t.Errorf("left on disk: %v (%v)", files, err)
	}
}

func TestASpoolThatAnotherCollectorUsesIsRefusedByItsKey(t *testing.T) {
	dsn, spool := postgrestest.DSN(t), t.TempDir()
	c := startCollector(t, dsn, greeter(t), spool, nil)
	second := environment(t, "http://127.0.0.1:1")
	second["DSN"], second["SPOOL"], second["UPSTREAM_KEY"] = dsn, spool, "x"
	output, err := command(t, second, "--config", "testdata/fleet.yaml").CombinedOutput()
	if err == nil || !containsAll(string(output), "recorder::storage::spool_directory", spool, "is in use by another collector") {
		t.Errorf("%v: %s", err, output)
	}
	if status, _ := call(t, "GET", c.gateway, "", ""); status != 200 {
		t.Errorf("the first collector answers %d", status)
	}
}

// A replay goes to the gateway's own upstream, with what the gateway adds to requests, whichever collector is asked.
func TestARecordingIsSentAgain(t *testing.T) {
	type seen struct{ key, replay string }
	requests := make(chan seen, 10)
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests <- seen{r.Header.Get("X-Upstream-Key"), r.Header.Get("X-MockForge-Replay")}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"sent":%d,"access_token":"hush-token"}`, len(r.Header.Get("X-MockForge-Replay")))
	}))
	defer upstream.Close()
	dsn := postgrestest.DSN(t)
	store := database(t, dsn)
	c := startCollector(t, dsn, upstream.URL, "", nil)
	<-requests // of /health
	if status, _ := call(t, "GET", c.gateway+"/users/1", "", ""); status != 200 {
		t.Fatalf("got %d", status)
	}
	<-requests
	var id string
	eventually(t, "the exchange is recorded", func() bool {
		page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Path: "/users/1"}})
		if err != nil || len(page.Recordings) != 1 {
			return false
		}
		id = page.Recordings[0].ID.String()
		return true
	})
	status, body := call(t, "POST", c.control+"/recordings/replay/"+id, "", `{}`)
	if status != 200 {
		t.Fatalf("replay: got %d %s", status, body)
	}
	if got := <-requests; got != (seen{"hush-upstream", id}) {
		t.Errorf("the upstream got %+v", got)
	}
	var comparison struct {
		Replayed struct{ Status int }
		Diff     struct {
			Equal bool
			Body  struct {
				Changes []struct{ Path string }
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &comparison); err != nil {
		t.Fatal(err)
	}
	if comparison.Replayed.Status != 200 || comparison.Diff.Equal || !containsAll(body, "$.sent") || containsAll(body, "hush") {
		t.Errorf("replay: %s", body)
	}
	if leftover, err := os.ReadDir(t.TempDir()); err != nil || len(leftover) != 0 {
		t.Errorf("%v %v", leftover, err)
	}
}
