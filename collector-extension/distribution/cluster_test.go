package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// clustered starts a Collector on a ClickHouse and a PostgreSQL.
func clustered(t *testing.T, database clickhousetest.Database, dsn, upstream string) *collector {
	t.Helper()
	c := &collector{environment: environment(t, upstream), log: &log{}}
	c.environment["CLICKHOUSE"], c.environment["DATABASE"], c.environment["CLUSTER"] = database.Endpoint, database.Database, database.Cluster
	c.environment["DSN"], c.environment["SPOOL"] = dsn, t.TempDir()
	c.run(t, "testdata/cluster.yaml")
	return c
}

// paths asks a Collector how often each path of a pattern is recorded; nothing while its stores do not answer.
func (c *collector) paths(t *testing.T, pattern string) map[string]int {
	t.Helper()
	var page recording.Page
	if status, _ := call(t, "POST", c.control+"/recordings/query", "", `{}`); status != http.StatusOK {
		return nil
	}
	c.ask(t, "POST", "/recordings/query", `{"path":"`+pattern+`","limit":1000}`, &page)
	found := map[string]int{}
	for _, r := range page.Recordings {
		found[r.Path]++
	}
	return found
}

// once reports whether there are so many paths, each of which is recorded once.
func once(found map[string]int, n int) bool {
	for _, times := range found {
		if times != 1 {
			return false
		}
	}
	return len(found) == n
}

// A Collector does on a cluster what it does on a file, and knows all of it again after it was killed.
func TestACollectorOnACluster(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "here is %s", r.URL.Path) }))
	t.Cleanup(upstream.Close)
	c := clustered(t, clickhousetest.Two(t), postgrestest.DSN(t), upstream.URL)

	const rounds = 40
	for range rounds {
		for _, path := range []string{"/login", "/account"} {
			if status := c.visit(t, "web-shop", path); status != http.StatusOK {
				t.Fatalf("%s: %d", path, status)
			}
		}
		c.visit(t, "crawler", "/catalogue")
	}
	eventually(t, "the control API answers", func() bool { return c.paths(t, "/login") != nil })
	c.recorded(t, 3*rounds)
	var found recording.Page
	c.ask(t, "POST", "/recordings/query", `{"text":"here is /account","limit":500}`, &found)
	if len(found.Recordings) != rounds {
		t.Errorf("the search finds %d, want %d", len(found.Recordings), rounds)
	}
	one := found.Recordings[0].ID.String()
	c.ask(t, "PUT", "/recordings/"+one+"/tags", `{"tags":["mine"]}`, nil)

	var report api.PatternReport
	c.ask(t, "POST", "/recordings/patterns", `{}`, &report)
	if report.Analysed != 3*rounds || len(report.Patterns) == 0 {
		t.Errorf("%d are analysed, %d patterns found", report.Analysed, len(report.Patterns))
	}
	var compared replay.Comparison
	c.ask(t, "POST", "/recordings/replay/"+one, `{}`, &compared)
	if !compared.Diff.Equal {
		t.Errorf("replayed: %+v", compared)
	}
	var job replay.Job
	c.ask(t, "POST", "/recordings/replays", `{"filter":{"path":"/login"},"pace":{"mode":"rate","rate":1000}}`, &job)
	eventually(t, "the job is over", func() bool {
		c.ask(t, "GET", "/recordings/replays/"+job.ID.String(), "", &job)
		return job.EndedAt != nil
	})
	if job.Same != rounds {
		t.Errorf("the job has sent %+v", job)
	}

	c.ask(t, "POST", "/scenarios/presets", `{"name":"out-to-lunch","mode":"error","error_rate":1,"status_codes":[503]}`, nil)
	c.ask(t, "POST", "/scenarios/presets/out-to-lunch", `{"reason":"noon"}`, nil)
	answers(t, c, http.StatusServiceUnavailable)
	c.kill(t)
	c.run(t, "testdata/cluster.yaml")
	answers(t, c, http.StatusServiceUnavailable)
	eventually(t, "the control API answers", func() bool { return c.paths(t, "/login") != nil })
	var presets struct{ Presets []scenario.Preset }
	c.ask(t, "GET", "/scenarios/presets", "", &presets)
	if !slices.ContainsFunc(presets.Presets, func(p scenario.Preset) bool { return p.Name == "out-to-lunch" }) {
		t.Errorf("after a crash the preset is gone: %+v", presets)
	}
	var tagged recording.Page
	c.ask(t, "POST", "/recordings/query", `{"tags":["mine"]}`, &tagged)
	if len(tagged.Recordings) != 1 || tagged.Recordings[0].ID.String() != one {
		t.Errorf("after a crash %d have the tag, want %s", len(tagged.Recordings), one)
	}
	var stored api.PatternReport
	c.ask(t, "GET", "/recordings/patterns", "", &stored)
	if len(stored.Patterns) != len(report.Patterns) {
		t.Errorf("after a crash %d patterns are stored, want %d", len(stored.Patterns), len(report.Patterns))
	}
}

// While ClickHouse is away the scenario is switched, and recordings go to the disk; while PostgreSQL is away they are stored. Through crashes
// of all three nothing is lost, and nothing is doubled.
func TestAClusterOfWhichAPartIsAwayLosesNothing(t *testing.T) {
	database, server := clickhousetest.Private(t, 1), postgrestest.Server(t)
	c := clustered(t, database, server.DSN(), greeter(t))
	send(t, c, "before", 50)
	eventually(t, "recordings are stored", func() bool { return once(c.paths(t, "/before/*"), 50) })

	before := c.metric(t, "mockforge_recorder_spooled_total")
	database.Servers[0].Kill()
	send(t, c, "away", 200)
	eventually(t, "recordings are on disk", func() bool { return c.metric(t, "mockforge_recorder_spooled_total") == before+200 })
	switched(t, c, http.StatusTeapot, c)
	if status, body := call(t, "POST", c.control+"/recordings/query", "", "{}"); status != http.StatusServiceUnavailable {
		t.Errorf("without ClickHouse recordings are %d %s", status, body)
	}
	c.ask(t, "POST", "/scenarios/stop", "", nil)
	answers(t, c, http.StatusOK)
	c.kill(t)
	c.run(t, "testdata/cluster.yaml")
	send(t, c, "again", 20)
	if err := database.Servers[0].Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"before": 50, "away": 200, "again": 20} {
		eventually(t, "all of /"+path+" is stored", func() bool { return once(c.paths(t, "/"+path+"/*"), want) })
	}
	eventually(t, "the disk is free", func() bool { return c.metric(t, "mockforge_recorder_spooled_bytes") == 0 })

	crash(t, server)
	send(t, c, "late", 30)
	eventually(t, "recordings are stored without PostgreSQL", func() bool {
		count, err := database.Servers[0].Execute(t.Context(), "SELECT count() FROM "+database.Database+".recordings WHERE path LIKE '/late/%'")
		return err == nil && count == "30"
	})
	restart(t, server)
	eventually(t, "what was sent without PostgreSQL is stored", func() bool { return once(c.paths(t, "/late/*"), 30) })
	for path, want := range map[string]int{"before": 50, "away": 200, "again": 20} {
		if found := c.paths(t, "/"+path+"/*"); !once(found, want) {
			t.Errorf("/%s: %v, want %d, each once", path, found, want)
		}
	}
	if dropped := c.metric(t, "mockforge_recorder_dropped_total"); dropped != 0 {
		t.Errorf("%v recordings were dropped", dropped)
	}
}
