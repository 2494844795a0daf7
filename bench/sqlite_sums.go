package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/report"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// sumsTarget is how long what a page sums up may take.
const sumsTarget = time.Second

// sumRuns is how often each is measured: they take long, and read the same each time.
const sumRuns = 5

// measureFileSums measures what reads all that a filter has, for the filters of every day.
func measureFileSums(ctx context.Context, store *sqlite.Store, from, to time.Time, r *report.Report) error {
	asked := []struct {
		name string
		do   func(f recording.Filter) error
	}{
		{"Stats", func(f recording.Filter) error { _, err := store.Stats(ctx, f); return err }},
		{"Values of routes", func(f recording.Filter) error { _, err := store.Values(ctx, f, "routes", 100); return err }},
		{"Volume by 10 minutes", func(f recording.Filter) error { _, err := store.Volume(ctx, f, 10*time.Minute); return err }},
		{"Scan of 10000, the first", func(f recording.Filter) error {
			for _, err := range store.Scan(ctx, f, 10_000) {
				return err
			}
			return nil
		}},
	}
	header := []string{"of the last day"}
	for _, a := range asked {
		header = append(header, a.name+", ms")
	}
	var lines [][]string
	for _, f := range []struct {
		name   string
		filter recording.Filter
	}{
		{"everything", recording.Filter{}},
		{"a gateway", recording.Filter{Gateways: []string{"pay"}}},
		{"5xx", recording.Filter{Statuses: []string{"5xx"}}},
		{"a gateway's 5xx", recording.Filter{Gateways: []string{"shop"}, Statuses: []string{"5xx"}}},
		{"a route", recording.Filter{Routes: []string{"/things-7/{id}"}}},
		{"failures", recording.Filter{Failures: new(true)}},
		{"a header", recording.Filter{Headers: map[string]string{"X-Tenant": "tenant-7"}}},
		{"a pattern of paths", recording.Filter{Path: "/things-7/*"}},
	} {
		f.filter.From, f.filter.To = &from, &to
		line := []string{f.name}
		for _, a := range asked {
			var took []time.Duration
			for range sumRuns {
				start := time.Now()
				if err := a.do(f.filter); err != nil {
					return fmt.Errorf("%s, %s: %w", a.name, f.name, err)
				}
				took = append(took, time.Since(start))
			}
			median := sorted(took)[sumRuns/2]
			cell := inMilliseconds(median)
			if median > sumsTarget {
				cell = "**" + cell + "**"
			}
			line = append(line, cell)
		}
		lines = append(lines, line)
		fmt.Println(" ", line)
	}
	r.Section("Summing up", fmt.Sprintf("The same file and day: what reads all that a filter has, the median of %d. Target: %s; what is above is in bold.", sumRuns, sumsTarget))
	r.Table(header, lines)
	return nil
}
