package main

import (
	"bytes"
	"context"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// collector is a Collector that runs as a process of its own.
type collector struct {
	gateway, control, metrics string
	environment               map[string]string
	process                   *exec.Cmd
	ended                     chan error
	log                       *log
}

// log is what a process writes.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startCollector starts a Collector on free ports, and again on those of before where there is one.
func startCollector(t *testing.T, dsn, upstream, spool string, before *collector) *collector {
	t.Helper()
	var c *collector
	if before != nil {
		c = &collector{environment: before.environment, log: before.log}
	} else {
		c = &collector{environment: environment(t, upstream), log: &log{}}
		c.environment["DSN"], c.environment["SPOOL"], c.environment["UPSTREAM_KEY"] = dsn, spool, "hush-upstream"
	}
	c.run(t, "testdata/fleet.yaml")
	return c
}

// run starts a Collector with a configuration that has the places of its environment.
func (c *collector) run(t *testing.T, configuration string) {
	t.Helper()
	c.gateway = "http://127.0.0.1:" + c.environment["GATEWAY_PORT"]
	c.control = "http://127.0.0.1:" + c.environment["CONTROL_PORT"]
	c.metrics = "http://127.0.0.1:" + c.environment["METRICS_PORT"] + "/metrics"
	c.process, c.ended = command(t, c.environment, "--config", configuration), make(chan error, 1)
	c.process.Stdout, c.process.Stderr = c.log, c.log
	if err := c.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.process.Wait() }()
	t.Cleanup(func() {
		c.kill(t)
		if t.Failed() {
			t.Logf("log of the Collector on %s:\n%s", c.gateway, c.log.String())
		}
	})
	eventually(t, "the gateway answers", func() bool { status, _ := call(t, "GET", c.gateway+"/health", "", ""); return status != 0 })
}

// kill ends the process as a crash would.
func (c *collector) kill(t *testing.T) {
	t.Helper()
	_ = c.process.Process.Kill()
	c.wait(t)
}

// stop ends the process in order.
func (c *collector) stop(t *testing.T) {
	t.Helper()
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.wait(t); err != nil {
		t.Errorf("stopped with %v", err)
	}
}

func (c *collector) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-c.ended:
		c.ended <- nil
		return err
	case <-time.After(patience):
		t.Fatal("the Collector does not end")
		return nil
	}
}

// metric returns the sum of a metric's samples; 0 where there are none.
func (c *collector) metric(t *testing.T, name string) float64 {
	t.Helper()
	_, text := call(t, "GET", c.metrics, "", "")
	sum := 0.0
	for _, sample := range regexp.MustCompile(`(?m)^`+name+`(?:\{[^}]*\})? (\S+)$`).FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(sample[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += value
	}
	return sum
}

// eventually waits for what must happen; nothing depends on how long it takes.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

// database returns what the Collectors of a test share.
func database(t *testing.T, dsn string) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func crash(t *testing.T, server *devpostgres.Server) {
	t.Helper()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func restart(t *testing.T, server *devpostgres.Server) {
	t.Helper()
	if err := server.Restart(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}
