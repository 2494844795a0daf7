package main

import (
	"context"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
	"github.com/mockforge/mockforge-observability-app/dev/report"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// settleWait is more than the recorder takes for a full buffer on a busy machine.
const settleWait = 2 * time.Minute

// settle waits until the recorder holds nothing in memory or on disk.
func settle(ctx context.Context, g *gateway) error {
	return probe.Until(ctx, settleWait, func() bool {
		queued, err := g.metric(ctx, "mockforge_recorder_queue_length")
		if err != nil || queued > 0 {
			return false
		}
		spooled, err := g.metric(ctx, "mockforge_recorder_spooled_bytes")
		return err == nil && spooled == 0
	})
}

// reportRecordings accounts for each exchange of the recording gateway, which is stopped by this.
func reportRecordings(ctx context.Context, r *report.Report, g *gateway, c *contender, dsn string) error {
	dropped, err := g.metric(ctx, "mockforge_recorder_dropped_total")
	if err != nil {
		return err
	}
	spooled, err := g.metric(ctx, "mockforge_recorder_spooled_total")
	if err != nil {
		return err
	}
	// Its end writes the batch that is still open.
	if err := g.Stop(); err != nil {
		return err
	}
	store, err := postgres.Open(dsn, postgres.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	stats, err := store.Stats(ctx, recording.Filter{})
	if err != nil {
		return err
	}
	r.Section("Completeness of recordings",
		"Each exchange of the recording gateway above. Target: stored is answered.")
	r.Table([]string{"answered", "stored", "share", "counted as dropped", "passed through the spool", "unaccounted for"}, [][]string{{
		fmt.Sprint(c.requests), fmt.Sprint(stats.Total), fmt.Sprintf("%.4f", float64(stats.Total)/float64(c.requests)),
		fmt.Sprintf("%.0f", dropped), fmt.Sprintf("%.0f", spooled), fmt.Sprintf("%.0f", float64(c.requests+c.failures)-float64(stats.Total)-dropped),
	}})
	return nil
}
