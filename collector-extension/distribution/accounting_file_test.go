package main

import (
	"context"
	"iter"
	"path/filepath"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// scanned is a store whose recordings are counted.
type scanned interface {
	Scan(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error]
}

// TestEveryExchangeIsAccountedForInAFile kills the Collector in the middle of traffic. The next one has all of that to take into the index
// for searching, while it is under load and is asked: that keeps writers waiting, and yet nothing of its own is dropped, or put on disk
// elsewhere. Each exchange is stored once, but for those that the first had in memory and has said nothing of.
func TestEveryExchangeIsAccountedForInAFile(t *testing.T) {
	c := &collector{environment: environment(t, greeter(t)), log: &log{}}
	file := filepath.Join(t.TempDir(), "mockforge.db")
	c.environment["FILE"], c.environment["SPOOL"] = file, t.TempDir()
	c.run(t, "testdata/file.yaml")
	first := startLoad(c.gateway, "first")
	first.more(t, 6000)
	said := c.metric(t, "mockforge_recorder_recordings_total")
	c.kill(t)
	answered := first.end()

	c.run(t, "testdata/file.yaml")
	second := startLoad(c.gateway, "second")
	second.more(t, 100)
	// Whatever is in the index by now, all of this is found.
	var page recording.Page
	c.ask(t, "POST", "/recordings/query", `{"text":"/FIRST/1","limit":500}`, &page)
	if len(page.Recordings) != 500 {
		t.Errorf("%d are found during the indexing, want a page of 500", len(page.Recordings))
	}
	second.more(t, 3000)
	later := second.end()
	for _, metric := range []string{"mockforge_recorder_dropped_total", "mockforge_recorder_spooled_total"} {
		if n := c.metric(t, metric); n != 0 {
			t.Errorf("%s is %v", metric, n)
		}
	}
	c.stop(t)

	store, err := sqlite.Open(file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	found, foundLater := recordedPaths(t, store, "first"), recordedPaths(t, store, "second")
	for _, path := range later {
		if foundLater[path] != 1 {
			t.Errorf("%s is stored %d times", path, foundLater[path])
		}
	}
	lost := 0
	for _, path := range answered {
		if found[path] == 0 {
			lost++
		}
	}
	t.Logf("of %d exchanges that were answered before the Collector was killed %d are lost, of %d afterwards none", len(answered), lost, len(later))
	if float64(len(found)) < said-1 { // of which one waited for the gateway
		t.Errorf("%d exchanges of the first Collector are stored, which had said %v", len(found), said)
	}
	// Nothing in the middle: what is lost was among the last that were answered.
	for _, path := range answered[:max(0, len(answered)-lost-inMemory)] {
		if found[path] == 0 {
			t.Errorf("%s is lost, though it was answered long before the end", path)
		}
	}
	for path, n := range found {
		if n > 1 {
			t.Errorf("%s is stored %d times", path, n)
		}
	}
}
