package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"

	"github.com/shirou/gopsutil/v4/process"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
)

// memoryCommand measures the memory of a recording gateway over minutes; it takes long, so that it is apart from the rest.
const memoryCommand = "memory"

// memorySettings say for how long, and under what load.
type memorySettings struct {
	collector   string
	output      string
	duration    time.Duration
	rate        int
	connections int
	note        string
}

// memorySamples is how many lines the table has at most.
const memorySamples = 20

func memory(ctx context.Context, arguments []string) error {
	var s memorySettings
	flags := flag.NewFlagSet(memoryCommand, flag.ContinueOnError)
	flags.StringVar(&s.collector, "collector", "bin/mockforge-collector", "the Collector to measure")
	flags.StringVar(&s.output, "output", "bench/RESULTS-MEMORY.md", "the file to write")
	flags.DurationVar(&s.duration, "duration", 10*time.Minute, "how long the gateway is under load")
	flags.IntVar(&s.rate, "rate", 1000, "how many requests a second")
	flags.IntVar(&s.connections, "connections", 16, "how many connections the client holds")
	flags.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	switch {
	case s.duration < 10*time.Second || s.duration > 24*time.Hour:
		return fmt.Errorf("-duration must be from 10s to 24h, is %s", s.duration)
	case s.rate < 1 || s.rate > 100_000:
		return fmt.Errorf("-rate must be from 1 to 100000, is %d", s.rate)
	case s.connections < 1 || s.connections > 1000:
		return fmt.Errorf("-connections must be from 1 to 1000, is %d", s.connections)
	}
	directory, err := os.MkdirTemp("", "mockforge-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	text, err := measureMemory(ctx, s, directory)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Clean(s.output), []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}

func measureMemory(ctx context.Context, s memorySettings, directory string) (text string, err error) {
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	upstream, at, err := startPeer("upstream")
	if err != nil {
		return "", err
	}
	defer upstream.Kill()
	g, err := startGateway(ctx, directory, at[0], gatewayOptions{name: "recording", binary: s.collector, dsn: server.DSN()})
	if err != nil {
		return "", err
	}
	defer func() { _ = g.Stop() }()
	c := &contender{name: withRecorder, process: g.Child, client: newClient(g.plain, s.connections)}

	loading, stop := context.WithTimeout(ctx, s.duration)
	defer stop()
	var answered, failed atomic.Int64
	var workers sync.WaitGroup
	each := time.Duration(s.connections) * time.Second / time.Duration(s.rate)
	for range s.connections {
		workers.Go(func() {
			tick := time.NewTicker(each)
			defer tick.Stop()
			for {
				select {
				case <-loading.Done():
					return
				case <-tick.C:
				}
				// Not loading: none is broken off at the end, so that all can be accounted for.
				if _, err := c.client.get(ctx); err != nil {
					failed.Add(1)
				} else {
					answered.Add(1)
				}
			}
		})
	}
	var rows [][]string
	start := time.Now()
	tick := time.NewTicker(s.duration / memorySamples)
	defer tick.Stop()
	for loading.Err() == nil {
		select {
		case <-loading.Done():
		case <-tick.C:
			row, err := memoryRow(ctx, g, time.Since(start), answered.Load())
			if err != nil {
				return "", err
			}
			rows = append(rows, row)
			fmt.Println(" ", row)
		}
	}
	workers.Wait()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err := settle(ctx, g); err != nil {
		return "", err
	}
	c.requests, c.failures = int(answered.Load()), int(failed.Load())
	r := report.New("Memory of a recording gateway", fmt.Sprintf("Written by `go run ./bench memory`: %d requests a second for %s, each recorded with bodies and headers into PostgreSQL. %s", s.rate, s.duration, s.note))
	r.Table([]string{"after", "answered", "resident, MiB", "heap in use, MiB", "goroutines", "recordings in memory", "spooled, KiB"}, rows)
	if err := reportRecordings(ctx, r, g, c, server.DSN()); err != nil {
		return "", err
	}
	return r.String(), nil
}

func memoryRow(ctx context.Context, g *gateway, after time.Duration, answered int64) ([]string, error) {
	p, err := process.NewProcessWithContext(ctx, int32(g.PID()))
	if err != nil {
		return nil, err
	}
	memory, err := p.MemoryInfoWithContext(ctx)
	if err != nil {
		return nil, err
	}
	row := []string{after.Round(time.Second).String(), fmt.Sprint(answered), fmt.Sprintf("%.1f", float64(memory.RSS)/(1<<20))}
	for _, metric := range []struct {
		name string
		unit float64
	}{{"go_memstats_heap_inuse_bytes", 1 << 20}, {"go_goroutines", 1}, {"mockforge_recorder_queue_length", 1}, {"mockforge_recorder_spooled_bytes", 1 << 10}} {
		value, err := g.metric(ctx, metric.name)
		if err != nil {
			return nil, err
		}
		row = append(row, fmt.Sprintf("%.0f", value/metric.unit))
	}
	return row, nil
}
