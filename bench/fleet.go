package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/dev/report"

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// fleetCommand measures many collectors on one PostgreSQL; it takes gigabytes, so that it is apart from the rest.
const fleetCommand = "fleet"

// The targets of the report.
const (
	// fleetLarge and fleetMedium are the sizes with a target for the last acknowledgement of a switch, at the 99th percentile.
	fleetLarge, fleetMedium                      = 200, 50
	fleetLargeTarget, fleetMediumTarget          = 250 * time.Millisecond, 100 * time.Millisecond
	fleetIdleTarget                              = 0.005 // of a core for 100 collectors
	fleetConnections                             = 500
	fleetSwitchWait                              = 30 * time.Second
	fleetLoadRate, fleetLoad                     = 2, 10 * time.Second // requests a second at each gateway
	fleetIdleConnections, fleetLoadedConnections = 2, 4
)

// fleetSettings say how large the fleets are, and what is asked of them.
type fleetSettings struct {
	collector, output, note string
	sizes                   []int
	switches                int
	idle                    time.Duration
}

func fleet(ctx context.Context, arguments []string) error {
	var s fleetSettings
	var sizes string
	flags := flag.NewFlagSet(fleetCommand, flag.ContinueOnError)
	flags.StringVar(&s.collector, "collector", "bin/mockforge-collector", "the Collector to measure")
	flags.StringVar(&s.output, "output", "bench/RESULTS-FLEET.md", "the file to write")
	flags.StringVar(&sizes, "sizes", "10,50,200", "how many collectors, ascending; they are started one after another and stay")
	flags.IntVar(&s.switches, "switches", 40, "how many switches of each way to make in each size")
	flags.DurationVar(&s.idle, "idle", time.Minute, "for how long the largest fleet does nothing, to see what that costs PostgreSQL")
	flags.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	for _, text := range strings.Split(sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 240 || len(s.sizes) > 0 && n <= s.sizes[len(s.sizes)-1] {
			return fmt.Errorf("-sizes must be ascending numbers from 1 to 240, is %q", sizes)
		}
		s.sizes = append(s.sizes, n)
	}
	switch {
	case s.switches < 5 || s.switches > 10_000:
		return fmt.Errorf("-switches must be from 5 to 10000, is %d", s.switches)
	case s.idle < 5*time.Second || s.idle > time.Hour:
		return fmt.Errorf("-idle must be from 5s to 1h, is %s", s.idle)
	}
	directory, err := os.MkdirTemp("", "mockforge-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	text, err := measureFleet(ctx, s, directory)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Clean(s.output), []byte(text), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}

// measuredFleet is a fleet with its server, and those who look at both.
type measuredFleet struct {
	fleetSettings
	collectors []*gateway
	server     *devpostgres.Server
	db         *sql.DB
	// other is a client as Grafana's plugin is: it writes changes, and watches the instances.
	other *postgres.Store
	// alone is the processor time of the server in a second without any collector.
	alone time.Duration
}

func measureFleet(ctx context.Context, s fleetSettings, directory string) (text string, err error) {
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true, MaxConnections: fleetConnections})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	f := &measuredFleet{fleetSettings: s, server: server}
	if f.db, err = sql.Open("postgres", server.DSN()); err != nil {
		return "", err
	}
	defer f.db.Close()
	f.db.SetMaxOpenConns(1)
	if f.other, err = postgres.Open(server.DSN(), postgres.Options{ApplicationName: fleetObserver}); err != nil {
		return "", err
	}
	defer f.other.Close()
	if err := f.other.Migrate(ctx); err != nil {
		return "", err
	}
	upstream, at, err := startPeer("upstream")
	if err != nil {
		return "", err
	}
	defer upstream.Kill()
	defer f.stop()
	if f.alone, err = f.serverAlone(ctx); err != nil {
		return "", err
	}
	// Somebody has a page open that shows the scenario.
	watching, closePage := context.WithCancel(ctx)
	var page sync.WaitGroup
	page.Go(func() { _ = f.other.Watch(watching, func(scenario.Scenario) {}) })
	defer page.Wait()
	defer closePage()

	r := report.New("A fleet on one PostgreSQL", fmt.Sprintf("Written by `go run ./bench fleet`: collectors as they are built, a process each with GOMEMLIMIT=%s and GOMAXPROCS=1, with a gateway that records, "+
		"beside one PostgreSQL of %d connections on the same machine. %s", fleetMemory, fleetConnections, s.note))
	r.Table([]string{"", ""}, report.Circumstances())
	var switches, held [][]string
	for _, size := range s.sizes {
		fmt.Println("Starting", size, "collectors")
		if err := f.grow(ctx, size, directory, at[0]); err != nil {
			return "", err
		}
		// While they start, collectors have more connections than later, which the server may refuse.
		if err := pause(ctx, fleetRest); err != nil {
			return "", err
		}
		rows, err := f.switchRows(ctx)
		if err != nil {
			return "", err
		}
		switches = append(switches, rows...)
		row, err := f.connectionRow(ctx)
		if err != nil {
			return "", err
		}
		held = append(held, row)
	}
	r.Section("From a switch to its last acknowledgement", fmt.Sprintf("In milliseconds, of %d switches each: from the request to its answer, which waits until all collectors serve the new version. "+
		"By the control API of one of the collectors, and by another client of the database, as Grafana's plugin is one. Target at p99: %d at %d collectors, %d at %d.",
		s.switches, fleetMediumTarget.Milliseconds(), fleetMedium, fleetLargeTarget.Milliseconds(), fleetLarge))
	r.Table([]string{"collectors", "by", "p50", "p99", "most"}, switches)
	r.Section("Connections", fmt.Sprintf("Of one collector, the mean and the most: after some seconds of nothing, and under %d requests a second at each gateway, all recorded. Target: %d and %d.", fleetLoadRate, fleetIdleConnections, fleetLoadedConnections))
	r.Table([]string{"collectors", "idle", "most", "under load", "most", "of the server"}, held)
	if err := f.reportIdle(ctx, r); err != nil {
		return "", err
	}
	return r.String(), nil
}

// switchRows measures switches by each way.
func (f *measuredFleet) switchRows(ctx context.Context) ([][]string, error) {
	var rows [][]string
	for _, way := range []struct {
		name string
		do   func(ctx context.Context, status int) error
	}{{"control API", f.switchByControl}, {"another client", f.switchByOther}} {
		took, err := oneByOne(ctx, f.switches, func(ctx context.Context) (time.Duration, error) {
			start := time.Now()
			err := way.do(ctx, 500+int(start.UnixNano()%99))
			return time.Since(start), err
		})
		if err != nil {
			return nil, fmt.Errorf("switching %d collectors by %s: %w", len(f.collectors), way.name, err)
		}
		row := []string{fmt.Sprint(len(f.collectors)), way.name, inMilliseconds(report.Quantile(took, 0.5)), inMilliseconds(report.Quantile(took, 0.99)), inMilliseconds(slices.Max(took))}
		fmt.Println(" ", row)
		rows = append(rows, row)
	}
	return rows, nil
}

// connectionRow counts the connections that collectors hold.
func (f *measuredFleet) connectionRow(ctx context.Context) ([]string, error) {
	if err := pause(ctx, fleetRest); err != nil {
		return nil, err
	}
	idle, err := f.connections(ctx)
	if err != nil {
		return nil, err
	}
	loaded, err := f.underLoad(ctx)
	if err != nil {
		return nil, err
	}
	row := []string{fmt.Sprint(len(f.collectors)), idle.mean(), fmt.Sprint(idle.most), loaded.mean(), fmt.Sprint(loaded.most), fmt.Sprint(loaded.all)}
	fmt.Println(" ", row)
	return row, nil
}

func pause(ctx context.Context, long time.Duration) error {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reportIdle measures what a fleet that does nothing costs its server.
func (f *measuredFleet) reportIdle(ctx context.Context, r *report.Report) error {
	if err := pause(ctx, fleetRest); err != nil {
		return err
	}
	fmt.Println("Doing nothing for", f.idle)
	before, err := fleetCPU(ctx, f.server.PID())
	if err != nil {
		return err
	}
	statements, err := f.statements(ctx)
	if err != nil {
		return err
	}
	own, err := f.collectorCPU(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := pause(ctx, f.idle); err != nil {
		return err
	}
	took := time.Since(start)
	after, err := fleetCPU(ctx, f.server.PID())
	if err != nil {
		return err
	}
	then, err := f.statements(ctx)
	if err != nil {
		return err
	}
	ownThen, err := f.collectorCPU(ctx)
	if err != nil {
		return err
	}
	memory, err := f.memory(ctx)
	if err != nil {
		return err
	}
	hundreds := float64(len(f.collectors)) / 100
	share := (after - before).Seconds() / took.Seconds()
	each := took.Seconds() * float64(len(f.collectors))
	r.Section("Doing nothing", fmt.Sprintf("%d collectors for %s, without traffic and without switches. Processor time is that of all processes of the PostgreSQL server, as a share of one core. Target for 100 collectors: %.1f %%.",
		len(f.collectors), f.idle, 100*fleetIdleTarget))
	rows := [][]string{
		{"PostgreSQL, % of a core", fmt.Sprintf("%.2f", 100*share)},
		{"the same before the first collector, % of a core", fmt.Sprintf("%.2f", 100*f.alone.Seconds())},
		{"what 100 collectors cost, % of a core", fmt.Sprintf("%.2f", 100*(share-f.alone.Seconds())/hundreds)},
		{"transactions a second of one collector", fmt.Sprintf("%.2f", float64(then-statements)/each)},
		{"a collector, % of a core", fmt.Sprintf("%.2f", 100*(ownThen-own).Seconds()/each)},
		{"a collector, MiB resident", fmt.Sprintf("%.0f", memory/(1<<20))},
	}
	for _, row := range rows {
		fmt.Println(" ", row)
	}
	r.Table([]string{"", ""}, rows)
	return nil
}

// serverAlone returns the processor time of the server in a second in which it has nothing to do.
func (f *measuredFleet) serverAlone(ctx context.Context) (time.Duration, error) {
	const long = 10 * time.Second
	before, err := fleetCPU(ctx, f.server.PID())
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := pause(ctx, long); err != nil {
		return 0, err
	}
	after, err := fleetCPU(ctx, f.server.PID())
	return time.Duration(float64(after-before) / time.Since(start).Seconds()), err
}

// switchByControl switches over the control API of one collector.
func (f *measuredFleet) switchByControl(ctx context.Context, status int) error {
	body := fmt.Sprintf(`{"mode":"error","status_codes":[%d]}`, status)
	got, text, err := probe.Fetch(ctx, http.MethodPut, "http://"+f.collectors[status%len(f.collectors)].control+"/scenarios/mode?wait="+fleetSwitchWait.String(), body)
	if err != nil {
		return err
	}
	if want := fmt.Sprintf(`"acknowledged":%d,`, len(f.collectors)); got != http.StatusOK || !strings.Contains(strings.ReplaceAll(text, " ", ""), want) {
		return fmt.Errorf("answered %d without %s: %s", got, want, text)
	}
	return nil
}
