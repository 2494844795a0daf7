package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// trafficBatch is how many rows of traffic one statement writes: it has at most 65,535 parameters.
const trafficBatch = 1000

// intervalColumns are the columns of traffic_intervals that are written.
var intervalColumns = slices.Concat([]string{"start", "instance"}, trafficKeys, []string{"seconds", "active", "plugins"}, countColumns)

// WriteTraffic stores what an instance counted. Writing the same intervals again changes nothing. Those of a time that was rolled up
// already are added to that, in the same transaction.
func (s *Store) WriteTraffic(ctx context.Context, intervals []traffic.Interval) error {
	if len(intervals) == 0 {
		return nil
	}
	stored := make([]traffic.Interval, len(intervals))
	for i, in := range intervals {
		stored[i] = storableInterval(in)
	}
	return wrap(s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		// Before anything is read, so that it is read as of after the lock.
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock_shared("+trafficWriteLock+")"); err != nil {
			return err
		}
		kept, err := trafficKept(ctx, tx)
		if err != nil {
			return err
		}
		late := slices.ContainsFunc(stored, kept.Late)
		var added []traffic.Interval
		for batch := range slices.Chunk(stored, trafficBatch) {
			fresh, err := insertIntervals(ctx, tx, batch, late)
			if err != nil {
				return err
			}
			added = append(added, fresh...)
		}
		if len(added) == 0 {
			return nil
		}
		// Pages are read, and written with what is added: by one at a time, who sees what the one before has written.
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock("+trafficLateLock+")"); err != nil {
			return err
		}
		for level, additions := range kept.Additions(added) {
			if err := addPages(ctx, tx, level, traffic.Pages(additions)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// storableInterval returns an interval as it can be stored, with the time as exact as it is stored.
func storableInterval(in traffic.Interval) traffic.Interval {
	in.Instance, in.Gateway, in.Protocol, in.Route, in.Mode = storable(in.Instance), storable(in.Gateway), storable(in.Protocol), storable(in.Route), storable(in.Mode)
	in.Seconds, in.LatencySumMS = recording.Finite(in.Seconds), recording.Finite(in.LatencySumMS)
	in = in.Bounded()
	in.Start = in.Start.UTC().Round(time.Microsecond)
	if len(in.Plugins) > 0 {
		plugins := make(map[string]traffic.PluginCounts, len(in.Plugins))
		for name, counts := range in.Plugins {
			counts.DurationSumMS = recording.Finite(counts.DurationSumMS)
			plugins[storable(name)] = counts
		}
		in.Plugins = plugins
	}
	return in
}

// insertIntervals stores intervals, and returns those that were not there yet where that is asked for.
func insertIntervals(ctx context.Context, tx *sql.Tx, intervals []traffic.Interval, returned bool) ([]traffic.Interval, error) {
	var values strings.Builder
	args := make([]any, 0, len(intervals)*len(intervalColumns))
	for i, in := range intervals {
		plugins, err := pluginsColumn(in.Plugins)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			values.WriteByte(',')
		}
		args = append(args, in.Start, in.Instance, in.Gateway, in.Protocol, in.Route, in.Mode, in.Seconds, in.Active, plugins,
			in.Requests, in.OrganicErrors, in.InjectedErrors, in.Injected, in.LatencySumMS)
		for _, count := range in.Buckets {
			args = append(args, count)
		}
		writePlaceholders(&values, i*len(intervalColumns), len(intervalColumns))
	}
	statement := "INSERT INTO traffic_intervals (" + strings.Join(intervalColumns, ", ") + ") VALUES " + values.String() + " ON CONFLICT DO NOTHING"
	if !returned {
		_, err := tx.ExecContext(ctx, statement, args...)
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, statement+" RETURNING start, instance, gateway, protocol, route, mode", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	fresh := map[intervalID]bool{}
	for rows.Next() {
		var id intervalID
		if err := rows.Scan(&id.start, &id.instance, &id.Gateway, &id.Protocol, &id.Route, &id.Mode); err != nil {
			return nil, err
		}
		id.start = id.start.UTC()
		fresh[id] = true
	}
	var added []traffic.Interval
	for _, in := range intervals {
		if id := (intervalID{in.Start, in.Instance, in.Key}); fresh[id] {
			added = append(added, in)
			delete(fresh, id) // The same one twice in a batch is stored once.
		}
	}
	return added, rows.Err()
}

// intervalID is by what an interval is known.
type intervalID struct {
	start    time.Time
	instance string
	traffic.Key
}

// pluginsColumn returns the column's value: null where no plugin ran, which is nearly every row.
func pluginsColumn(plugins map[string]traffic.PluginCounts) (any, error) {
	if len(plugins) == 0 {
		return nil, nil
	}
	document, err := json.Marshal(plugins)
	return string(document), err
}

func writePlaceholders(b *strings.Builder, after, count int) {
	b.WriteByte('(')
	for i := range count {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "$%d", after+i+1)
	}
	b.WriteByte(')')
}
