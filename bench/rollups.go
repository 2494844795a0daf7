package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	_ "github.com/lib/pq" // the driver

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/dev/report"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	counted "github.com/mockforge/mockforge-observability-app/pkg/traffic" // traffic is a part of the benchmarks
)

// rollupsCommand measures dashboards over months of traffic, apart from the rest: it makes some millions of rows.
const rollupsCommand = "rollups"

type rollupSettings struct {
	gateways, routes, runs int
	output, note           string
}

// rollupTarget is within what a panel is to be there, at the 95th percentile.
const rollupTarget = 200 * time.Millisecond

// panels are what is asked of months of traffic.
var panels = []struct {
	name         string
	length, step time.Duration
	ask          func(ctx context.Context, store *postgres.Store, from, to time.Time, step time.Duration) (int, error)
}{
	{"90 days, the whole", 90 * 24 * time.Hour, 2 * time.Hour, series(counted.Whole, counted.Selection{}, 1)},
	{"90 days, by gateway", 90 * 24 * time.Hour, 2 * time.Hour, series(counted.ByGateway, counted.Selection{}, 20)},
	{"90 days, by mode", 90 * 24 * time.Hour, 2 * time.Hour, series(counted.ByMode, counted.Selection{}, 20)},
	{"90 days, by route", 90 * 24 * time.Hour, 2 * time.Hour, series(counted.ByRoute, counted.Selection{}, 20)},
	{"90 days, a gateway by route", 90 * 24 * time.Hour, 2 * time.Hour, series(counted.ByRoute, counted.Selection{Gateways: []string{"gateway-3"}}, 20)},
	{"90 days, points", 90 * 24 * time.Hour, 8 * time.Hour, points("")},
	{"90 days, points of a gateway", 90 * 24 * time.Hour, 8 * time.Hour, points("gateway-3")},
	{"30 days, by gateway", 30 * 24 * time.Hour, time.Hour, series(counted.ByGateway, counted.Selection{}, 20)},
	{"a day of last week, by gateway", 24 * time.Hour, 2 * time.Minute, series(counted.ByGateway, counted.Selection{}, 20)},
	{"a day of last week, a gateway by route", 24 * time.Hour, 2 * time.Minute, series(counted.ByRoute, counted.Selection{Gateways: []string{"gateway-3"}}, 20)},
}

func series(by counted.Dimension, selection counted.Selection, limit int) func(context.Context, *postgres.Store, time.Time, time.Time, time.Duration) (int, error) {
	return func(ctx context.Context, store *postgres.Store, from, to time.Time, step time.Duration) (int, error) {
		breakdown, err := store.Series(ctx, from, to, step, by, selection, limit)
		n := 0
		for _, each := range breakdown.Series {
			n += len(each.Intervals)
		}
		return n, err
	}
}

func points(gateway string) func(context.Context, *postgres.Store, time.Time, time.Time, time.Duration) (int, error) {
	return func(ctx context.Context, store *postgres.Store, from, to time.Time, step time.Duration) (int, error) {
		found, err := store.GatewayPoints(ctx, gateway, from, to, step)
		return len(found), err
	}
}

func rollups(ctx context.Context, arguments []string) (err error) {
	var s rollupSettings
	flags := flag.NewFlagSet(rollupsCommand, flag.ContinueOnError)
	flags.IntVar(&s.gateways, "gateways", 20, "how many gateways have traffic all the time")
	flags.IntVar(&s.routes, "routes", 10, "how many routes each has")
	flags.IntVar(&s.runs, "runs", 20, "how often each panel is asked")
	flags.StringVar(&s.output, "output", "bench/RESULTS-TRAFFIC.md", "the file to write")
	flags.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if s.gateways < 4 || s.routes < 1 || s.runs < 5 {
		return errors.New("-gateways must be at least 4, -routes at least 1, -runs at least 5")
	}
	server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	db, err := sql.Open("postgres", server.DSN())
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := postgres.Open(server.DSN(), postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Hour)
	if err := makeTraffic(ctx, db, s, now); err != nil {
		return fmt.Errorf("make traffic: %w", err)
	}
	return measureRollups(ctx, s, db, store, now)
}

// makeTraffic fills what is rolled up by the hour with 90 days, and by the minute with a day of last week.
func makeTraffic(ctx context.Context, db *sql.DB, s rollupSettings, now time.Time) error {
	for _, level := range []struct {
		table    string
		from, to time.Time
		step     string
	}{
		{"traffic_1h", now.AddDate(0, 0, -90), now, "1 hour"},
		{"traffic_1m", now.AddDate(0, 0, -7), now.AddDate(0, 0, -6), "1 minute"},
	} {
		for _, statement := range []string{
			// One hour in ten is in another mode, and latencies are in six buckets.
			`INSERT INTO ` + level.table + ` (start, gateway, protocol, route, mode, requests, organic_errors, latency_sum_ms, bucket_2, bucket_3, bucket_4, bucket_5, bucket_6, bucket_7)
			SELECT at, 'gateway-' || g, CASE g % 4 WHEN 0 THEN 'grpc' ELSE 'http' END, '/things/' || r || '/{id}', mode, 30 * n, nullif(n / 50, 0), n * 700.5, 5 * n, 9 * n, 8 * n, 4 * n, 3 * n, n
			FROM generate_series($1::timestamptz, $2::timestamptz - interval '1 second', interval '` + level.step + `') at, generate_series(1, $3::int) g, generate_series(1, $4::int) r,
				LATERAL (SELECT 'healthy' AS mode UNION ALL SELECT 'chaos' WHERE extract(hour FROM at)::int % 10 = 3) AS modes,
				LATERAL (SELECT 1 + (random() * 100 + 10 * r)::bigint AS n) AS amount
			ORDER BY at`,
			`INSERT INTO ` + level.table + ` (start, gateway, protocol, route, mode, active)
			SELECT at, 'gateway-' || g, '', '', '', g + $4::int FROM generate_series($1::timestamptz, $2::timestamptz - interval '1 second', interval '` + level.step + `') at, generate_series(1, $3::int) g`,
		} {
			if _, err := db.ExecContext(ctx, statement, level.from, level.to, s.gateways, s.routes); err != nil {
				return err
			}
		}
		if _, err := db.ExecContext(ctx, "VACUUM ANALYZE "+level.table); err != nil {
			return err
		}
	}
	_, err := db.ExecContext(ctx, `UPDATE traffic_kept SET rolled_to = $1`, now)
	return err
}

func measureRollups(ctx context.Context, s rollupSettings, db *sql.DB, store *postgres.Store, now time.Time) error {
	var version string
	var rows, bytes, indexes int64
	if err := db.QueryRowContext(ctx, `SELECT current_setting('server_version'), (SELECT count(*) FROM traffic_1h), pg_table_size('traffic_1h'), pg_indexes_size('traffic_1h')`).
		Scan(&version, &rows, &bytes, &indexes); err != nil {
		return err
	}
	var lines [][]string
	for _, panel := range panels {
		var took []time.Duration
		var values int
		to := now
		if panel.length == 24*time.Hour {
			to = now.AddDate(0, 0, -6)
		}
		for run := range s.runs + 1 {
			start := time.Now()
			n, err := panel.ask(ctx, store, to.Add(-panel.length), to, panel.step)
			if err != nil {
				return fmt.Errorf("%s: %w", panel.name, err)
			}
			if run > 0 { // which connects and fills caches
				took = append(took, time.Since(start))
			}
			values = n
		}
		took = sorted(took)
		p95 := report.Quantile(took, 0.95)
		met := "yes"
		if p95 > rollupTarget {
			met = "**no**"
		}
		lines = append(lines, []string{panel.name, counted.Name(panel.step), fmt.Sprint(values), inMilliseconds(report.Quantile(took, 0.5)), inMilliseconds(p95), met})
		fmt.Printf("  %-40s p50 %s ms, p95 %s ms\n", panel.name, inMilliseconds(report.Quantile(took, 0.5)), inMilliseconds(p95))
	}
	r := report.New("Months of traffic", fmt.Sprintf("%d gateways with %d routes each that have traffic all the time, one hour in ten in another mode: %d rows by the hour in 90 days, "+
		"of %d bytes each with %d of indexes, in PostgreSQL %s with its default settings. Written by `go run ./bench rollups`.%s",
		s.gateways, s.routes, rows, bytes/rows, indexes/rows, version, cmp.Or(" "+s.note, "")))
	r.Table([]string{"what", "value"}, report.Circumstances())
	r.Section("Panels", fmt.Sprintf("Each %d times. Series are all figures of traffic with the histograms, as a panel or an alert asks for them; points are what `GET /traffic` answers. Target: %s at the 95th percentile.", s.runs, rollupTarget))
	r.Table([]string{"panel", "step", "values", "p50 ms", "p95 ms", "within target"}, lines)
	if err := os.WriteFile(filepath.Clean(s.output), []byte(r.String()), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}
