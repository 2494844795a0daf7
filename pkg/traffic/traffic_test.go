package traffic_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var start = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

func buckets(counts ...int64) (b [len(traffic.Bounds) + 1]int64) {
	copy(b[:], counts)
	return b
}

func TestQuantileInterpolatesWithinABucket(t *testing.T) {
	overflow := buckets()
	overflow[len(traffic.Bounds)] = 5
	for _, test := range []struct {
		name    string
		buckets [len(traffic.Bounds) + 1]int64
		q       float64
		want    float64
	}{
		{"half of the first bucket", buckets(10), 0.5, 0.5},
		{"all of the first bucket", buckets(10), 1, 1},
		{"none of it", buckets(10), 0, 0},
		{"second bucket", buckets(0, 4), 0.5, 1.75},
		{"edge of two buckets", buckets(5, 5), 0.5, 1},
		{"across an empty bucket", buckets(1, 0, 1), 0.75, 3.75},
		{"above the last bound", overflow, 0.5, 30000},
		{"below the range", buckets(10), -1, 0},
		{"above the range", buckets(10), 2, 1},
	} {
		if got := traffic.Quantile(test.buckets, test.q); got == nil || math.Abs(*got-test.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if got := traffic.Quantile(buckets(), 0.5); got != nil {
		t.Errorf("of nothing: %v", *got)
	}
}

func TestCounterCountsByKeyAndOutcome(t *testing.T) {
	now := start
	counter := traffic.NewCounter(func() time.Time { return now })
	counter.Instance = "i-1"
	users := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users", Mode: "healthy"}
	orders := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/orders", Mode: "chaos"}
	counter.Connected("shop", 1)
	counter.Connected("shop", 1)
	counter.Connected("shop", -1)
	counter.Connected("idle", 1)
	counter.Observe(users, 500*time.Microsecond, traffic.Outcome{})
	counter.Observe(users, time.Minute, traffic.Outcome{OrganicError: true})
	counter.Observe(orders, 2500*time.Microsecond, traffic.Outcome{InjectedError: true})
	counter.Observe(orders, -time.Second, traffic.Outcome{Injected: true})
	now = start.Add(time.Second)

	usersBuckets := buckets(1)
	usersBuckets[len(traffic.Bounds)] = 1
	want := []traffic.Interval{
		{Key: traffic.Key{Gateway: "idle"}, Instance: "i-1", Start: start, Seconds: 1, Active: 1},
		{Key: orders, Instance: "i-1", Start: start, Seconds: 1, Requests: 2, InjectedErrors: 1, Injected: 2, Buckets: buckets(1, 1), LatencySumMS: 2.5, Active: 1},
		{Key: users, Instance: "i-1", Start: start, Seconds: 1, Requests: 2, OrganicErrors: 1, Buckets: usersBuckets, LatencySumMS: 60_000.5},
	}
	if diff := cmp.Diff(want, counter.Flush()); diff != "" {
		t.Errorf("Flush (-want +got):\n%s", diff)
	}
	counter.Connected("idle", -1)
	counter.Connected("shop", -1)
	now = start.Add(2 * time.Second)
	if got := counter.Flush(); len(got) != 0 {
		t.Errorf("Flush without traffic: %+v", got)
	}
}

func TestCounterHoldsAtMostItsKeys(t *testing.T) {
	counter := traffic.NewCounter(func() time.Time { return start })
	route := func(i int) traffic.Key { return traffic.Key{Gateway: "shop", Route: fmt.Sprintf("/%d", i)} }
	for i := range traffic.MaxKeys + 10 {
		counter.Observe(route(i), 0, traffic.Outcome{})
	}
	var total, other int64
	for _, in := range counter.Flush() {
		total += in.Requests
		if in.Route == traffic.OtherRoute {
			other = in.Requests
		}
	}
	if total != traffic.MaxKeys+10 || other != 10 {
		t.Errorf("%d requests, %d of them under other; want %d and 10", total, other, traffic.MaxKeys+10)
	}
	for range 60 { // keys without traffic make room
		counter.Flush()
	}
	counter.Observe(route(-1), 0, traffic.Outcome{})
	if got := counter.Flush(); len(got) != 1 || got[0].Route != "/-1" {
		t.Errorf("after a pause: %+v", got)
	}
}

func TestCounterLosesNothingWhileItIsFlushed(t *testing.T) {
	counter := traffic.NewCounter(nil)
	const workers, each = 4, 5000
	var counting, flushing sync.WaitGroup
	done := make(chan struct{})
	var total int64
	add := func(intervals []traffic.Interval) {
		for _, in := range intervals {
			total += in.Requests
		}
	}
	flushing.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				add(counter.Flush())
			}
		}
	})
	for w := range workers {
		counting.Go(func() {
			for i := range each {
				counter.Observe(traffic.Key{Route: fmt.Sprint((w + i) % 7)}, time.Millisecond, traffic.Outcome{})
			}
		})
	}
	counting.Wait()
	close(done)
	flushing.Wait()
	add(counter.Flush())
	if total != workers*each {
		t.Errorf("flushed %d of %d", total, workers*each)
	}
}

func TestSumAddsUpTheFleet(t *testing.T) {
	http := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users", Mode: "healthy"}
	grpc := traffic.Key{Gateway: "shop", Protocol: "grpc", Route: "shop.Shop/Get", Mode: "error"}
	intervals := []traffic.Interval{
		// Both instances flush at whole seconds, one a little early and one a little late.
		{
			Key: http, Instance: "a", Start: start.Add(-time.Millisecond), Seconds: 1, Requests: 30, OrganicErrors: 3, Buckets: buckets(30), LatencySumMS: 15, Active: 2,
			Plugins: map[string]traffic.PluginCounts{"auth": {Executions: 30, Errors: 3, DurationSumMS: 60}, "limit": {Executions: 30}},
		},
		{
			Key: http, Instance: "b", Start: start.Add(time.Millisecond), Seconds: 1, Requests: 10, Buckets: buckets(0, 10), LatencySumMS: 20, Active: 3,
			Plugins: map[string]traffic.PluginCounts{"auth": {Executions: 10, DurationSumMS: 20}},
		},
		{Key: grpc, Instance: "b", Start: start.Add(time.Millisecond), Seconds: 1, Requests: 20, InjectedErrors: 10, Injected: 15, Buckets: buckets(20), LatencySumMS: 10},
		{Key: http, Instance: "a", Start: start.Add(2 * time.Second), Seconds: 1, Requests: 1, Buckets: buckets(1), Active: 4},
		{Key: http, Instance: "a", Start: start.Add(-10 * time.Second), Seconds: 1, Requests: 99},
		{Key: http, Instance: "a", Start: start.Add(3 * time.Second), Seconds: 1, Requests: 99},
	}
	got := traffic.Sum(intervals, start, start.Add(3*time.Second), time.Second)
	if len(got) != 3 {
		t.Fatalf("%d points, want 3", len(got))
	}
	want := traffic.Point{
		Time: start, RequestsPerSecond: 60, ErrorRate: 13.0 / 60, OrganicErrorRate: 3.0 / 60, InjectedErrorRate: 10.0 / 60, InjectedRate: 0.25,
		MeanMS: new(0.75), P50MS: new(0.6), P95MS: new(1 + 1.5*0.7), P99MS: new(1 + 1.5*0.94), ActiveConnections: 5, Buckets: buckets(50, 10), Mode: "healthy",
		ByProtocol: map[string]float64{"http": 40, "grpc": 20}, ByGateway: map[string]float64{"shop": 60},
		ByRoute: []traffic.RouteFigures{
			{Route: "/users", Gateway: "shop", RequestsPerSecond: 40, ErrorRate: 3.0 / 40, P95MS: new(1 + 1.5*0.8)},
			{Route: "shop.Shop/Get", Gateway: "shop", RequestsPerSecond: 20, ErrorRate: 0.5, P95MS: new(0.95)},
		},
		ByPlugin: []traffic.PluginFigures{
			{Name: "auth", ExecutionsPerSecond: 40, ErrorsPerSecond: 3, MeanMS: new(2.0)},
			{Name: "limit", ExecutionsPerSecond: 30, MeanMS: new(0.0)},
		},
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, got[0], near); diff != "" {
		t.Errorf("first point (-want +got):\n%s", diff)
	}
	if empty := got[1]; !empty.Time.Equal(start.Add(time.Second)) || empty.RequestsPerSecond != 0 || empty.P95MS != nil || empty.MeanMS != nil || empty.ByRoute == nil || empty.ByProtocol == nil {
		t.Errorf("a step without traffic: %+v", empty)
	}
	if last := got[2]; last.RequestsPerSecond != 1 || last.ActiveConnections != 4 {
		t.Errorf("last point: %+v", last)
	}
}

func TestSumByLongerSteps(t *testing.T) {
	var intervals []traffic.Interval
	for i := range 60 {
		intervals = append(intervals, traffic.Interval{Key: traffic.Key{Gateway: "g", Route: "r"}, Start: start.Add(time.Duration(i) * time.Second), Seconds: 1, Requests: 10, Active: int64(i)})
	}
	got := traffic.Sum(intervals, start, start.Add(time.Minute), 30*time.Second)
	// 15:09:26 is taken down to 15:09:00, so that steps are the same whenever they are asked for.
	if len(got) != 3 || !got[0].Time.Equal(start.Truncate(30*time.Second)) {
		t.Fatalf("%d points from %v", len(got), got[0].Time)
	}
	if got[1].RequestsPerSecond != 10 || got[1].ActiveConnections != 33 {
		t.Errorf("a full step: %+v", got[1])
	}
	for name, none := range map[string][]traffic.Point{
		"no step": traffic.Sum(intervals, start, start.Add(time.Minute), 0), "no time": traffic.Sum(intervals, start, start, time.Second),
	} {
		if none != nil {
			t.Errorf("%s: %d points", name, len(none))
		}
	}
}

func TestSumShowsTheBusiestRoutes(t *testing.T) {
	var intervals []traffic.Interval
	for i := range 30 {
		intervals = append(intervals, traffic.Interval{Key: traffic.Key{Route: fmt.Sprint(i)}, Start: start, Seconds: 1, Requests: int64(i + 1)})
	}
	routes := traffic.Sum(intervals, start, start.Add(time.Second), time.Second)[0].ByRoute
	if len(routes) != 20 || routes[0].Route != "29" || routes[19].Route != "10" {
		t.Errorf("%d routes, first %s, last %s", len(routes), routes[0].Route, routes[len(routes)-1].Route)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	counter := traffic.NewCounter(nil)
	key := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users", Mode: "healthy"}
	if n := testing.AllocsPerRun(1000, func() { counter.Observe(key, time.Millisecond, traffic.Outcome{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	counter := traffic.NewCounter(nil)
	key := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users", Mode: "healthy"}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			counter.Observe(key, time.Millisecond, traffic.Outcome{})
		}
	})
}

func TestPluginsAreCountedByGateway(t *testing.T) {
	counter := traffic.NewCounter(func() time.Time { return start })
	counter.Observe(traffic.Key{Gateway: "shop", Route: "/"}, time.Millisecond, traffic.Outcome{})
	counter.Executed("shop", "auth", 2*time.Millisecond, false)
	counter.Executed("shop", "auth", 4*time.Millisecond, true)
	counter.Executed("quiet", "auth", time.Millisecond, false)
	got := map[string]map[string]traffic.PluginCounts{}
	for _, in := range counter.Flush() {
		got[in.Gateway] = in.Plugins
	}
	want := map[string]map[string]traffic.PluginCounts{
		"shop":  {"auth": {Executions: 2, Errors: 1, DurationSumMS: 6}},
		"quiet": {"auth": {Executions: 1, DurationSumMS: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again := counter.Flush(); len(again) != 0 {
		t.Errorf("flushed again: %v", again)
	}
}

// What is the same traffic is the same figures to the last bit, in whatever parts and order it is kept.
func TestFiguresDoNotDependOnTheOrderOfTheirParts(t *testing.T) {
	start := start.Truncate(time.Hour)
	var parts []traffic.Interval
	for i := range 50 {
		parts = append(parts, traffic.Interval{
			Key:   traffic.Key{Gateway: "shop", Protocol: "http", Route: "/a", Mode: "healthy"},
			Start: start.Add(time.Duration(i) * time.Second), Seconds: 1, Requests: int64(i%3 + 1), LatencySumMS: 0.1 * float64(i+1),
		})
	}
	sum := func() traffic.Point { return traffic.Sum(parts, start, start.Add(time.Hour), time.Hour)[0] }
	want := sum()
	for range 20 {
		rand.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		if diff := cmp.Diff(want, sum()); diff != "" {
			t.Fatalf("(-in order +shuffled):\n%s", diff)
		}
	}
}
