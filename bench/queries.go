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
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"

	_ "github.com/lib/pq" // the driver

	devpostgres "github.com/mockforge/mockforge-observability-app/dev/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// queriesCommand measures the explorer's filters over many recordings; it takes long, so that it is apart from the rest.
const queriesCommand = "queries"

// querySettings say how many recordings are made, and how often each filter is asked.
type querySettings struct {
	recordings int
	runs       int
	dsn        string
	output     string
	note       string
}

// queryTarget is within what the first page of a filter is to be there, at the 95th percentile.
const queryTarget = 100 * time.Millisecond

func queries(ctx context.Context, arguments []string) (err error) {
	var s querySettings
	flags := flag.NewFlagSet(queriesCommand, flag.ContinueOnError)
	flags.IntVar(&s.recordings, "recordings", 10_000_000, "how many recordings to make")
	flags.IntVar(&s.runs, "runs", 40, "how often each filter is asked, with other values each time")
	flags.StringVar(&s.dsn, "dsn", "", "an empty database to use instead of a private server, or one that an earlier run has filled")
	flags.StringVar(&s.output, "output", "bench/RESULTS-QUERIES.md", "the file to write")
	flags.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if s.recordings < 10_000 || s.runs < 5 {
		return errors.New("-recordings must be at least 10000, -runs at least 5")
	}
	if s.dsn == "" {
		server, err := devpostgres.Start(ctx, devpostgres.Options{Private: true})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		s.dsn = server.DSN()
	}
	db, err := sql.Open("postgres", s.dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	day := time.Now() // of the newest recording: days of a database that an earlier run has filled end by it
	store, err := postgres.Open(s.dsn, postgres.Options{Now: func() time.Time { return day }})
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	now, err := newestRecording(ctx, db)
	if err != nil {
		return err
	}
	if now.IsZero() {
		now = time.Now().UTC().Truncate(time.Second)
		fmt.Println("Making", s.recordings, "recordings")
		if err := loadRecordings(ctx, db, s.recordings, now); err != nil {
			return fmt.Errorf("make recordings: %w", err)
		}
	}
	// What collectors do: partitions ahead, and indexes for searching, of days that are over and of today until a minute ago.
	start := time.Now()
	day = now
	if err := store.MaintainPartitions(ctx, scenario.Retention{}); err != nil {
		return err
	}
	fmt.Printf("  indexed for searching in %s\n", time.Since(start).Round(time.Second))
	if _, err := db.ExecContext(ctx, "ANALYZE recorded_requests"); err != nil {
		return err
	}
	if err := warm(ctx, db, now.Add(-24*time.Hour)); err != nil {
		return fmt.Errorf("read the last day: %w", err)
	}
	return measureQueries(ctx, s, db, store, now)
}

func newestRecording(ctx context.Context, db *sql.DB) (time.Time, error) {
	var newest sql.NullTime
	err := db.QueryRowContext(ctx, "SELECT max(timestamp) FROM recorded_requests").Scan(&newest)
	return newest.Time.UTC(), err
}

func measureQueries(ctx context.Context, s querySettings, db *sql.DB, store *postgres.Store, now time.Time) error {
	var version, total, lastDay, size string
	if err := db.QueryRowContext(ctx, `SELECT current_setting('server_version'), count(*), count(*) FILTER (WHERE timestamp > $1),
		pg_size_pretty((SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'recorded_requests'::regclass))
		FROM recorded_requests`, now.Add(-24*time.Hour)).Scan(&version, &total, &lastDay, &size); err != nil {
		return err
	}
	from := now.Add(-24 * time.Hour)
	// The same values in every run.
	random := rand.New(rand.NewPCG(1, 2))
	var lines [][]string
	var plans strings.Builder
	for _, q := range explorerFilters() {
		var took []time.Duration
		var slowest recording.Query
		var found int
		for run := range s.runs + 1 {
			filter := q.filter(random)
			filter.From, filter.To = &from, &now
			query := recording.Query{Filter: filter}
			start := time.Now()
			page, err := store.Query(ctx, query)
			if err != nil && !errors.Is(err, api.ErrUnavailable) { // which a query is that takes longer than 30 s
				return fmt.Errorf("%s: %w", q.name, err)
			}
			if run == 0 { // which connects and fills caches
				continue
			}
			took = append(took, time.Since(start))
			found += len(page.Recordings)
			if took[len(took)-1] == sorted(took)[len(took)-1] {
				slowest = query
			}
		}
		took = sorted(took)
		p50, p95 := took[len(took)/2], took[len(took)*95/100]
		met := "yes"
		if p95 > queryTarget {
			met = "**no**"
		}
		lines = append(lines, []string{q.name, fmt.Sprintf("%.0f", float64(found)/float64(s.runs)), inMilliseconds(p50), inMilliseconds(p95), inMilliseconds(took[len(took)-1]), met})
		fmt.Printf("  %-28s p50 %s ms, p95 %s ms\n", q.name, inMilliseconds(p50), inMilliseconds(p95))
		plan, err := store.Explain(ctx, slowest, true)
		if err != nil {
			plan, err = store.Explain(ctx, slowest, false)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(&plans, "### %s\n\n```\n%s```\n\n", q.name, shortened(plan))
	}
	r := report.New("Finding among ten million recordings", fmt.Sprintf("%s recordings over %d days, %s of them in the last 24 hours, %s with indexes, in PostgreSQL %s with its default settings. "+
		"Written by `go run ./bench queries`.%s", total, loadedDays, lastDay, size, version, cmp.Or(" "+s.note, "")))
	r.Paragraph(fmt.Sprintf("Each filter over the last 24 hours, its first page of %d, %d times with other values each time, as `POST /recordings/query` asks. "+
		"What belongs to these hours is in the operating system's cache, as what was written lately is. Target: %s at the 95th percentile.",
		recording.DefaultLimit, s.runs, queryTarget))
	r.Table([]string{"filter", "recordings found", "p50 ms", "p95 ms", "slowest ms", "within target"}, lines)
	r.Section("Plans", "Of the slowest query of each filter.")
	r.Paragraph(strings.TrimSpace(plans.String()))
	if err := os.WriteFile(filepath.Clean(s.output), []byte(r.String()), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}
