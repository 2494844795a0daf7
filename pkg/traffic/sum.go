package traffic

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"
)

// MaxRoutes and maxPlugins are how many a Point shows.
const (
	MaxRoutes  = 20
	maxPlugins = 20
)

// Merge adds the counts of b to a, which keeps its key, its time and its number of connections.
func (a *Interval) Merge(b Interval) { a.merge(&b) }

// merge is Merge without a copy.
func (a *Interval) merge(b *Interval) {
	a.Requests += b.Requests
	a.OrganicErrors += b.OrganicErrors
	a.InjectedErrors += b.InjectedErrors
	a.Injected += b.Injected
	a.LatencySumMS += b.LatencySumMS
	for i := range b.Buckets {
		a.Buckets[i] += b.Buckets[i]
	}
	if len(b.Plugins) == 0 {
		return
	}
	merged := maps.Clone(a.Plugins) // a may be a copy that shares its map
	if merged == nil {
		merged = make(map[string]PluginCounts, len(b.Plugins))
	}
	for name, counts := range b.Plugins {
		merged[name] = merged[name].plus(counts)
	}
	a.Plugins = merged
}

func (c PluginCounts) plus(d PluginCounts) PluginCounts {
	return PluginCounts{c.Executions + d.Executions, c.Errors + d.Errors, c.DurationSumMS + d.DurationSumMS}
}

// Middle returns the moment by which an interval belongs to a step. Its start would not do: instances flush at whole seconds,
// give or take a millisecond, so that starts fall on either side of a step's edge.
func (a Interval) Middle() time.Time {
	return a.Start.Add(time.Duration(a.Seconds / 2 * float64(time.Second)))
}

// maxSeconds is the length of the longest interval that is stored.
const maxSeconds = 60

// Bounded returns an interval of at most a minute around the same middle, by which it is found. One is longer where its instance
// stood still.
func (a Interval) Bounded() Interval {
	if a.Seconds > maxSeconds {
		a.Start, a.Seconds = a.Middle().Add(-maxSeconds*time.Second/2), maxSeconds
	}
	a.Seconds = max(0, a.Seconds)
	return a
}

// Sum gives one Point per step in [from, to), in order; from is taken down to a whole step. Steps without traffic are
// there with zeros. It returns nil where the step is not positive or from is not before to.
func Sum(intervals []Interval, from, to time.Time, step time.Duration) []Point {
	return sumApart(intervals, intervals, from, to, step)
}

// sumApart is Sum where the intervals by which routes are told are apart: totals count in everything but ByRoute, routes in ByRoute
// alone.
func sumApart(totals, routes []Interval, from, to time.Time, step time.Duration) []Point {
	if step <= 0 || !from.Before(to) {
		return nil
	}
	from = from.UTC().Truncate(step)
	n := int((to.Sub(from)-1)/step) + 1 // rounded up, without overflow
	steps, routed := bySteps(totals, from, to, step, n), bySteps(routes, from, to, step, n)
	points := make([]Point, n)
	for i := range points {
		points[i] = sumStep(steps[i], routed[i], from.Add(time.Duration(i)*step), step)
	}
	return points
}

func bySteps(intervals []Interval, from, to time.Time, step time.Duration, n int) [][]Interval {
	steps := make([][]Interval, n)
	for _, interval := range intervals {
		middle := interval.Middle()
		if middle.Before(from) || !middle.Before(to) {
			continue
		}
		at := int(middle.Sub(from) / step)
		steps[at] = append(steps[at], interval)
	}
	return steps
}

func sumStep(totals, routed []Interval, start time.Time, step time.Duration) Point {
	seconds := step.Seconds()
	p := Point{Time: start, ByProtocol: map[string]float64{}, ByGateway: map[string]float64{}, ByRoute: []RouteFigures{}}
	var all Interval
	modes, protocols, gateways := map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, in := range totals {
		all.Merge(in)
		if in.Requests == 0 {
			continue
		}
		protocols[in.Protocol] += in.Requests
		gateways[in.Gateway] += in.Requests
		modes[in.Mode] += in.Requests
	}
	// Divided once, so that it is no matter in which parts and in which order they came.
	for protocol, n := range protocols {
		p.ByProtocol[protocol] = float64(n) / seconds
	}
	for gateway, n := range gateways {
		p.ByGateway[gateway] = float64(n) / seconds
	}
	routes := map[Key]*Interval{}
	for _, in := range routed {
		if in.Requests == 0 {
			continue
		}
		key := Key{Gateway: in.Gateway, Route: in.Route}
		if routes[key] == nil {
			routes[key] = &Interval{Key: key}
		}
		routes[key].Merge(in)
	}
	p.ActiveConnections = connections(totals)
	p.RequestsPerSecond = float64(all.Requests) / seconds
	p.ErrorRate = all.rate(all.OrganicErrors + all.InjectedErrors)
	p.OrganicErrorRate = all.rate(all.OrganicErrors)
	p.InjectedErrorRate = all.rate(all.InjectedErrors)
	p.InjectedRate = all.rate(all.Injected)
	p.Buckets = all.Buckets
	p.P50MS, p.P95MS, p.P99MS = Quantile(all.Buckets, 0.5), Quantile(all.Buckets, 0.95), Quantile(all.Buckets, 0.99)
	if all.Requests > 0 {
		mean := math.Round(all.LatencySumMS/float64(all.Requests)*1e6) / 1e6 // to the nanosecond, for the same reason
		p.MeanMS = &mean
	}
	p.Mode = busiest(modes)
	p.ByRoute = byRoute(routes, seconds)
	p.ByPlugin = byPlugin(all.Plugins, seconds)
	return p
}

func (a *Interval) rate(n int64) float64 {
	if a.Requests <= 0 {
		return 0
	}
	return min(1, float64(n)/float64(a.Requests))
}

// connections adds up, over instances and gateways, the number at the end of each one's last interval.
func connections(intervals []Interval) int64 {
	type place struct{ instance, gateway string }
	type level struct {
		at     time.Time
		active int64
	}
	last := map[place]level{}
	for _, in := range intervals {
		at := place{in.Instance, in.Gateway}
		switch l, seen := last[at]; {
		case !seen || in.Start.After(l.at):
			last[at] = level{in.Start, in.Active}
		case in.Start.Equal(l.at):
			last[at] = level{in.Start, max(in.Active, l.active)}
		}
	}
	var total int64
	for _, l := range last {
		total += l.active
	}
	return total
}

func busiest(modes map[string]int64) string {
	var mode string
	var most int64
	for m, n := range modes {
		if n > most || n == most && m < mode {
			mode, most = m, n
		}
	}
	return mode
}

func byRoute(routes map[Key]*Interval, seconds float64) []RouteFigures {
	figures := make([]RouteFigures, 0, len(routes))
	for key, in := range routes {
		figures = append(figures, RouteFigures{
			Route: key.Route, Gateway: key.Gateway,
			RequestsPerSecond: float64(in.Requests) / seconds,
			ErrorRate:         in.rate(in.OrganicErrors + in.InjectedErrors),
			P95MS:             Quantile(in.Buckets, 0.95),
		})
	}
	slices.SortFunc(figures, func(a, b RouteFigures) int {
		return cmp.Or(cmp.Compare(b.RequestsPerSecond, a.RequestsPerSecond), cmp.Compare(a.Gateway, b.Gateway), cmp.Compare(a.Route, b.Route))
	})
	return figures[:min(len(figures), MaxRoutes)]
}

func byPlugin(plugins map[string]PluginCounts, seconds float64) []PluginFigures {
	figures := make([]PluginFigures, 0, len(plugins))
	for name, counts := range plugins {
		f := PluginFigures{
			Name: name, ExecutionsPerSecond: float64(counts.Executions) / seconds, ErrorsPerSecond: float64(counts.Errors) / seconds,
		}
		if counts.Executions > 0 {
			mean := counts.DurationSumMS / float64(counts.Executions)
			f.MeanMS = &mean
		}
		figures = append(figures, f)
	}
	slices.SortFunc(figures, func(a, b PluginFigures) int {
		return cmp.Or(cmp.Compare(b.ExecutionsPerSecond, a.ExecutionsPerSecond), cmp.Compare(a.Name, b.Name))
	})
	return figures[:min(len(figures), maxPlugins)]
}
