package main

import (
	"context"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// A Collector that is told to stop does so while queries of its control API hang, whatever they wait for.
func TestTheCollectorStopsWhileQueriesHang(t *testing.T) {
	dsn := postgrestest.DSN(t)
	store := database(t, dsn)
	c := startCollector(t, dsn+"&statement_timeout=0", greeter(t), t.TempDir(), nil)
	eventually(t, "the collector has prepared the database", func() bool {
		instances, err := store.Instances(t.Context())
		return err == nil && len(instances) == 1
	})
	eventually(t, "it is asked", func() bool {
		status, _ := call(t, "POST", c.control+"/recordings/query", "", "{}")
		return status == 200
	})

	waiting, _ := postgrestest.Lock(t, dsn, "recorded_requests")
	hanging := make(chan struct{}, 8)
	for range cap(hanging) {
		go func() {
			defer func() { hanging <- struct{}{} }()
			r, err := http.NewRequestWithContext(context.Background(), "POST", c.control+"/recordings/query", strings.NewReader("{}"))
			if err != nil {
				return
			}
			r.Header.Set("Content-Type", "application/json")
			if response, err := http.DefaultClient.Do(r); err == nil {
				_ = response.Body.Close()
			}
		}()
	}
	eventually(t, "queries wait for the lock", func() bool { return waiting("mockforge control API") >= 1 })
	if status, body := call(t, "POST", c.control+"/scenarios/stop", "", `{"reason":"enough"}`); status != 200 {
		t.Errorf("stopping is held up: %d %s", status, body)
	}
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// The lock is held until the process has ended.
	if err := c.wait(t); err != nil {
		t.Errorf("stopped with %v", err)
	}
	for range cap(hanging) {
		<-hanging
	}
	if err := store.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
