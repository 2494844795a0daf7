package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

// options are what the collectors of trials differ in.
type options struct {
	name string
	// dsn turns recording on.
	dsn      string
	upstream string
	// spoolMB is 256 where it is 0, headerTimeout a minute.
	spoolMB       int
	headerTimeout time.Duration
	// gateway are more keys of the gateway, in YAML as in the flow of a mapping.
	gateway string
	// noRecorder turns recording off although there is a database.
	noRecorder bool
}

// collector is one that runs, or has run.
type collector struct {
	*child.Child
	gateway, control, metrics string
	spool                     string
	configuration, binary     string
	started                   time.Time
	// base is the peak of its memory when it was warm, blown what it had when it was killed for it.
	base  int64
	blown atomic.Int64
}

const (
	// startLimit covers a cold start of the Collector on a busy machine.
	startLimit = 30 * time.Second
	// fuse is how much memory a collector may have in bytes before the trial kills it, to spare the machine: far above any promise.
	fuse = 3 << 30
	// endLimit is how long a collector may take to end by SIGTERM: a second for requests under way, five for what is to be
	// flushed, two for each farewell, and as much again for a busy machine.
	endLimit = 15 * time.Second
	// endPatience is how long it is waited for, to see what else is lost.
	endPatience = time.Minute
)

// collector starts one, which the end of the trial ends.
func (s *stage) collector(ctx context.Context, o options) *collector {
	if o.name == "" {
		o.name = "one"
	}
	c := &collector{binary: s.binary, spool: filepath.Join(s.directory, "spool-"+o.name), configuration: filepath.Join(s.directory, o.name+".yaml")}
	for _, address := range []*string{&c.gateway, &c.control, &c.metrics} {
		free, err := probe.FreeAddress(ctx)
		s.must(err)
		*address = free
	}
	if o.upstream == "" {
		o.upstream = s.upstream(ctx).address
	}
	// With the connection string's password: readable by the owner only.
	s.must(os.WriteFile(c.configuration, []byte(configurationOf(c, o)), 0o600))
	s.start(ctx, c)
	return c
}

// recording starts a database and a collector that records into it, and waits until it can.
func (s *stage) recording(ctx context.Context, o options) (*database, *collector) {
	d := s.database(ctx)
	o.dsn = d.dsn
	c := s.collector(ctx, o)
	s.ready(ctx, c)
	return d, c
}

// storage is its type: what has no database stores nothing.
func (o options) storage() string {
	if o.dsn == "" {
		return "memory"
	}
	return "postgres"
}

func configurationOf(c *collector, o options) string {
	if o.spoolMB == 0 {
		o.spoolMB = 256
	}
	if o.headerTimeout == 0 {
		o.headerTimeout = time.Minute
	}
	if o.gateway != "" {
		o.gateway = ", " + o.gateway
	}
	return fmt.Sprintf(`extensions:
  mockforge:
    gateways:
      - { name: chaos, server: { endpoint: %[1]q, read_header_timeout: %[2]s }, upstream: { endpoint: "http://%[3]s" }%[4]s }
    control: { endpoint: %[5]q, read_header_timeout: %[2]s }
    prometheus: { endpoint: %[6]q }
    opentelemetry: { enabled: false }
    recorder: { enabled: %[7]t, exclude_paths: ["/warm"], storage: { type: %[11]s, dsn: %[8]q, spool_directory: %[9]q, spool_max_mb: %[10]d } }
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }
exporters: { debug: {} }
service:
  extensions: [mockforge]
  telemetry: { logs: { level: warn }, metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [debug] } }
`, c.gateway, o.headerTimeout, o.upstream, o.gateway, c.control, c.metrics, !o.noRecorder, o.dsn, c.spool, o.spoolMB, o.storage())
}

// start runs the collector, for the first time or again, and waits until it answers.
func (s *stage) start(ctx context.Context, c *collector) {
	c.started = time.Now()
	process, err := child.Start(exec.Command(c.binary, "--config", c.configuration))
	s.must(err)
	c.Child = process
	s.later(func() error { process.Kill(); return nil })
	c.guard()
	err = probe.Until(ctx, startLimit, func() bool {
		select {
		case <-process.Exited():
			return true
		default:
		}
		status, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+c.gateway+"/warm", "")
		return err == nil && status == http.StatusOK
	})
	select {
	case <-process.Exited():
		err = fmt.Errorf("the Collector has ended")
	default:
	}
	if err != nil {
		s.must(fmt.Errorf("the Collector does not answer: %w: %s", err, lastLines(c.Log())))
	}
}

// guard kills the collector where it takes more memory than the machine should bear.
func (c *collector) guard() {
	process := c.Child
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-process.Exited():
				return
			case <-tick.C:
			}
			if peak, err := process.PeakMemory(); err == nil && peak > fuse {
				c.blown.Store(peak)
				process.Kill()
			}
		}
	}()
}

// lastLines returns the end of what a collector has logged, each without what is the same in all.
func lastLines(log string) string {
	const lines, most = 3, 200
	all := strings.Split(strings.TrimSpace(log), "\n")
	all = all[max(0, len(all)-lines):]
	for i, line := range all {
		text, rest, _ := strings.Cut(line, "\t{")
		if _, problem, ok := strings.Cut(rest, `"error": `); ok {
			text += ": " + problem
		}
		all[i] = text[:min(len(text), most)]
	}
	return strings.Join(all, " / ")
}

// ready waits until the collector has prepared the database and is registered there, so that what is recorded can be stored.
func (s *stage) ready(ctx context.Context, c *collector) {
	last := ""
	err := probe.Until(ctx, startLimit, func() bool {
		var answer struct {
			Instances []struct {
				Started  time.Time `json:"started_at"`
				Gateways []struct {
					Endpoint string `json:"endpoint"`
				} `json:"gateways"`
			} `json:"instances"`
		}
		_, text, err := probe.Fetch(ctx, http.MethodGet, "http://"+c.control+"/instances", "")
		last = text
		if err != nil || json.Unmarshal([]byte(text), &answer) != nil {
			return false
		}
		for _, i := range answer.Instances {
			// One of the same listener may be there that was killed before.
			if i.Started.After(c.started) && len(i.Gateways) > 0 && i.Gateways[0].Endpoint == c.gateway {
				return true
			}
		}
		return false
	})
	if err != nil {
		s.must(fmt.Errorf("the Collector does not follow the database: %w: %s: %s", err, last, lastLines(c.Log())))
	}
}

// terminate asks the collector to end and notes how long it took.
func (s *stage) terminate(c *collector) {
	started := time.Now()
	s.must(c.Terminate())
	s.ended(c, started)
}

// ended waits for the end of a collector that was asked to at started.
func (s *stage) ended(c *collector, started time.Time) {
	timer := time.NewTimer(endPatience)
	defer timer.Stop()
	select {
	case <-c.Exited():
		took := time.Since(started)
		s.promise(took <= endLimit, "ended %.1f s after SIGTERM", took.Seconds())
	case <-timer.C:
		s.promise(false, "still there %s after SIGTERM, and killed", endPatience)
		c.Kill()
	}
}

// warm has the collector answer a few requests, and takes its memory then as the base of what a trial may add.
func (s *stage) warm(ctx context.Context, c *collector) {
	for range 200 {
		_, _, err := probe.Fetch(ctx, http.MethodPost, "http://"+c.gateway+"/warm", strings.Repeat("x", 4096))
		s.must(err)
	}
	base, err := c.PeakMemory()
	s.must(err)
	c.base = base
}

// memory notes whether the collector's memory stayed within its base and so many MiB, which why explains.
func (s *stage) memory(c *collector, allowed int64, why string) {
	if s.gone(c) {
		return
	}
	peak, err := c.PeakMemory()
	if err != nil {
		c.Kill() // it is ending just now
		s.gone(c)
		return
	}
	s.promise(peak <= c.base+allowed<<20, "memory at its peak %d MiB, %d before; bound: %d more, %s", peak>>20, c.base>>20, allowed, why)
}

// gone reports whether the collector has ended, which it must not by itself, and notes why.
func (s *stage) gone(c *collector) bool {
	select {
	case <-c.Exited():
	default:
		return false
	}
	if blown := c.blown.Load(); blown > 0 {
		s.promise(false, "killed by the suite at %d MiB of memory", blown>>20)
	} else {
		s.promise(false, "the Collector has ended: %s", lastLines(c.Log()))
	}
	return true
}

// alive notes whether the collector still answers.
func (s *stage) alive(ctx context.Context, c *collector) {
	if s.gone(c) {
		return
	}
	status, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+c.gateway+"/warm", "")
	if err != nil || status != http.StatusOK {
		s.promise(false, "the gateway does not answer any more: %d, %v", status, err)
	}
}
