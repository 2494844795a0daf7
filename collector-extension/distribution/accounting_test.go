package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// load sends exchanges without a pause, each with a path of its own, and remembers those that were answered.
type load struct {
	sent, answers atomic.Int64
	stop          chan struct{}
	running       sync.WaitGroup
	mu            sync.Mutex
	answered      []string
}

func startLoad(gateway, name string) *load {
	l := &load{stop: make(chan struct{})}
	for range 4 {
		l.running.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
					l.send(gateway, fmt.Sprintf("/%s/%d", name, l.sent.Add(1)))
				}
			}
		})
	}
	return l
}

func (l *load) send(gateway, path string) {
	response, err := http.Get(gateway + path)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK || string(body) != "hello" {
		return
	}
	l.mu.Lock()
	l.answered = append(l.answered, path)
	l.mu.Unlock()
	l.answers.Add(1)
}

// more waits for n more answers.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	until := l.answers.Load() + n
	eventually(t, "traffic is answered", func() bool { return l.answers.Load() >= until })
}

func (l *load) end() []string {
	close(l.stop)
	l.running.Wait()
	return l.answered
}

// recordedPaths counts the recordings of each path.
func recordedPaths(t *testing.T, store scanned, name string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for r, err := range store.Scan(t.Context(), recording.Filter{Path: "/" + name + "/*"}, 1_000_000) {
		if err != nil {
			return nil
		}
		found[r.Path]++
	}
	return found
}

// TestEveryExchangeIsAccountedFor kills PostgreSQL and the Collector in the middle of traffic. Afterwards each exchange that
// was answered is stored once, or counted as dropped; only what a Collector had in memory when it was killed is neither, and
// of that it has said nothing.
func TestEveryExchangeIsAccountedFor(t *testing.T) {
	server := postgrestest.Server(t)
	store := database(t, server.DSN())
	c := startCollector(t, server.DSN(), greeter(t), t.TempDir(), nil)

	first := startLoad(c.gateway, "first")
	first.more(t, 300)
	crash(t, server)
	first.more(t, 500)
	restart(t, server)
	first.more(t, 300)
	eventually(t, "what was on disk is stored", func() bool { return c.metric(t, "mockforge_recorder_spooled_bytes") == 0 })
	loaded := c.metric(t, "mockforge_recorder_spooled_total")
	crash(t, server)
	first.more(t, 300)
	// What the Collector says it has stored or put on disk, at a moment before its end.
	said := c.metric(t, "mockforge_recorder_recordings_total") + c.metric(t, "mockforge_recorder_spooled_total") - loaded
	dropped := c.metric(t, "mockforge_recorder_dropped_total")
	c.kill(t)
	answered := first.end()

	restart(t, server)
	c = startCollector(t, "", "", "", c)
	second := startLoad(c.gateway, "second")
	second.more(t, 300)
	crash(t, server)
	second.more(t, 300)
	restart(t, server)
	second.more(t, 100)
	later := second.end()

	eventually(t, "all of the second Collector is stored or counted", func() bool {
		missing := 0
		found := recordedPaths(t, store, "second")
		for _, path := range later {
			if found[path] == 0 {
				missing++
			}
		}
		return found != nil && float64(missing) == c.metric(t, "mockforge_recorder_dropped_total") && c.metric(t, "mockforge_recorder_spooled_bytes") == 0
	})
	found := recordedPaths(t, store, "first")
	if float64(len(found)) < said {
		t.Errorf("%d exchanges of the first Collector are stored, which had said %v", len(found), said)
	}
	lost := 0
	for _, path := range answered {
		if found[path] == 0 {
			lost++
		}
	}
	t.Logf("of %d exchanges that were answered before the Collector was killed %d are lost, %v of them counted", len(answered), lost, dropped)
	// Nothing in the middle: what is lost was among the last that were answered.
	for _, path := range answered[:max(0, len(answered)-lost-inMemory)] {
		if found[path] == 0 && dropped == 0 {
			t.Errorf("%s is lost, though it was answered long before the end", path)
		}
	}
	for path, n := range found {
		if n > 1 {
			t.Errorf("%s is stored %d times", path, n)
		}
	}
	for path, n := range recordedPaths(t, store, "second") {
		if n > 1 {
			t.Errorf("%s is stored %d times", path, n)
		}
	}
	if strings.Contains(c.log.String(), "panic") {
		t.Error("the Collector panicked")
	}
}

// inMemory is by how much answers may be out of the order in which their exchanges were recorded: those under way at once.
const inMemory = 100
