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

// panels are what is asked of months of traffic: in the steps in which a panel of some hundred points is drawn. The data source and the
// control API then choose longer ones where those are told from fewer rows.
var panels = []struct {
	name         string
	length, step time.Duration
	detail       counted.Detail
	ask          func(ctx context.Context, store *postgres.Store, from, to time.Time, step time.Duration) (int, error)
}{
	{"90 days, the whole", 90 * 24 * time.Hour, 2 * time.Hour, counted.Totals, series(counted.Whole, counted.Selection{}, 1)},
	{"90 days, by gateway", 90 * 24 * time.Hour, 2 * time.Hour, counted.Totals, series(counted.ByGateway, counted.Selection{}, 20)},
	{"90 days, by mode", 90 * 24 * time.Hour, 2 * time.Hour, counted.Totals, series(counted.ByMode, counted.Selection{}, 20)},
	{"90 days, by route", 90 * 24 * time.Hour, 2 * time.Hour, counted.Routes, series(counted.ByRoute, counted.Selection{}, 20)},
	{"90 days, a gateway by route", 90 * 24 * time.Hour, 2 * time.Hour, counted.Routes, series(counted.ByRoute, counted.Selection{Gateways: []string{"gateway-3"}}, 20)},
	{"90 days, points", 90 * 24 * time.Hour, 8 * time.Hour, counted.Routes, points("")},
	{"90 days, points of a gateway", 90 * 24 * time.Hour, 8 * time.Hour, counted.Routes, points("gateway-3")},
	{"30 days, by gateway", 30 * 24 * time.Hour, time.Hour, counted.Totals, series(counted.ByGateway, counted.Selection{}, 20)},
	{"30 days, by route", 30 * 24 * time.Hour, time.Hour, counted.Routes, series(counted.ByRoute, counted.Selection{}, 20)},
	{"a day of last week, by gateway", 24 * time.Hour, 2 * time.Minute, counted.Totals, series(counted.ByGateway, counted.Selection{}, 20)},
	{"a day of last week, by route", 24 * time.Hour, 2 * time.Minute, counted.Routes, series(counted.ByRoute, counted.Selection{}, 20)},
	{"a day of last week, a gateway by route", 24 * time.Hour, 2 * time.Minute, counted.Routes, series(counted.ByRoute, counted.Selection{Gateways: []string{"gateway-3"}}, 20)},
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

// makeTraffic fills what is rolled up by the day and by the hour with 90 days, and by the minute with a day of last week.
func makeTraffic(ctx context.Context, db *sql.DB, s rollupSettings, now time.Time) error {
	random := rand.New(rand.NewPCG(1, 2))
	for _, level := range []struct {
		table    string
		from, to time.Time
		step     time.Duration
	}{
		{"traffic_1d", now.AddDate(0, 0, -90).Truncate(24 * time.Hour), now.Truncate(24 * time.Hour), 24 * time.Hour},
		{"traffic_1h", now.AddDate(0, 0, -90).Truncate(24 * time.Hour), now, time.Hour},
		{"traffic_1m", now.AddDate(0, 0, -7), now.AddDate(0, 0, -6), time.Minute},
	} {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		for at := level.from; at.Before(level.to); at = at.Add(level.step) {
			for detail, pages := range counted.Pages(rolledTraffic(s, random, at, level.step)) {
				table := level.table
				if counted.Detail(detail) == counted.Routes {
					table += "_routes"
				}
				for _, page := range pages {
					if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" (start, gateway, figures) VALUES ($1, $2, $3)", page.Start, page.Gateway, page.Figures); err != nil {
						return err
					}
				}
			}
		}
		if err := tx.Commit(); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "VACUUM ANALYZE "+level.table+", "+level.table+"_routes"); err != nil {
			return err
		}
	}
	_, err := db.ExecContext(ctx, `UPDATE traffic_kept SET rolled_to = CASE WHEN seconds = 86400 THEN $2::timestamptz ELSE $1 END`, now, now.Truncate(24*time.Hour))
	return err
}

// rolledTraffic is the traffic of one interval: one hour in ten, and so every day, is in another mode too, and latencies are in six buckets.
func rolledTraffic(s rollupSettings, random *rand.Rand, at time.Time, step time.Duration) (intervals []counted.Interval) {
	modes := []string{"healthy"}
	if step > time.Hour || at.Hour()%10 == 3 {
		modes = append(modes, "chaos")
	}
	for g := range s.gateways {
		gateway := fmt.Sprint("gateway-", g+1)
		protocol := "http"
		if g%4 == 3 {
			protocol = "grpc"
		}
		intervals = append(intervals, counted.Interval{Key: counted.Key{Gateway: gateway}, Start: at, Active: int64(g + 10)})
		for r := range s.routes {
			for _, mode := range modes {
				n := int64(1+10*r+random.IntN(100)) * int64(step/time.Minute)
				in := counted.Interval{
					Key: counted.Key{Gateway: gateway, Protocol: protocol, Route: fmt.Sprintf("/things/%d/{id}", r), Mode: mode}, Start: at,
					Requests: 30 * n, OrganicErrors: n / 50, LatencySumMS: float64(n) * 700.5,
				}
				for i, share := range []int64{5, 9, 8, 4, 3, 1} {
					in.Buckets[2+i] = share * n
				}
				intervals = append(intervals, in)
			}
		}
	}
	return intervals
}

func measureRollups(ctx context.Context, s rollupSettings, db *sql.DB, store *postgres.Store, now time.Time) error {
	var version string
	var pages, bytes int64
	if err := db.QueryRowContext(ctx, `SELECT current_setting('server_version'), (SELECT count(*) FROM traffic_1h) + (SELECT count(*) FROM traffic_1h_routes),
			pg_total_relation_size('traffic_1h') + pg_total_relation_size('traffic_1h_routes')`).
		Scan(&version, &pages, &bytes); err != nil {
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
		step := counted.Fitting(panel.step, panel.length, panel.detail)
		for run := range s.runs + 1 {
			start := time.Now()
			n, err := panel.ask(ctx, store, to.Add(-panel.length), to, step)
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
		lines = append(lines, []string{panel.name, counted.Name(panel.step), counted.Name(step), fmt.Sprint(values), inMilliseconds(report.Quantile(took, 0.5)), inMilliseconds(p95), met})
		fmt.Printf("  %-40s p50 %s ms, p95 %s ms\n", panel.name, inMilliseconds(report.Quantile(took, 0.5)), inMilliseconds(p95))
	}
	r := report.New("Months of traffic", fmt.Sprintf("%d gateways with %d routes each that have traffic all the time, one hour in ten in two modes: %d pages by the hour in 90 days, "+
		"of %d bytes each with their index, in PostgreSQL %s with its default settings. Written by `go run ./bench rollups`.%s",
		s.gateways, s.routes, pages, bytes/pages, version, cmp.Or(" "+s.note, "")))
	r.Table([]string{"what", "value"}, report.Circumstances())
	r.Section("Panels", fmt.Sprintf("Each %d times. Series are all figures of traffic with the histograms, as a panel or an alert asks for them, in the step that the data source chooses; points are what `GET /traffic` answers. Target: %s at the 95th percentile.", s.runs, rollupTarget))
	r.Table([]string{"panel", "step asked for", "step", "values", "p50 ms", "p95 ms", "within target"}, lines)
	if err := os.WriteFile(filepath.Clean(s.output), []byte(r.String()), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}
