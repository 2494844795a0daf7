package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// trafficColumn is one column of the intervals.
type trafficColumn struct {
	name  string
	of    columnType
	write func(*rowWriter, *traffic.Interval)
}

// trafficKey is what an interval is told apart by. The same may be stored several times until the server merges them: every
// statement groups by it first.
const trafficKey = "start, instance, gateway, protocol, route, mode"

var trafficColumns = []trafficColumn{
	{"day", signed32, func(w *rowWriter, in *traffic.Interval) { w.int32(dayOf(in.Start)) }},
	{"start", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(in.Start.UnixMicro()) }},
	// The moment by which an interval belongs to a step, see traffic.Interval.Middle.
	{"middle", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(middleOf(in)) }},
	{"instance", few, func(w *rowWriter, in *traffic.Interval) { w.text(in.Instance) }},
	{"gateway", few, func(w *rowWriter, in *traffic.Interval) { w.text(in.Gateway) }},
	{"protocol", few, func(w *rowWriter, in *traffic.Interval) { w.text(in.Protocol) }},
	{"route", few, func(w *rowWriter, in *traffic.Interval) { w.text(in.Route) }},
	{"mode", few, func(w *rowWriter, in *traffic.Interval) { w.text(in.Mode) }},
	{"requests", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(in.Requests) }},
	{"organic_errors", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(in.OrganicErrors) }},
	{"injected_errors", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(in.InjectedErrors) }},
	{"injected", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(in.Injected) }},
	{"latency_sum_ms", decimal, func(w *rowWriter, in *traffic.Interval) { w.float(in.LatencySumMS) }},
	{"active", signed64, func(w *rowWriter, in *traffic.Interval) { w.int64(in.Active) }},
	{"buckets", signeds64, func(w *rowWriter, in *traffic.Interval) {
		w.length(len(in.Buckets))
		for _, n := range in.Buckets {
			w.int64(n)
		}
	}},
	{"plugins", texts, func(w *rowWriter, in *traffic.Interval) {
		plugins(w, in, func(name string, _ traffic.PluginCounts) { w.text(name) })
	}},
	{"plugin_executions", signeds64, func(w *rowWriter, in *traffic.Interval) {
		plugins(w, in, func(_ string, c traffic.PluginCounts) { w.int64(c.Executions) })
	}},
	{"plugin_errors", signeds64, func(w *rowWriter, in *traffic.Interval) {
		plugins(w, in, func(_ string, c traffic.PluginCounts) { w.int64(c.Errors) })
	}},
	{"plugin_durations_ms", decimals, func(w *rowWriter, in *traffic.Interval) {
		plugins(w, in, func(_ string, c traffic.PluginCounts) { w.float(c.DurationSumMS) })
	}},
}

func middleOf(in *traffic.Interval) int64 {
	finite := traffic.Interval{Start: in.Start.Truncate(time.Microsecond), Seconds: recording.Finite(in.Seconds)}
	return finite.Middle().UnixMicro()
}

func plugins(w *rowWriter, in *traffic.Interval, each func(string, traffic.PluginCounts)) {
	var names []string
	for name := range in.Plugins {
		names = append(names, name)
	}
	slices.Sort(names)
	w.length(len(names))
	for _, name := range names {
		each(name, in.Plugins[name])
	}
}

// WriteTraffic stores what an instance counted. Writing the same intervals again changes nothing.
func (s *Store) WriteTraffic(ctx context.Context, intervals []traffic.Interval) error {
	if len(intervals) == 0 {
		return nil
	}
	var w rowWriter
	for i := range intervals {
		for _, c := range trafficColumns {
			c.write(&w, &intervals[i])
		}
	}
	names := strings.Join(each(trafficColumns, func(c *trafficColumn) string { return c.name }), ", ")
	return s.client.execute(ctx, request{statement: "INSERT INTO " + s.place.whole(trafficTable) + " (" + names + ") FORMAT RowBinary", rows: w.bytes, settings: s.writing()})
}

// intervals returns the table of the intervals within [from, to), each once, with the columns that are named.
func (s *Store) intervals(from, to time.Time, condition string, columns ...string) string {
	// An interval is short: a minute on either side finds all.
	first, last := from.Add(-time.Minute), to.Add(time.Minute)
	picked := each(columns, func(c *string) string { return "any(" + *c + ") AS one_" + *c })
	return fmt.Sprintf("(SELECT %s, any(middle) AS one_middle, %s FROM %s WHERE day >= %d AND day <= %d AND start >= %d AND start <= %d AND middle >= %d AND middle < %d%s GROUP BY %[1]s)",
		trafficKey, strings.Join(picked, ", "), s.place.whole(trafficTable), dayOf(first), dayOf(last), first.UnixMicro(), last.UnixMicro(), from.UnixMicro(), ceilMicro(to), condition)
}

// ceilMicro returns the first microsecond that is not before t.
func ceilMicro(t time.Time) int64 {
	micro := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		micro++
	}
	return micro
}

// Points sums the traffic of the fleet up, one point per step in [from, to). See api.Traffic.
func (s *Store) Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	return s.GatewayPoints(ctx, "", from, to, step)
}

// GatewayPoints does as Points for one gateway; for all where its name is empty.
func (s *Store) GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	if err := checkSteps(from, to, step); err != nil {
		return nil, err
	}
	v, err := s.version(ctx)
	if err != nil {
		return nil, err
	}
	from = from.UTC().Truncate(step)
	c := conditions{beside: v.hasParameters()}
	condition := ""
	if gateway != "" {
		condition = " AND gateway = " + c.bind(recording.AsText(gateway))
	}
	var intervals []traffic.Interval
	// Every column has a name that is none of the table's: the names of results are seen within aggregates, too.
	statement := fmt.Sprintf(`SELECT toInt64(intDiv(one_middle - %d, %d)) AS at, toString(instance), toString(gateway), toString(protocol), toString(route), toString(mode),
			sum(one_requests), sum(one_organic_errors), sum(one_injected_errors), sum(one_injected), sum(one_latency_sum_ms), argMax(one_active, start), %s
		FROM %s GROUP BY at, instance, gateway, protocol, route, mode`, from.UnixMicro(), step.Microseconds(), bucketSums(),
		s.intervals(from, to, condition, "requests", "organic_errors", "injected_errors", "injected", "latency_sum_ms", "active", "buckets"))
	err = s.client.query(ctx, request{statement: statement, parameters: c.parameters}, func(r *rowReader) {
		in := traffic.Interval{Seconds: step.Seconds(), Start: from.Add(time.Duration(r.int64()) * step), Instance: r.string()}
		readKey(r, &in.Key)
		readSums(r, &in)
		in.Active = r.int64()
		readBuckets(r, &in)
		intervals = append(intervals, in)
	})
	if err != nil {
		return nil, err
	}
	statement = fmt.Sprintf(`SELECT at, plugin, sum(executions), sum(errors), sum(duration) FROM
		(SELECT toInt64(intDiv(one_middle - %d, %d)) AS at, plugin, executions, errors, duration
			FROM %s ARRAY JOIN one_plugins AS plugin, one_plugin_executions AS executions, one_plugin_errors AS errors, one_plugin_durations_ms AS duration)
		GROUP BY at, plugin`, from.UnixMicro(), step.Microseconds(),
		s.intervals(from, to, condition+" AND notEmpty(plugins)", "plugins", "plugin_executions", "plugin_errors", "plugin_durations_ms"))
	err = s.client.query(ctx, request{statement: statement, parameters: c.parameters}, func(r *rowReader) {
		start, name := from.Add(time.Duration(r.int64())*step), r.string()
		counts := traffic.PluginCounts{Executions: r.int64(), Errors: r.int64(), DurationSumMS: r.float()}
		intervals = append(intervals, traffic.Interval{Start: start, Seconds: step.Seconds(), Plugins: map[string]traffic.PluginCounts{name: counts}})
	})
	if err != nil {
		return nil, err
	}
	// The last step may be cut short by to, and its middle lie beyond: it is counted in whole.
	end := from.Add((to.Sub(from) + step - 1) / step * step)
	return traffic.Sum(intervals, from, end, step), nil
}

func checkSteps(from, to time.Time, step time.Duration) error {
	switch {
	case step < time.Second:
		return validation.Errorf("step", "must be at least 1s, is %s", step)
	case !from.Before(to):
		return validation.Errorf("from", "must be before to")
	case to.Sub(from)/step >= maxPoints:
		return validation.Errorf("step", "must be larger: from and to are more than %d steps apart", maxPoints)
	}
	return nil
}

func bucketSums() string { return "sumForEach(one_buckets)" }

func readKey(r *rowReader, k *traffic.Key) {
	k.Gateway, k.Protocol, k.Route, k.Mode = r.string(), r.string(), r.string(), r.string()
}

func readSums(r *rowReader, in *traffic.Interval) {
	in.Requests, in.OrganicErrors, in.InjectedErrors, in.Injected, in.LatencySumMS = r.int64(), r.int64(), r.int64(), r.int64(), r.float()
}

func readBuckets(r *rowReader, in *traffic.Interval) {
	for i, n := range list(r, r.int64) {
		if i < len(in.Buckets) {
			in.Buckets[i] = n
		}
	}
}

// dimensions are the columns that a dimension keeps apart.
var dimensions = map[traffic.Dimension][]string{
	traffic.Whole: {}, traffic.ByGateway: {"gateway"}, traffic.ByProtocol: {"protocol"}, traffic.ByRoute: {"gateway", "route"}, traffic.ByMode: {"mode"},
}

// Series breaks the traffic of the fleet in [from, to) down by a dimension. See api.TrafficSeries.
func (s *Store) Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error) {
	var breakdown traffic.Breakdown
	grouped, known := dimensions[by]
	switch {
	case !known:
		return breakdown, validation.Errorf("by", "must be empty, gateway, protocol, route or mode, is %q", by)
	case limit < 1 || limit > maxValues:
		return breakdown, validation.Errorf("limit", "must be between 1 and %d, is %d", maxValues, limit)
	}
	if err := checkSteps(from, to, step); err != nil {
		return breakdown, err
	}
	v, err := s.version(ctx)
	if err != nil {
		return breakdown, err
	}
	from = from.UTC().Truncate(step)
	err = s.client.query(ctx, request{statement: "SELECT count(), min(start) FROM " + s.place.whole(trafficTable)}, func(r *rowReader) {
		if n, oldest := r.uint64(), time.UnixMicro(r.int64()).UTC(); n > 0 {
			breakdown.Oldest = &oldest
		}
	})
	if err != nil {
		return traffic.Breakdown{}, err
	}
	c := conditions{beside: v.hasParameters()}
	condition := " AND requests > 0"
	for _, each := range []struct {
		column string
		values []string
	}{{"gateway", selection.Gateways}, {"protocol", selection.Protocols}, {"route", selection.Routes}, {"mode", selection.Modes}} {
		if len(each.values) > 0 {
			condition += " AND " + each.column + " IN (" + c.bindAll(each.values) + ")"
		}
	}
	var keys []string
	for _, column := range []string{"gateway", "protocol", "route", "mode"} {
		expression := "''"
		if slices.Contains(grouped, column) {
			expression = "toString(" + column + ")"
		}
		keys = append(keys, expression+" AS k_"+column)
	}
	order, err := s.busiest(ctx, &c, keys, s.intervals(from, to, condition, "requests"))
	if err != nil || len(order) == 0 {
		return breakdown, err
	}
	breakdown.Of = len(order)
	for _, k := range order[:min(len(order), limit)] {
		breakdown.Series = append(breakdown.Series, traffic.Series{Key: k})
	}
	places := map[traffic.Key]*traffic.Series{}
	var wanted []string
	for i := range breakdown.Series {
		k := breakdown.Series[i].Key
		places[k] = &breakdown.Series[i]
		wanted = append(wanted, "(k_gateway = "+quoted(k.Gateway)+" AND k_protocol = "+quoted(k.Protocol)+" AND k_route = "+quoted(k.Route)+" AND k_mode = "+quoted(k.Mode)+")")
	}
	having := ""
	if len(order) > limit {
		having = " HAVING " + strings.Join(wanted, " OR ")
	}
	statement := fmt.Sprintf(`SELECT toInt64(intDiv(one_middle - %d, %d)) AS at, %s,
			sum(one_requests), sum(one_organic_errors), sum(one_injected_errors), sum(one_injected), sum(one_latency_sum_ms), %s
		FROM %s GROUP BY at, k_gateway, k_protocol, k_route, k_mode%s ORDER BY at`, from.UnixMicro(), step.Microseconds(), strings.Join(keys, ", "), bucketSums(),
		s.intervals(from, to, condition, "requests", "organic_errors", "injected_errors", "injected", "latency_sum_ms", "buckets"), having)
	err = s.client.query(ctx, request{statement: statement, parameters: c.parameters}, func(r *rowReader) {
		in := traffic.Interval{Seconds: step.Seconds(), Start: from.Add(time.Duration(r.int64()) * step)}
		readKey(r, &in.Key)
		readSums(r, &in)
		readBuckets(r, &in)
		if series := places[in.Key]; series != nil {
			series.Intervals = append(series.Intervals, in)
		}
	})
	if err != nil {
		return traffic.Breakdown{}, err
	}
	return breakdown, nil
}

// busiest returns the keys of all series, the busiest first.
func (s *Store) busiest(ctx context.Context, c *conditions, keys []string, from string) ([]traffic.Key, error) {
	type counted struct {
		key      traffic.Key
		requests int64
	}
	var all []counted
	statement := fmt.Sprintf("SELECT %s, sum(one_requests) FROM %s GROUP BY k_gateway, k_protocol, k_route, k_mode", strings.Join(keys, ", "), from)
	err := s.client.query(ctx, request{statement: statement, parameters: c.parameters}, func(r *rowReader) {
		var each counted
		readKey(r, &each.key)
		each.requests = r.int64()
		all = append(all, each)
	})
	slices.SortFunc(all, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.requests, a.requests), cmp.Compare(a.key.Gateway, b.key.Gateway), cmp.Compare(a.key.Protocol, b.key.Protocol),
			cmp.Compare(a.key.Route, b.key.Route), cmp.Compare(a.key.Mode, b.key.Mode))
	})
	return each(all, func(c *counted) traffic.Key { return c.key }), err
}
