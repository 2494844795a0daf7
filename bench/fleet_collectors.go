package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"golang.org/x/sync/errgroup"

	"github.com/mockforge/mockforge-observability-app/dev/child"
	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// fleetMemory is what a deployment would give a small collector.
	fleetMemory = "64MiB"
	// fleetRest lets go of the connections that nobody uses any more, which takes five seconds.
	fleetRest = 8 * time.Second
	// fleetStarts is how many collectors start at once.
	fleetStarts = 4
	// fleetPrefix begins the names of the collectors of the fleet, as PostgreSQL has them.
	fleetPrefix, fleetObserver = "fleet-", "observer"
)

// grow starts collectors until there are so many, and waits until all have registered.
func (f *measuredFleet) grow(ctx context.Context, size int, directory, upstream string) error {
	first := len(f.collectors)
	f.collectors = append(f.collectors, make([]*gateway, size-first)...)
	var starting errgroup.Group
	starting.SetLimit(fleetStarts)
	for i := first; i < size; i++ {
		starting.Go(func() error {
			g, err := startFleetMember(ctx, i, directory, upstream, f.collector, f.server.DSN())
			f.collectors[i] = g
			return err
		})
	}
	if err := starting.Wait(); err != nil {
		return err
	}
	return probe.Until(ctx, startWait, func() bool {
		all, err := f.other.Instances(ctx)
		live := 0
		for _, i := range all {
			if i.Live {
				live++
			}
		}
		return err == nil && live == size
	})
}

func startFleetMember(ctx context.Context, i int, directory, upstream, binary, dsn string) (*gateway, error) {
	g := &gateway{}
	for _, address := range []*string{&g.plain, &g.control, &g.metrics} {
		free, err := probe.FreeAddress(ctx)
		if err != nil {
			return nil, err
		}
		*address = free
	}
	name := fmt.Sprintf("%s%d", fleetPrefix, i)
	configuration := fmt.Sprintf(`extensions:
  mockforge:
    gateways:
      - { name: shop, server: { endpoint: %q }, upstream: { endpoint: %q }, routes: ["/users/{id}"] }
    control: { endpoint: %q }
    prometheus: { endpoint: %q }
    recorder: { storage: { dsn: %q, spool_directory: %q } }
service:
  extensions: [mockforge]
  telemetry: { logs: { level: warn }, metrics: { level: none } }
`, g.plain, "http://"+upstream, g.control, g.metrics, dsn+"&application_name="+name, filepath.Join(directory, name))
	path := filepath.Join(directory, name+".yaml")
	if err := os.WriteFile(path, []byte(configuration), 0o600); err != nil { // with the password of the database
		return nil, err
	}
	command := exec.Command(binary, "--config", path)
	command.Env = append(os.Environ(), "GOMEMLIMIT="+fleetMemory, "GOMAXPROCS=1")
	var err error
	if g.Child, err = child.Start(command); err != nil {
		return nil, err
	}
	if err := probe.Until(ctx, startWait, func() bool {
		status, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+g.control+"/scenarios/mode", "")
		return err == nil && status == http.StatusOK
	}); err != nil {
		g.Kill()
		return nil, fmt.Errorf("collector %d does not answer: %w: %s", i, err, g.Log())
	}
	return g, nil
}

// stop ends all collectors, without the word that they would write to a database that ends too.
func (f *measuredFleet) stop() {
	var ending sync.WaitGroup
	for _, g := range f.collectors {
		if g != nil {
			ending.Go(g.Kill)
		}
	}
	ending.Wait()
}

// switchByOther switches as Grafana's plugin does: it writes the change, and watches the instances.
func (f *measuredFleet) switchByOther(ctx context.Context, status int) error {
	set, err := f.other.Change(ctx, api.Audit{By: fleetObserver, Action: "mode"}, nil, func(s *scenario.Scenario) error {
		s.Behavior = scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{status}}
		return nil
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fleetSwitchWait)
	defer cancel()
	var all atomic.Bool
	err = f.other.WatchInstances(ctx, func(instances []scenario.Instance) {
		acknowledged := 0
		for _, i := range instances {
			if i.AppliedVersion >= set.Version {
				acknowledged++
			}
		}
		if acknowledged == len(f.collectors) {
			all.Store(true)
			cancel()
		}
	})
	if err == nil && !all.Load() {
		err = errors.New("not all have acknowledged in time")
	}
	return err
}

// underLoad has each gateway record some requests a second, and counts the connections meanwhile.
func (f *measuredFleet) underLoad(ctx context.Context) (held, error) {
	loading, stop := context.WithTimeout(ctx, fleetLoad)
	defer stop()
	var senders sync.WaitGroup
	for _, g := range f.collectors {
		senders.Go(func() {
			tick := time.NewTicker(time.Second / fleetLoadRate)
			defer tick.Stop()
			for {
				select {
				case <-loading.Done():
					return
				case <-tick.C:
				}
				_, _, _ = probe.Fetch(ctx, http.MethodGet, "http://"+g.plain+"/users/7", "")
			}
		})
	}
	var worst held
	var err error
	for err == nil && pause(loading, 500*time.Millisecond) == nil {
		var now held
		if now, err = f.connections(ctx); now.all > worst.all {
			worst = now
		}
	}
	senders.Wait()
	// A client that keeps its connections is counted once a second by each gateway.
	http.DefaultClient.CloseIdleConnections()
	return worst, err
}

// held is how many connections collectors hold.
type held struct{ all, most, collectors int }

func (h held) mean() string { return fmt.Sprintf("%.1f", float64(h.all)/float64(max(1, h.collectors))) }

func (f *measuredFleet) connections(ctx context.Context) (held, error) {
	h := held{collectors: len(f.collectors)}
	err := f.db.QueryRowContext(ctx, `SELECT coalesce(sum(n), 0), coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM pg_stat_activity
		WHERE application_name LIKE $1 GROUP BY application_name) AS each`, fleetPrefix+"%").Scan(&h.all, &h.most)
	return h, err
}

// statements returns how many transactions the server has ended.
func (f *measuredFleet) statements(ctx context.Context) (n int64, err error) {
	err = f.db.QueryRowContext(ctx, "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&n)
	return n, err
}

// collectorCPU returns the processor time that all collectors have used.
func (f *measuredFleet) collectorCPU(ctx context.Context) (sum time.Duration, err error) {
	for _, g := range f.collectors {
		used, err := g.CPU(ctx)
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// memory returns the mean resident memory of a collector, in bytes.
func (f *measuredFleet) memory(ctx context.Context) (float64, error) {
	sum := uint64(0)
	for _, g := range f.collectors {
		p, err := process.NewProcessWithContext(ctx, int32(g.PID()))
		if err != nil {
			return 0, err
		}
		info, err := p.MemoryInfoWithContext(ctx)
		if err != nil {
			return 0, err
		}
		sum += info.RSS
	}
	return float64(sum) / float64(len(f.collectors)), nil
}
