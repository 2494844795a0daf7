package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// Two Collectors have the gateway. The one that works on a job is killed in the middle of it; the other one goes on, and
// the upstream gets no recording twice.
func TestAJobOutlivesTheCollectorThatWorksOnIt(t *testing.T) {
	var mu sync.Mutex
	replayed := map[string]int{}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id := r.Header.Get("X-MockForge-Replay"); id != "" {
			mu.Lock()
			replayed[id]++
			mu.Unlock()
		}
		_, _ = w.Write([]byte("hello"))
	}))
	defer upstream.Close()
	dsn := postgrestest.DSN(t)
	store := database(t, dsn)
	first := startCollector(t, dsn, upstream.URL, t.TempDir(), nil)
	const n = 120
	send(t, first, "items", n)
	eventually(t, "all are recorded", func() bool { recordings, _ := stored(t, store, "items"); return recordings == n })

	status, body := call(t, "POST", first.control+"/recordings/replays", "",
		`{"filter":{"path":"/items/*"},"pace":{"mode":"rate","rate":30},"header_overrides":{"X-Session":"hush-session"}}`)
	if status != http.StatusCreated || containsAll(body, "hush") {
		t.Fatalf("%d %s", status, body)
	}
	var job replay.Job
	if err := json.Unmarshal([]byte(body), &job); err != nil {
		t.Fatal(err)
	}
	look := func(c *collector) replay.Job {
		var job2 replay.Job
		if status, body := call(t, "GET", fmt.Sprintf("%s/recordings/replays/%s", c.control, job.ID), "", ""); status == 200 {
			if err := json.Unmarshal([]byte(body), &job2); err != nil {
				t.Fatal(err)
			}
		}
		return job2
	}
	eventually(t, "some were sent", func() bool { return look(first).Same >= 10 })
	second := startCollector(t, dsn, upstream.URL, t.TempDir(), nil)
	first.kill(t)
	eventually(t, "the other Collector has done the rest", func() bool { return look(second).Status == replay.JobDone })

	job = look(second)
	if job.Total != n || job.Same+job.Failed != n || job.Different+job.Skipped != 0 {
		t.Errorf("the job ended as %+v", job)
	}
	mu.Lock()
	defer mu.Unlock()
	for id, times := range replayed {
		if times != 1 {
			t.Errorf("recording %s was sent %d times", id, times)
		}
	}
	if len(replayed) < job.Same || len(replayed) > n {
		t.Errorf("the upstream got %d recordings, %d have their answer", len(replayed), job.Same)
	}
	if log := first.log.String() + second.log.String(); containsAll(log, "hush-session") {
		t.Error("a header's value is in the log")
	}
}
