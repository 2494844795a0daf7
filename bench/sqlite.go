package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// sqliteCommand measures the store in one file: the explorer's filters, and writing beside the shell of SQLite.
const sqliteCommand = "sqlite"

// fileSettings say what is measured of a file.
type fileSettings struct {
	recordings, runs, rows, rounds int
	path, output, note             string
}

func inFile(ctx context.Context, arguments []string) error {
	var s fileSettings
	flags := flag.NewFlagSet(sqliteCommand, flag.ContinueOnError)
	flags.IntVar(&s.recordings, "recordings", 1_000_000, "how many recordings to make")
	flags.IntVar(&s.runs, "runs", 40, "how often each filter is asked, with other values each time")
	flags.IntVar(&s.rows, "rows", 20_000, "how many recordings to write in each round; 0 leaves writing out")
	flags.IntVar(&s.rounds, "rounds", 5, "how many rounds of writing")
	flags.StringVar(&s.path, "path", "", "a file that an earlier run has filled, or that is to be filled and kept")
	flags.StringVar(&s.output, "output", "bench/RESULTS-SQLITE.md", "the file to write; - for none")
	flags.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if s.recordings < 10_000 || s.runs < 5 || s.rounds < 1 {
		return errors.New("-recordings must be at least 10000, -runs at least 5, -rounds at least 1")
	}
	directory, err := os.MkdirTemp("", "mockforge-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	if s.path == "" {
		s.path = filepath.Join(directory, "mockforge.db")
	}
	r := report.New("The store in one file", "Written by `go run ./bench sqlite`; not to be edited. Ratios within one run count: absolute figures say more about the machine than about the product.")
	rows := report.Circumstances()
	if s.note != "" {
		rows = append(rows, []string{"note", s.note})
	}
	r.Table([]string{"", ""}, rows)
	if s.rows > 0 {
		fmt.Println("Measuring writing beside the shell of SQLite")
		if err := measureFileWriting(ctx, s, directory, r); err != nil {
			return err
		}
	}
	fmt.Println("Measuring filters")
	if err := measureFileQueries(ctx, s, r); err != nil {
		return err
	}
	if s.output == "-" {
		return nil
	}
	if err := os.WriteFile(filepath.Clean(s.output), []byte(r.String()), 0o644); err != nil {
		return err
	}
	fmt.Println("Written:", s.output)
	return nil
}

// measureFileQueries asks the explorer's filters of many recordings.
func measureFileQueries(ctx context.Context, s fileSettings, r *report.Report) error {
	store, err := sqlite.Open(s.path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	newest, err := store.Query(ctx, recording.Query{Limit: 1})
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	if len(newest.Recordings) > 0 {
		now = newest.Recordings[0].Timestamp
	} else {
		fmt.Println("Making", s.recordings, "recordings")
		if err := loadFile(ctx, store, s.recordings, now); err != nil {
			return fmt.Errorf("make recordings: %w", err)
		}
	}
	start := time.Now()
	if err := store.IndexForSearch(ctx); err != nil { // as collectors do every minute
		return err
	}
	fmt.Printf("  indexed for searching in %s\n", time.Since(start).Round(time.Second))
	size := int64(0)
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			size += info.Size()
		}
	}
	from := now.Add(-24 * time.Hour)
	random := rand.New(rand.NewPCG(1, 2)) // the same values in every run
	var lines [][]string
	for _, q := range explorerFilters() {
		var took []time.Duration
		found := 0
		for run := range s.runs + 1 {
			filter := q.filter(random)
			filter.From, filter.To = &from, &now
			start := time.Now()
			page, err := store.Query(ctx, recording.Query{Filter: filter})
			if err != nil && !errors.Is(err, api.ErrUnavailable) { // which a query is that takes longer than 30 s
				return fmt.Errorf("%s: %w", q.name, err)
			}
			if run == 0 { // which fills caches
				continue
			}
			took = append(took, time.Since(start))
			found += len(page.Recordings)
		}
		took = sorted(took)
		p50, p95 := took[len(took)/2], took[len(took)*95/100]
		met := "yes"
		if p95 > queryTarget {
			met = "**no**"
		}
		lines = append(lines, []string{q.name, fmt.Sprintf("%.0f", float64(found)/float64(s.runs)), inMilliseconds(p50), inMilliseconds(p95), inMilliseconds(took[len(took)-1]), met})
		fmt.Printf("  %-28s p50 %s ms, p95 %s ms\n", q.name, inMilliseconds(p50), inMilliseconds(p95))
	}
	r.Section("Finding", fmt.Sprintf("Each filter over the last 24 hours of %d recordings over %d days, %.0f%% of them in these hours, in a file of %d MB: its first page of %d, %d times with other values each time, "+
		"as `POST /recordings/query` asks. The file is in the operating system's cache. Target: %s at the 95th percentile.",
		s.recordings, loadedDays, 100*lastDayShare, size>>20, recording.DefaultLimit, s.runs, queryTarget))
	r.Table([]string{"filter", "recordings found", "p50 ms", "p95 ms", "slowest ms", "within target"}, lines)
	fmt.Println("Measuring sums")
	return measureFileSums(ctx, store, from, now, r)
}
