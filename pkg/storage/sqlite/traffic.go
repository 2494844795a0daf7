package sqlite

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var (
	intervalColumns = slices.Concat([]string{"stored_at", "start", "middle", "instance"}, trafficKeys, []string{"seconds", "active", "plugins"}, countColumns)
	insertInterval  = "INSERT INTO traffic_intervals (" + strings.Join(intervalColumns, ", ") + ") VALUES (" + places(len(intervalColumns)) + ") ON CONFLICT DO NOTHING"
)

// WriteTraffic stores what an instance counted. Writing the same intervals again changes nothing. Those of a time that was rolled up
// already are added to that, in the same transaction.
func (s *Store) WriteTraffic(ctx context.Context, intervals []traffic.Interval) error {
	if len(intervals) == 0 {
		return nil
	}
	return s.wrap(s.inTransaction(ctx, func(tx *sql.Tx) error {
		kept, err := trafficKept(ctx, tx)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, insertInterval)
		if err != nil {
			return err
		}
		defer insert.Close()
		now := s.now().UnixMicro()
		var late []traffic.Interval
		args := make([]any, 0, len(intervalColumns))
		for _, in := range intervals {
			in = storableInterval(in)
			args = append(args[:0], now, in.Start.UnixMicro(), in.Middle().UnixMicro(), in.Instance, in.Gateway, in.Protocol, in.Route, in.Mode,
				in.Seconds, in.Active, pluginsOrNull(in.Plugins), in.Requests, in.OrganicErrors, in.InjectedErrors, in.Injected, in.LatencySumMS)
			for _, count := range in.Buckets {
				args = append(args, count)
			}
			result, err := insert.ExecContext(ctx, args...)
			if err != nil {
				return err
			}
			if !kept.Late(in) {
				continue
			}
			if fresh, err := result.RowsAffected(); err != nil {
				return err
			} else if fresh > 0 {
				late = append(late, in)
			}
		}
		for level, additions := range kept.Additions(late) {
			if err := addPages(ctx, tx, level, traffic.Pages(additions)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// storableInterval returns an interval as it can be stored, with the time as exact as it is stored.
func storableInterval(in traffic.Interval) traffic.Interval {
	for _, text := range []*string{&in.Instance, &in.Gateway, &in.Protocol, &in.Route, &in.Mode} {
		*text = recording.AsText(*text)
	}
	in.Seconds, in.LatencySumMS = recording.Finite(in.Seconds), recording.Finite(in.LatencySumMS)
	in = in.Bounded()
	in.Start = in.Start.UTC().Round(time.Microsecond)
	if len(in.Plugins) > 0 {
		plugins := make(map[string]traffic.PluginCounts, len(in.Plugins))
		for name, counts := range in.Plugins {
			counts.DurationSumMS = recording.Finite(counts.DurationSumMS)
			plugins[recording.AsText(name)] = counts
		}
		in.Plugins = plugins
	}
	return in
}

// pluginsOrNull is null where no plugin ran, which is nearly every row.
func pluginsOrNull(plugins map[string]traffic.PluginCounts) any {
	if len(plugins) == 0 {
		return nil
	}
	return inJSON(plugins)
}
