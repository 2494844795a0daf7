// Command bench measures the product beside peers, in the same run on the same machine, and writes RESULTS.md. Figures of
// different machines or days do not compare; the ratios within one run do.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"
)

// parts are what can be measured alone.
var parts = []string{"gateway", "traffic", "engine", "writing"}

// settings say what is measured and for how long.
type settings struct {
	collector   string
	output      string
	round       time.Duration
	rounds      int
	connections int
	delays      int
	rows        int
	note        string
	only        string
	// before is the Collector of an earlier build, which is measured beside this one; empty is none.
	before string
	// traffic names the kinds of other traffic, empty for all; trafficRound is how long each proxy is under each.
	traffic      string
	trafficRound time.Duration
	// databaseCore is the core that PostgreSQL has for itself, -1 for none.
	databaseCore int
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		exit(serve(os.Args[2:]))
		return
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if len(os.Args) > 1 && os.Args[1] == queriesCommand {
		exit(queries(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == clusterCommand {
		exit(cluster(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == rollupsCommand {
		exit(rollups(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == sqliteCommand {
		exit(inFile(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == memoryCommand {
		exit(memory(ctx, os.Args[2:]))
		return
	}
	if len(os.Args) > 1 && os.Args[1] == fleetCommand {
		exit(fleet(ctx, os.Args[2:]))
		return
	}
	var s settings
	flag.StringVar(&s.collector, "collector", "bin/mockforge-collector", "the Collector to measure")
	flag.StringVar(&s.output, "output", "bench/RESULTS.md", "the file to write")
	flag.DurationVar(&s.round, "round", 2*time.Second, "how long each proxy is under load in each round")
	flag.IntVar(&s.rounds, "rounds", 5, "how many rounds")
	flag.IntVar(&s.connections, "connections", 16, "how many connections the client holds, with one request at a time on each")
	flag.IntVar(&s.delays, "delays", 200, "how many exchanges to delay for the accuracy of injected latency")
	flag.IntVar(&s.rows, "rows", 20_000, "how many recordings to write to PostgreSQL in each round")
	flag.StringVar(&s.only, "only", "", "measure one part alone: "+strings.Join(parts, ", "))
	flag.IntVar(&s.databaseCore, "database-core", -1, "a core that PostgreSQL is kept to in the part gateway; start the benchmark with taskset, on others (Linux)")
	flag.StringVar(&s.before, "before", "", "the Collector of an earlier build, to measure beside this one")
	flag.StringVar(&s.traffic, "traffic", "", "the kinds of other traffic to measure, separated by commas; all where empty")
	flag.DurationVar(&s.trafficRound, "traffic-round", 500*time.Millisecond, "how long each proxy is under each kind of other traffic in each round")
	flag.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	flag.Parse()
	exit(run(ctx, s))
}

// exit ends the process where there was an error.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (s settings) validate() error {
	switch {
	case s.round < 100*time.Millisecond || s.round > time.Hour:
		return fmt.Errorf("-round must be from 100ms to 1h, is %s", s.round)
	case s.trafficRound < 50*time.Millisecond || s.trafficRound > time.Hour:
		return fmt.Errorf("-traffic-round must be from 50ms to 1h, is %s", s.trafficRound)
	case s.only != "" && !slices.Contains(parts, s.only):
		return fmt.Errorf("-only must be one of %s, is %q", strings.Join(parts, ", "), s.only)
	case s.rounds < 1 || s.rounds > 1000:
		return fmt.Errorf("-rounds must be from 1 to 1000, is %d", s.rounds)
	case s.connections < 1 || s.connections > 1000:
		return fmt.Errorf("-connections must be from 1 to 1000, is %d", s.connections)
	case s.delays < 10 || s.delays > 100_000:
		return fmt.Errorf("-delays must be from 10 to 100000, is %d", s.delays)
	case s.rows < batchSize || s.rows > 1_000_000:
		return fmt.Errorf("-rows must be from %d to 1000000, is %d", batchSize, s.rows)
	}
	if _, err := os.Stat(s.collector); err != nil {
		return fmt.Errorf("%s is absent: run go tool mage build:collector", s.collector)
	}
	if s.before != "" {
		if _, err := os.Stat(s.before); err != nil {
			return fmt.Errorf("-before: %w", err)
		}
	}
	_, err := chosen(s.traffic)
	return err
}

func run(ctx context.Context, s settings) error {
	if err := s.validate(); err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "mockforge-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	results := newReport(s)
	for _, part := range []struct {
		name, title string
		measure     func(context.Context, settings, string, *report.Report) error
	}{
		{"gateway", "the gateway beside other proxies", measureGateway},
		{"traffic", "other traffic", measureTraffic},
		{"engine", "the engine", measureEngine},
		{"writing", "writing recordings beside COPY", measureWriting},
	} {
		if s.only != "" && s.only != part.name {
			continue
		}
		fmt.Println("Measuring", part.title)
		if err := part.measure(ctx, s, directory, results); err != nil {
			return fmt.Errorf("measuring %s: %w", part.title, err)
		}
	}
	if err := os.WriteFile(filepath.Clean(s.output), []byte(results.String()), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}
