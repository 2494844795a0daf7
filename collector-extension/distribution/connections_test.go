package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// held returns how many connections Collectors have. One that was given back is there until its process has ended: what is seen
// three times counts.
func held(t *testing.T, observer *postgrestest.Observer) int {
	t.Helper()
	least := -1
	for range 3 {
		if n := observer.Connections(t, "mockforge collector", "mockforge control API"); least < 0 || n < least {
			least = n
		}
		time.Sleep(20 * time.Millisecond)
	}
	return least
}

// startLimited starts a Collector with a number of connections.
func startLimited(t *testing.T, dsn, upstream string, connections int) *collector {
	t.Helper()
	t.Setenv("MAX_CONNECTIONS", fmt.Sprint(connections))
	return startCollector(t, dsn, upstream, t.TempDir(), nil)
}

func TestACollectorHoldsAsManyConnectionsAsItNeeds(t *testing.T) {
	for _, most := range []int{2, 3, 4, 8} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			dsn, upstream := postgrestest.DSN(t), greeter(t)
			db, store := postgrestest.Observe(t, dsn), database(t, dsn)
			c := startLimited(t, dsn, upstream, most)
			eventually(t, "it is live", instances(t, store, func(all []scenario.Instance) bool { return len(all) == 1 && all[0].Live }))
			eventually(t, "an idle one holds two", func() bool { return held(t, db) == 2 })

			over := make(chan struct{})
			var load sync.WaitGroup
			again := func(do func()) {
				load.Go(func() {
					for {
						select {
						case <-over:
							return
						default:
							do()
						}
					}
				})
			}
			for range 4 {
				again(func() { call(t, "GET", c.gateway+"/a", "", "") })
				again(func() { call(t, "POST", c.control+"/recordings/query", "", `{"limit":10}`) })
				again(func() { call(t, "GET", c.control+"/recordings/stats", "", "") })
				again(func() { call(t, "GET", c.control+"/instances", "", "") })
			}
			again(func() { call(t, "PUT", c.control+"/scenarios/mode?wait=5s", "", `{"mode":"healthy"}`) })
			most, highest := most, 0
			for range 30 {
				highest = max(highest, held(t, db))
			}
			close(over)
			load.Wait()
			if highest > most {
				t.Errorf("%d connections under load, want at most %d", highest, most)
			}
			eventually(t, "what is not used is given back", func() bool { return held(t, db) == 2 })
			eventually(t, "all is recorded", func() bool {
				stats, err := store.Stats(t.Context(), recording.Filter{})
				return err == nil && stats.Total > 0 && c.metric(t, "mockforge_recorder_queue_length") == 0
			})
			if got, _ := call(t, "GET", c.control+"/instances", "", ""); got != http.StatusOK {
				t.Errorf("after the load the control API answers %d", got)
			}
		})
	}
}

func TestADozenCollectorsShareAServerOfFortyConnections(t *testing.T) {
	postgres, upstream := postgrestest.ServerOf(t, 40), greeter(t)
	store := database(t, postgres.DSN())
	all := make([]*collector, 12)
	for i := range all {
		all[i] = startCollector(t, postgres.DSN(), upstream, "", nil)
	}
	eventually(t, "all are live", instances(t, store, func(known []scenario.Instance) bool {
		live := 0
		for _, i := range known {
			if i.Live {
				live++
			}
		}
		return live == len(all)
	}))
	db := postgrestest.Observe(t, postgres.DSN())
	eventually(t, "each holds two connections", func() bool { return held(t, db) == 2*len(all) })
	followed(t, store, all[0], 510, all...)
}

func TestACollectorThatIsRefusedSaysSoAndComesBack(t *testing.T) {
	const connections = 10
	postgres, upstream := postgrestest.ServerOf(t, connections), greeter(t)
	store := database(t, postgres.DSN())
	if err := store.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	leave := postgrestest.Occupy(t, postgres.DSN())
	c := startCollector(t, postgres.DSN(), upstream, t.TempDir(), nil)
	const said = "PostgreSQL refuses a connection"
	eventually(t, "it says so", func() bool { return strings.Contains(c.log.String(), said) })
	for range 5 {
		if got, body := call(t, "GET", c.gateway+"/a", "", ""); got != 200 || body != "hello" {
			t.Errorf("meanwhile the gateway answers %d %s", got, body)
		}
	}
	eventually(t, "recordings wait on the disk", func() bool { return c.metric(t, "mockforge_recorder_spooled_bytes") > 0 })
	if n := strings.Count(c.log.String(), said); n != 1 {
		t.Errorf("it was said %d times, want once", n)
	}
	if line := lineWith(c.log.String(), said); !strings.Contains(line, "error") || !strings.Contains(line, "max_connections") {
		t.Errorf("it is said so: %s", line)
	}
	leave()
	eventually(t, "it is live", func() bool {
		known, err := store.Instances(t.Context())
		return err == nil && len(known) == 1 && known[0].Live
	})
	eventually(t, "what waited is stored", func() bool {
		stats, err := store.Stats(t.Context(), recording.Filter{})
		return err == nil && stats.Total == 5
	})
	followed(t, store, c, 510, c)
}

// lineWith returns the line of a log that has a text.
func lineWith(log, text string) string {
	for line := range strings.Lines(log) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// Through PgBouncer in transaction mode no notification arrives, and a switch does all the same.
func TestAFleetBehindPgBouncer(t *testing.T) {
	direct, upstream := postgrestest.DSN(t), greeter(t)
	dsn := postgrestest.PgBouncer(t, direct)
	store := database(t, direct)
	first := startCollector(t, dsn, upstream, "", nil)
	second := startCollector(t, dsn, upstream, "", nil)
	eventually(t, "both are live", instances(t, store, func(all []scenario.Instance) bool {
		return len(all) == 2 && all[0].Live && all[1].Live
	}))
	for _, by := range []*collector{first, second} {
		eventually(t, "it looks for changes by itself", func() bool { return strings.Contains(by.log.String(), "changes are looked for every second") })
	}
	for i := range 5 {
		followed(t, store, []*collector{first, second}[i%2], 510+i, first, second)
	}
	eventually(t, "it is recorded", func() bool {
		stats, err := store.Stats(t.Context(), recording.Filter{})
		return err == nil && stats.Total > 0
	})
	for _, c := range []*collector{first, second} {
		if got, body := call(t, "POST", c.control+"/recordings/query", "", `{"limit":10}`); got != http.StatusOK {
			t.Errorf("a query gets %d %s", got, body)
		}
	}
}
