package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	devclickhouse "github.com/mockforge/mockforge-observability-app/dev/clickhouse"
	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/report"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// clusterCommand measures ClickHouse beside PostgreSQL: the same recordings written to both, and the explorer's filters over them.
const clusterCommand = "cluster"

// clusterBatch is how many recordings are written at once.
const clusterBatch = 5000

type clusterSettings struct {
	recordings, runs, shards int
	output, note             string
}

// noTags are the tags by hand of nobody.
type noTags struct{}

func (noTags) SetTags(context.Context, uuid.UUID, time.Time, []string) error { return nil }
func (noTags) TagsOf(context.Context, []uuid.UUID) (map[uuid.UUID][]string, error) {
	return nil, nil
}
func (noTags) Tagged(context.Context) (map[uuid.UUID][]string, error) { return nil, nil }
func (noTags) DropTags(context.Context, time.Time) error              { return nil }

func cluster(ctx context.Context, arguments []string) (err error) {
	var s clusterSettings
	flags := flag.NewFlagSet(clusterCommand, flag.ContinueOnError)
	flags.IntVar(&s.recordings, "recordings", 10_000_000, "how many recordings to make")
	flags.IntVar(&s.runs, "runs", 20, "how often each filter is asked, with other values each time")
	flags.IntVar(&s.shards, "shards", 1, "how many servers of ClickHouse")
	flags.StringVar(&s.output, "output", "bench/RESULTS-CLUSTER.md", "the file to write")
	flags.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if s.recordings < 10_000 || s.runs < 5 || s.shards < 1 {
		return errors.New("-recordings must be at least 10000, -runs at least 5, -shards at least 1")
	}
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	directory, err := os.MkdirTemp("", "mockforge-bench-clickhouse-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	servers, err := devclickhouse.Start(ctx, directory, s.shards)
	if err != nil {
		return err
	}
	defer func() {
		for _, each := range servers {
			each.Stop()
		}
	}()
	both, err := openBoth(ctx, server, servers)
	if err != nil {
		return err
	}
	defer both.close()
	now := time.Now().UTC().Truncate(time.Second)
	fmt.Println("Making", s.recordings, "recordings")
	if err := loadRecordings(ctx, both.made, s.recordings, now); err != nil {
		return fmt.Errorf("make recordings: %w", err)
	}
	r := report.New("ClickHouse beside PostgreSQL", fmt.Sprintf("%d recordings over %d days, of which the explorer's filters look at the last 24 hours, in both on the same machine with their default settings. "+
		"ClickHouse has %d shard(s) of version %s. Written by `go run ./bench cluster`.%s", s.recordings, loadedDays, s.shards, both.version, cmp.Or(" "+s.note, "")))
	if err := both.write(ctx, r, s.recordings); err != nil {
		return err
	}
	if err := both.search(ctx, r, s.runs, now); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Clean(s.output), []byte(r.String()), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}

// stores are both stores, and where recordings come from.
type stores struct {
	source, row *postgres.Store
	made, rowDB *sql.DB
	columns     *clickhouse.Store
	servers     []*devclickhouse.Server
	version     string
}

func openBoth(ctx context.Context, server *devpostgres.Server, servers []*devclickhouse.Server) (*stores, error) {
	p := &stores{servers: servers}
	for _, each := range []struct {
		database string
		store    **postgres.Store
		db       **sql.DB
	}{{"made", &p.source, &p.made}, {"written", &p.row, &p.rowDB}} {
		if err := devpostgres.Execute(ctx, server.DSN(), "CREATE DATABASE "+each.database); err != nil {
			return nil, err
		}
		dsn := devpostgres.WithDatabase(server.DSN(), each.database)
		db, err := sql.Open("postgres", dsn)
		if err != nil {
			return nil, err
		}
		store, err := postgres.Open(dsn, postgres.Options{})
		if err != nil {
			return nil, err
		}
		if err := store.Migrate(ctx); err != nil {
			return nil, err
		}
		*each.store, *each.db = store, db
	}
	var endpoints []string
	for _, each := range servers {
		endpoints = append(endpoints, each.Endpoint())
	}
	name := ""
	if len(servers) > 1 {
		name = devclickhouse.Cluster
	}
	store, err := clickhouse.Open(clickhouse.Options{Endpoint: strings.Join(endpoints, ","), Cluster: name, Tags: noTags{}})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, err
	}
	said, err := store.Server(ctx)
	p.columns, p.version = store, said.Version
	return p, err
}

func (p *stores) close() {
	_ = p.source.Close()
	_ = p.row.Close()
	_ = p.columns.Close()
	_ = p.made.Close()
	_ = p.rowDB.Close()
}

// write takes all recordings from where they were made to both, batch by batch, and tells how long each took.
func (p *stores) write(ctx context.Context, r *report.Report, count int) error {
	took := [2]time.Duration{}
	var batch []recording.Recording
	flush := func() error {
		for i, store := range []api.RecordingWriter{p.row, p.columns} {
			start := time.Now()
			if err := store.WriteRecordings(ctx, batch); err != nil {
				return err
			}
			took[i] += time.Since(start)
		}
		batch = batch[:0]
		return nil
	}
	written := 0
	for each, err := range p.source.Scan(ctx, recording.Filter{}, count) {
		if err != nil {
			return err
		}
		batch = append(batch, each)
		if written++; len(batch) == clusterBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(batch) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	if err := p.row.MaintainPartitions(ctx, scenario.Retention{}); err != nil {
		return err
	}
	if _, err := p.rowDB.ExecContext(ctx, "ANALYZE recorded_requests"); err != nil {
		return err
	}
	disks, err := p.disks(ctx)
	if err != nil {
		return err
	}
	r.Section("Writing", fmt.Sprintf("Batches of %d, one at a time, each acknowledged before the next. Disk is with the indexes of days that are over, and of ClickHouse while parts are still merged.", clusterBatch))
	var lines [][]string
	for i, name := range []string{"PostgreSQL", "ClickHouse"} {
		lines = append(lines, []string{name, fmt.Sprintf("%.0f", float64(written)/took[i].Seconds()), fmt.Sprintf("%.1f", float64(disks[i])/(1<<20)), fmt.Sprintf("%.0f", float64(disks[i])/float64(written))})
	}
	r.Table([]string{"store", "recordings per second", "disk MiB", "bytes per recording"}, lines)
	fmt.Println("  written:", lines)
	return nil
}

func (p *stores) disks(ctx context.Context) (bytes [2]int64, err error) {
	err = p.rowDB.QueryRowContext(ctx, "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits WHERE inhparent = 'recorded_requests'::regclass").Scan(&bytes[0])
	if err != nil {
		return bytes, err
	}
	for _, server := range p.servers {
		said, err := server.Execute(ctx, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'mockforge'")
		if err != nil {
			return bytes, err
		}
		n, err := strconv.ParseInt(said, 10, 64)
		if err != nil {
			return bytes, err
		}
		bytes[1] += n
	}
	return bytes, nil
}

// search asks both for the first page of each of the explorer's filters, and checks that they find as many.
func (p *stores) search(ctx context.Context, r *report.Report, runs int, now time.Time) error {
	from := now.Add(-24 * time.Hour)
	random := rand.New(rand.NewPCG(1, 2))
	var lines [][]string
	for _, q := range explorerFilters() {
		took := [2][]time.Duration{}
		for run := range runs + 1 {
			filter := q.filter(random)
			filter.From, filter.To = &from, &now
			found := [2]int{}
			for i, store := range []api.Recordings{p.row, p.columns} {
				start := time.Now()
				page, err := store.Query(ctx, recording.Query{Filter: filter})
				if err != nil {
					return fmt.Errorf("%s: %w", q.name, err)
				}
				found[i] = len(page.Recordings)
				if run > 0 { // The first connects and fills caches.
					took[i] = append(took[i], time.Since(start))
				}
			}
			if found[0] != found[1] {
				return fmt.Errorf("%s: PostgreSQL finds %d, ClickHouse %d", q.name, found[0], found[1])
			}
		}
		line := []string{q.name}
		for i := range took {
			ascending := sorted(took[i])
			line = append(line, inMilliseconds(report.Quantile(ascending, 0.5)), inMilliseconds(report.Quantile(ascending, 0.95)))
		}
		lines = append(lines, line)
		fmt.Println(" ", line)
	}
	r.Section("The explorer's filters", fmt.Sprintf("The first page of %d, %d times with other values each time, the same for both. Both find the same.", recording.DefaultLimit, runs))
	r.Table([]string{"filter", "PostgreSQL p50 ms", "p95 ms", "ClickHouse p50 ms", "p95 ms"}, lines)
	return nil
}
