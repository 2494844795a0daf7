package apitest

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// TrafficStore is a store of counted traffic for those who write and those who read.
type TrafficStore interface {
	api.GatewayTraffic
	api.TrafficWriter
	api.TrafficSeries
}

// TestTraffic holds a store to the comments of api.GatewayTraffic, api.TrafficWriter and api.TrafficSeries. newStores is that of
// TestRecordings.
func TestTraffic(t *testing.T, newStores func(t *testing.T) (store, other TrafficStore)) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store, other TrafficStore)
	}{
		{"points are the sum of the fleet", pointsAreTheSum},
		{"points of one gateway leave out the others", pointsOfAGateway},
		{"points refuse an endless range", pointsRefuse},
		{"series break traffic down", seriesBreakDown},
		{"series refuse what cannot be answered", seriesRefuse},
		{"of nothing nothing is known", seriesOfNothing},
		{"there are no gaps or doubles at seams", trafficAtSeams},
		{"counts of any size and names of any bytes are kept", hostileTraffic},
		{"many who write the same intervals count them once", concurrentTraffic},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, other := newStores(t)
			test.run(t, store, other)
		})
	}
}

func mustWriteTraffic(t *testing.T, store api.TrafficWriter, intervals ...traffic.Interval) {
	t.Helper()
	if err := store.WriteTraffic(t.Context(), intervals); err != nil {
		t.Fatalf("WriteTraffic: %v", err)
	}
}

func pointsAreTheSum(t *testing.T, store, _ TrafficStore) {
	var intervals []traffic.Interval
	for second := range 90 {
		for _, instance := range []string{"one", "two"} {
			for route, active := range map[string]int64{"/a": 3, "/b": 0} {
				in := traffic.Interval{
					Key:      traffic.Key{Gateway: "shop", Protocol: "http", Route: route, Mode: "healthy"},
					Instance: instance, Start: Noon.Add(time.Duration(second)*time.Second - time.Millisecond), Seconds: 1,
					Requests: int64(second + 1), OrganicErrors: 1, InjectedErrors: 2, Injected: 3, LatencySumMS: 10.5, Active: active,
				}
				in.Buckets[second%len(in.Buckets)] = int64(second + 1)
				if active > 0 && second%2 == 0 {
					in.Plugins = map[string]traffic.PluginCounts{"auth": {Executions: 4, Errors: 1, DurationSumMS: 2.5}, "limit \"x\"": {Executions: int64(second)}}
				}
				intervals = append(intervals, in)
			}
		}
	}
	for range 2 {
		mustWriteTraffic(t, store, intervals...)
	}
	mustWriteTraffic(t, store)
	for _, step := range []time.Duration{time.Second, 7 * time.Second, time.Minute} {
		from, to := Noon.Add(-10*time.Second), Noon.Add(100*time.Second)
		points, err := store.Points(t.Context(), from, to, step)
		if err != nil {
			t.Fatal(err)
		}
		from = from.Truncate(step)
		end := from.Add((to.Sub(from) + step - 1) / step * step)
		if diff := cmp.Diff(traffic.Sum(intervals, from, end, step), points, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("step %s (-in memory +in the store):\n%s", step, diff)
		}
	}
}

func pointsOfAGateway(t *testing.T, store, _ TrafficStore) {
	interval := func(gateway string, requests int64) traffic.Interval {
		return traffic.Interval{
			Key:      traffic.Key{Gateway: gateway, Protocol: "http", Route: "/a", Mode: "healthy"},
			Instance: "one", Start: Noon, Seconds: 1, Requests: requests,
			Plugins: map[string]traffic.PluginCounts{"of " + gateway: {Executions: requests}},
		}
	}
	mustWriteTraffic(t, store, interval("shop", 3), interval("billing", 5))
	for gateway, want := range map[string]float64{"": 8, "shop": 3, "billing": 5, "unknown": 0} {
		points, err := store.GatewayPoints(t.Context(), gateway, Noon, Noon.Add(time.Second), time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(points) != 1 || points[0].RequestsPerSecond != want {
			t.Errorf("gateway %q: %v, want one point of %v requests", gateway, points, want)
		}
		if gateway == "shop" && (len(points[0].ByPlugin) != 1 || points[0].ByPlugin[0].Name != "of shop") {
			t.Errorf("plugins of shop: %v", points[0].ByPlugin)
		}
	}
}

func pointsRefuse(t *testing.T, store, _ TrafficStore) {
	for _, test := range []struct {
		field    string
		from, to time.Time
		step     time.Duration
	}{
		{"step", Noon, Noon.AddDate(1, 0, 0), time.Second},
		{"step", Noon, Noon.Add(time.Minute), time.Millisecond},
		{"step", Noon, Noon.Add(time.Minute), 0},
		{"from", Noon, Noon, time.Second},
		{"from", Noon, Noon.Add(-time.Second), time.Second},
	} {
		_, err := store.Points(t.Context(), test.from, test.to, test.step)
		if all := validation.All(err); len(all) != 1 || all[0].Field != test.field {
			t.Errorf("%s to %s by %s: %v, want an error of %s", test.from, test.to, test.step, err, test.field)
		}
	}
}

// Both sides of any seam together are the whole, and each interval is in the step of its middle.
func trafficAtSeams(t *testing.T, store, _ TrafficStore) {
	var intervals []traffic.Interval
	requests := int64(0)
	for i, start := range []time.Duration{-1500 * time.Millisecond, -501 * time.Millisecond, -500 * time.Millisecond, -499 * time.Millisecond, -time.Millisecond, 0, time.Millisecond, 499 * time.Millisecond, 500 * time.Millisecond, 59 * time.Second, 59500 * time.Millisecond, time.Minute} {
		in := traffic.Interval{
			Key:      traffic.Key{Gateway: "shop", Protocol: "http", Route: fmt.Sprint("/", i), Mode: "healthy"},
			Instance: "one", Start: Noon.Add(start), Seconds: 1, Requests: 1 << i,
		}
		requests += in.Requests
		intervals = append(intervals, in)
	}
	mustWriteTraffic(t, store, intervals...)
	count := func(from, to time.Time, step time.Duration) (points, series int64) {
		t.Helper()
		found, err := store.Points(t.Context(), from, to, step)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			points += int64(math.Round(p.RequestsPerSecond * step.Seconds()))
		}
		breakdown, err := store.Series(t.Context(), from, to, step, traffic.Whole, traffic.Selection{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range breakdown.Series {
			for _, in := range each.Intervals {
				series += in.Requests
			}
		}
		return points, series
	}
	first, last := Noon.Add(-2*time.Minute), Noon.Add(4*time.Minute)
	for _, step := range []time.Duration{time.Second, 10 * time.Second, time.Minute} {
		for seam := first.Add(step); seam.Before(last); seam = seam.Add(max(step, 7*time.Second).Truncate(step)) {
			p, s := count(first, seam, step)
			q, u := count(seam, last, step)
			if p+q != requests || s+u != requests {
				t.Fatalf("step %s, seam %s: points %b and %b, series %b and %b, want %b together", step, seam.Format(time.TimeOnly), p, q, s, u, requests)
			}
		}
		for at := first; at.Before(last); at = at.Add(step) {
			want := int64(0)
			for _, in := range intervals {
				if in.Middle().Truncate(step).Equal(at) {
					want += in.Requests
				}
			}
			if p, s := count(at, at.Add(step), step); p != want || s != want {
				t.Fatalf("the step of %s at %s: points %b, series %b, want %b", step, at.Format(time.TimeOnly), p, s, want)
			}
			if step == time.Second && at.After(Noon.Add(2*time.Second)) && at.Before(Noon.Add(57*time.Second)) {
				at = Noon.Add(57 * time.Second) // where there is nothing
			}
		}
	}
}

func hostileTraffic(t *testing.T, store, _ TrafficStore) {
	const nasty = "a\x00b\xe9\\\n"
	in := traffic.Interval{
		Key: traffic.Key{Gateway: nasty, Protocol: nasty, Route: nasty, Mode: nasty}, Instance: nasty, Start: Noon, Seconds: 1,
		Requests: 1 << 50, LatencySumMS: math.NaN(), Active: 1 << 40, Plugins: map[string]traffic.PluginCounts{nasty: {Executions: 1, DurationSumMS: math.Inf(1)}},
	}
	in.Buckets[0], in.Buckets[len(in.Buckets)-1] = 1<<50, 1<<50
	mustWriteTraffic(t, store, in)
	breakdown, err := store.Series(t.Context(), Noon, Noon.Add(time.Second), time.Second, traffic.ByRoute, traffic.Selection{}, 10)
	const text = "a\u2400bé\\\n"
	if err != nil || len(breakdown.Series) != 1 || breakdown.Series[0].Key != (traffic.Key{Gateway: text, Route: text}) {
		t.Fatalf("%+v, %v", breakdown, err)
	}
	if got := breakdown.Series[0].Intervals[0]; got.Requests != in.Requests || got.Buckets != in.Buckets || got.LatencySumMS != 0 {
		t.Errorf("%+v", got)
	}
	points, err := store.GatewayPoints(t.Context(), nasty, Noon, Noon.Add(time.Second), time.Second)
	if err != nil || len(points) != 1 || points[0].RequestsPerSecond != 1<<50 || len(points[0].ByPlugin) != 1 || points[0].ByPlugin[0].Name != text {
		t.Errorf("%+v, %v", points, err)
	}
}

func concurrentTraffic(t *testing.T, store, other TrafficStore) {
	var intervals []traffic.Interval
	for i := range 300 {
		intervals = append(intervals, traffic.Interval{
			Key:      traffic.Key{Gateway: "shop", Protocol: "http", Route: fmt.Sprint("/", i%5), Mode: "healthy"},
			Instance: fmt.Sprint("instance ", i%3), Start: Noon.Add(time.Duration(i/15) * time.Second), Seconds: 1, Requests: 1,
		})
	}
	var writers sync.WaitGroup
	for _, each := range []TrafficStore{store, other, store, other} {
		writers.Go(func() {
			if err := each.WriteTraffic(t.Context(), intervals); err != nil {
				t.Errorf("WriteTraffic: %v", err)
			}
		})
	}
	writers.Wait()
	breakdown, err := store.Series(t.Context(), Noon, Noon.Add(time.Minute), time.Minute, traffic.Whole, traffic.Selection{}, 1)
	if err != nil || len(breakdown.Series) != 1 || breakdown.Series[0].Intervals[0].Requests != 300 {
		t.Errorf("%+v, %v, want 300 requests", breakdown, err)
	}
}
