package datasource

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultSeries = 20
	maxSeries     = 100
	maxMetrics    = 10
	maxSteps      = 2000
	// settle is how long after its end a second of all collectors is in the database.
	settle = 2 * time.Second
)

// metric is one figure of traffic.
type metric string

// figure is how a metric is shown, and how it comes from the counts of one step; nil is no value.
type figure struct {
	name, unit string
	of         func(in *traffic.Interval) *float64
	// quiet is the value of a step without traffic.
	quiet *float64
}

var figures = map[metric]figure{
	"requests":            {"requests", requestsPerSecond, perSecond(func(in *traffic.Interval) int64 { return in.Requests }), new(float64)},
	"errors":              {"errors", requestsPerSecond, perSecond(func(in *traffic.Interval) int64 { return in.OrganicErrors + in.InjectedErrors }), new(float64)},
	"organic_errors":      {"organic errors", requestsPerSecond, perSecond(func(in *traffic.Interval) int64 { return in.OrganicErrors }), new(float64)},
	"injected_errors":     {"injected errors", requestsPerSecond, perSecond(func(in *traffic.Interval) int64 { return in.InjectedErrors }), new(float64)},
	"error_rate":          {"error rate", share, shareOf(func(in *traffic.Interval) int64 { return in.OrganicErrors + in.InjectedErrors }), nil},
	"organic_error_rate":  {"organic error rate", share, shareOf(func(in *traffic.Interval) int64 { return in.OrganicErrors }), nil},
	"injected_error_rate": {"injected error rate", share, shareOf(func(in *traffic.Interval) int64 { return in.InjectedErrors }), nil},
	"injected_rate":       {"injected share", share, shareOf(func(in *traffic.Interval) int64 { return in.Injected }), nil},
	"mean":                {"mean latency", milliseconds, mean, nil},
	"p50":                 {"p50 latency", milliseconds, quantile(0.5), nil},
	"p95":                 {"p95 latency", milliseconds, quantile(0.95), nil},
	"p99":                 {"p99 latency", milliseconds, quantile(0.99), nil},
}

func perSecond(count func(*traffic.Interval) int64) func(*traffic.Interval) *float64 {
	return func(in *traffic.Interval) *float64 {
		value := float64(count(in)) / in.Seconds
		return &value
	}
}

func shareOf(count func(*traffic.Interval) int64) func(*traffic.Interval) *float64 {
	return func(in *traffic.Interval) *float64 {
		value := min(1, float64(count(in))/float64(in.Requests))
		return &value
	}
}

func mean(in *traffic.Interval) *float64 {
	value := in.LatencySumMS / float64(in.Requests)
	return &value
}

func quantile(q float64) func(*traffic.Interval) *float64 {
	return func(in *traffic.Interval) *float64 { return traffic.Quantile(in.Buckets, q) }
}

// traffic answers with time series in the data plane's multi format: one frame for each metric of each series, so that
// alert rules take them as they are.
func (d *DataSource) traffic(ctx context.Context, q query, filter recording.Filter, from backend.DataQuery) (data.Frames, error) {
	selection, err := q.traffic(filter)
	if err != nil {
		return nil, err
	}
	limit := q.SeriesLimit
	if limit == 0 {
		limit = defaultSeries
	}
	length := filter.To.Sub(*filter.From)
	wanted := traffic.Fitting(stepOf(from), length, traffic.Totals)
	asked := traffic.Fitting(stepOf(from), length, q.GroupBy.Detail(selection))
	steps, breakdown, err := d.steps(filter, asked, func(since, until time.Time, step time.Duration) (traffic.Breakdown, error) {
		return d.store.Series(ctx, since, until, step, q.GroupBy, selection, limit)
	})
	if err != nil {
		return nil, err
	}
	frames := data.Frames{}
	for _, series := range breakdown.Series {
		for _, name := range q.Metrics {
			frames = append(frames, trafficFrame(series, figures[name], q.GroupBy, steps, len(q.Metrics) > 1))
		}
	}
	switch {
	case len(frames) == 0:
	case steps.length == asked && asked > wanted:
		cut(frames[0], "Steps are %s long instead of %s: routes are many, and so long a time of them is told in longer steps.", traffic.Name(asked), traffic.Name(wanted))
	case steps.length > asked:
		cut(frames[0], "Steps are %s long instead of %s: traffic that old is kept in longer steps only.", traffic.Name(steps.length), traffic.Name(asked))
	}
	if len(frames) > 0 && breakdown.Of > len(breakdown.Series) {
		cut(frames[0], "The busiest %d of %d series are shown.", len(breakdown.Series), breakdown.Of)
	}
	return frames, nil
}

// steps asks for the steps of a filter's range. The last one is whole where it is over, and ends at the present where it is not.
func (d *DataSource) steps(filter recording.Filter, step time.Duration, ask func(since, until time.Time, step time.Duration) (traffic.Breakdown, error)) (steps, traffic.Breakdown, error) {
	present := d.now().UTC().Add(-settle).Truncate(time.Second)
	for {
		since, until := filter.From.Truncate(step), filter.To.Truncate(step)
		if until.Before(*filter.To) {
			until = until.Add(step)
		}
		until = earlier(until, present)
		if !since.Before(until) {
			return steps{}, traffic.Breakdown{}, nil
		}
		breakdown, err := ask(since, until, step)
		breakdown.Step = max(breakdown.Step, step) // A store that keeps one resolution says none.
		if err != nil || breakdown.Step <= step {
			return newSteps(since, until, breakdown), breakdown, err
		}
		step = breakdown.Step // Of what is that old there are longer steps only.
	}
}

// trafficConditions are few, since traffic is counted by few things, which keeps it cheap.
var trafficConditions = recording.Support{Of: "traffic", Fields: []string{"from", "to", "protocols", "gateways", "routes", "modes"}}

// traffic checks the parts of a query that are of traffic; Metrics has a default.
func (q *query) traffic(filter recording.Filter) (traffic.Selection, error) {
	selection := traffic.Selection{Gateways: filter.Gateways, Routes: filter.Routes, Modes: filter.Modes}
	for _, protocol := range filter.Protocols {
		selection.Protocols = append(selection.Protocols, string(protocol))
	}
	if len(q.Metrics) == 0 {
		q.Metrics = []metric{"requests"}
	}
	if len(q.Metrics) > maxMetrics {
		return selection, validation.Errorf("metrics", "must be at most %d, are %d", maxMetrics, len(q.Metrics))
	}
	for i, name := range q.Metrics {
		if _, known := figures[name]; !known {
			return selection, validation.Errorf(fmt.Sprintf("metrics[%d]", i), "must be requests, errors, error_rate, p95 or another metric of traffic, is %q", name)
		}
	}
	if q.SeriesLimit < 0 || q.SeriesLimit > maxSeries {
		return selection, validation.Errorf("seriesLimit", "must be between 1 and %d, is %d", maxSeries, q.SeriesLimit)
	}
	known := false
	for _, dimension := range traffic.Dimensions() {
		known = known || dimension == q.GroupBy
	}
	if !known {
		return selection, validation.Errorf("groupBy", "must be empty, gateway, route, mode or protocol, is %q", q.GroupBy)
	}
	return selection, nil
}

// stepOf returns the interval of a query in whole seconds, longer where the range would have too many of them.
func stepOf(from backend.DataQuery) time.Duration {
	length := from.TimeRange.To.Sub(from.TimeRange.From)
	points := int64(maxSteps)
	if from.MaxDataPoints > 0 {
		points = min(points, from.MaxDataPoints)
	}
	step := max(time.Second, from.Interval, length/time.Duration(points))
	return (step + time.Second - 1).Truncate(time.Second)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func trafficFrame(series traffic.Series, f figure, by traffic.Dimension, steps steps, several bool) *data.Frame {
	times, values := make([]time.Time, steps.n), make([]*float64, steps.n)
	for i := range steps.n {
		times[i], values[i] = steps.start(i), f.quiet
	}
	for _, in := range series.Intervals {
		if at := steps.at(in.Start); at >= 0 && at < steps.n {
			in.Seconds = steps.counted(at).Seconds()
			values[at] = f.of(&in)
		}
	}
	labels, display := labelsOfSeries(series.Key, by), f.name
	switch {
	case len(labels) == 0:
	case several:
		display = nameOfSeries(series.Key, by) + ": " + f.name
	default:
		display = nameOfSeries(series.Key, by)
	}
	value := data.NewField(f.name, labels, values)
	config := &data.FieldConfig{Unit: f.unit, DisplayNameFromDS: display}
	if by == traffic.ByMode {
		config.Color = map[string]any{"mode": "fixed", "fixedColor": modeColors[0].(data.ValueMapper)[series.Key.Mode].Color}
	}
	value.SetConfig(config)
	when := data.NewField("time", nil, times)
	when.SetConfig(&data.FieldConfig{Interval: float64(steps.length.Milliseconds())})
	frame := data.NewFrame("", when, value)
	frame.SetMeta(&data.FrameMeta{
		Type: data.FrameTypeTimeSeriesMulti, TypeVersion: data.FrameTypeVersion{0, 1}, PreferredVisualization: data.VisTypeGraph,
	})
	return frame
}

func labelsOfSeries(key traffic.Key, by traffic.Dimension) data.Labels {
	switch by {
	case traffic.ByGateway:
		return data.Labels{"gateway": key.Gateway}
	case traffic.ByProtocol:
		return data.Labels{"protocol": key.Protocol}
	case traffic.ByMode:
		return data.Labels{"mode": key.Mode}
	case traffic.ByRoute:
		return data.Labels{"gateway": key.Gateway, "route": key.Route}
	}
	return nil
}

func nameOfSeries(key traffic.Key, by traffic.Dimension) string {
	switch by {
	case traffic.ByGateway:
		return key.Gateway
	case traffic.ByProtocol:
		return key.Protocol
	case traffic.ByMode:
		return key.Mode
	}
	return strings.TrimSpace(key.Gateway + " " + key.Route)
}
