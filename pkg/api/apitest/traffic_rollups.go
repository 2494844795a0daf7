package apitest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// RolledTraffic is a store of traffic that rolls it up.
type RolledTraffic interface {
	TrafficStore
	traffic.Rollups
}

// TestTrafficRollups holds a store to the comments of traffic.Rollups, and what it answers to being the same from whatever resolution.
// newStores is that of TestRecordings.
func TestTrafficRollups(t *testing.T, newStores func(t *testing.T) (store, other RolledTraffic)) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(t *testing.T, store, other RolledTraffic)
	}{
		{"what is rolled up is the sum", rolledIsTheSum},
		{"with age traffic is told in longer steps, and none is lost", rolledAges},
		{"what comes late is added once", rolledLate},
		{"what fails in the middle has done nothing", rolledFails},
		{"many who roll up and write lose and double nothing", rolledByMany},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, other := newStores(t)
			test.run(t, store, other)
		})
	}
}

// threeHours is traffic from noon on: of two instances with as many connections all the time, of two gateways, with what falls on
// either side of whole steps.
func threeHours() []traffic.Interval {
	var intervals []traffic.Interval
	for i, at := 0, time.Duration(0); at < 3*time.Hour; i, at = i+1, at+47*time.Second+501*time.Millisecond {
		for n, instance := range []string{"one", "two"} {
			for g, key := range []traffic.Key{
				{Gateway: "bank", Protocol: "grpc", Route: "/a", Mode: "healthy"},
				{Gateway: "shop", Protocol: "http", Route: fmt.Sprint("/", i%3), Mode: []string{"healthy", "chaos"}[i/50%2]},
			} {
				in := traffic.Interval{
					Key: key, Instance: instance, Start: Noon.Add(at - 500*time.Millisecond), Seconds: 1, Requests: int64(1 + i%7 + n),
					OrganicErrors: int64(i % 2), InjectedErrors: int64(n), Injected: int64(n), LatencySumMS: 2.5, Active: int64(3 + g + n),
				}
				in.Buckets[(i+g)%len(in.Buckets)] = in.Requests
				if i%5 == 0 {
					in.Plugins = map[string]traffic.PluginCounts{"auth": {Executions: in.Requests, Errors: 1, DurationSumMS: 0.5}, fmt.Sprint("p", i%2): {Executions: 1}}
				}
				intervals = append(intervals, in)
			}
		}
	}
	return intervals
}

func mustMaintain(t *testing.T, store traffic.Rollups, now time.Time) {
	t.Helper()
	if err := traffic.Maintain(t.Context(), store, traffic.DefaultDays(), now); err != nil {
		t.Fatalf("Maintain: %v", err)
	}
}

// holdToSum compares what is answered with the sum of the intervals, in steps as they are kept.
func holdToSum(t *testing.T, store RolledTraffic, intervals []traffic.Interval, from, to time.Time, step time.Duration) {
	t.Helper()
	breakdown, err := store.Series(t.Context(), from, to, step, traffic.ByRoute, traffic.Selection{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	points, err := store.Points(t.Context(), from, to, step)
	if err != nil {
		t.Fatal(err)
	}
	step = breakdown.Step
	from = from.Truncate(step)
	end := from.Add((to.Sub(from) + step - 1) / step * step)
	if diff := cmp.Diff(traffic.Sum(intervals, from, end, step), points, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Fatalf("points from %s to %s, step %s (-in memory +in the store):\n%s", from, to, step, diff)
	}
	want := map[traffic.Key]map[time.Time]traffic.Interval{}
	for _, in := range intervals {
		middle := in.Middle()
		if middle.Before(from) || !middle.Before(end) {
			continue
		}
		in.Key.Protocol, in.Key.Mode = "", ""
		at := middle.Truncate(step)
		sum, known := want[in.Key][at]
		if !known {
			sum = traffic.Interval{Key: in.Key, Start: at, Seconds: step.Seconds()}
		}
		in.Plugins = nil
		sum.Merge(in)
		if want[in.Key] == nil {
			want[in.Key] = map[time.Time]traffic.Interval{}
		}
		want[in.Key][at] = sum
	}
	got := map[traffic.Key]map[time.Time]traffic.Interval{}
	for _, series := range breakdown.Series {
		got[series.Key] = map[time.Time]traffic.Interval{}
		for _, in := range series.Intervals {
			got[series.Key][in.Start] = in
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Fatalf("series from %s to %s, step %s (-in memory +in the store):\n%s", from, to, step, diff)
	}
}

func rolledIsTheSum(t *testing.T, store, other RolledTraffic) {
	intervals := threeHours()
	mustWriteTraffic(t, store, intervals...)
	for _, now := range []time.Duration{0, 20 * time.Minute, 20*time.Minute + traffic.Settle, 61 * time.Minute, 2*time.Hour + 17*time.Second, 4 * time.Hour} {
		mustMaintain(t, store, Noon.Add(now))
		mustMaintain(t, other, Noon.Add(now)) // again
		for _, step := range []time.Duration{70 * time.Second, 20 * time.Minute, 2 * time.Hour} {
			holdToSum(t, store, intervals, Noon.Add(-time.Hour), Noon.Add(4*time.Hour), step)
		}
		for _, step := range []time.Duration{time.Second, 10 * time.Second} {
			holdToSum(t, store, intervals, Noon.Add(now-time.Minute), Noon.Add(now+time.Minute), step)
		}
	}
	kept, err := store.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end := Noon.Add(4*time.Hour - traffic.Settle)
	want := traffic.Kept{{}, {To: end.Truncate(10 * time.Second)}, {To: end.Truncate(time.Minute)}, {To: end.Truncate(time.Hour)}, {To: end.Truncate(day)}}
	want = want.Aged(traffic.DefaultDays(), Noon.Add(4*time.Hour))
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// heldAtSeams reports whether both sides of any seam are the whole, in the steps that are kept.
func heldAtSeams(t *testing.T, store RolledTraffic, from, to time.Time, step time.Duration, want int64) {
	t.Helper()
	count := func(from, to time.Time, step time.Duration) (series, points int64, kept time.Duration) {
		t.Helper()
		breakdown, err := store.Series(t.Context(), from, to, step, traffic.ByMode, traffic.Selection{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, each := range breakdown.Series {
			for _, in := range each.Intervals {
				series += in.Requests
			}
		}
		found, err := store.Points(t.Context(), from, to, step)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			points += int64(math.Round(p.RequestsPerSecond * breakdown.Step.Seconds()))
		}
		return series, points, breakdown.Step
	}
	series, points, kept := count(from, to, step)
	if series != want || points != want {
		t.Fatalf("from %s to %s, step %s: %d requests in series, %d in points, want %d", from, to, step, series, points, want)
	}
	stride := ceilTo(max(kept, to.Sub(from)/9), kept)
	for seam := from.Truncate(kept).Add(stride); seam.Before(to); seam = seam.Add(stride) {
		s, p, _ := count(from, seam, kept)
		u, q, _ := count(seam, to, kept)
		if s+u != want || p+q != want {
			t.Fatalf("seam %s, step %s: series %d and %d, points %d and %d, want %d together", seam, step, s, u, p, q, want)
		}
	}
}

func ceilTo(d, step time.Duration) time.Duration { return (d + step - 1) / step * step }

func requestsOf(intervals []traffic.Interval) (total int64) {
	for _, in := range intervals {
		total += in.Requests
	}
	return total
}

const day = 24 * time.Hour

func rolledAges(t *testing.T, store, _ RolledTraffic) {
	intervals := threeHours()
	mustWriteTraffic(t, store, intervals...)
	from, to := Noon.Add(-time.Hour), Noon.Add(5*time.Hour)
	for _, test := range []struct {
		age  time.Duration
		step time.Duration // in which it is answered by the second
	}{
		{5 * time.Hour, 3 * time.Second},
		{23 * time.Hour, 3 * time.Second},
		// Half of it is older than a day.
		{day + 90*time.Minute, 10 * time.Second},
		{2 * day, 10 * time.Second},
		{7*day - 2*time.Hour, 10 * time.Second},
		{7*day + 90*time.Minute, time.Minute},
		{89 * day, time.Minute},
		{90*day + 90*time.Minute, time.Hour},
		{729 * day, time.Hour},
	} {
		mustMaintain(t, store, Noon.Add(test.age))
		breakdown, err := store.Series(t.Context(), from, to, 3*time.Second, traffic.Whole, traffic.Selection{}, 1)
		if err != nil || breakdown.Step != test.step {
			t.Errorf("at the age of %s: steps of %s, want %s; %v", test.age, breakdown.Step, test.step, err)
		}
		heldAtSeams(t, store, from, to, 20*time.Second, requestsOf(intervals))
		for _, step := range []time.Duration{70 * time.Second, time.Hour, day} {
			holdToSum(t, store, intervals, from, to, step)
			heldAtSeams(t, store, from, to, step, requestsOf(intervals))
		}
		if breakdown.Oldest == nil || breakdown.Oldest.After(Noon) || breakdown.Oldest.Before(Noon.Add(-time.Hour)) {
			t.Errorf("at the age of %s traffic begins at %v", test.age, breakdown.Oldest)
		}
	}
	// It is given up by whole days.
	mustMaintain(t, store, Noon.Add(730*day+11*time.Hour+59*time.Minute))
	heldAtSeams(t, store, from, to, time.Hour, requestsOf(intervals))
	mustMaintain(t, store, Noon.Add(731*day))
	heldAtSeams(t, store, from, to, time.Hour, 0)
	if breakdown, err := store.Series(t.Context(), from, to, time.Hour, traffic.Whole, traffic.Selection{}, 1); err != nil || breakdown.Oldest != nil {
		t.Errorf("when all is over, traffic begins at %v, %v", breakdown.Oldest, err)
	}
}

func rolledLate(t *testing.T, store, other RolledTraffic) {
	all := threeHours()
	from, to := Noon.Add(-time.Hour), Noon.Add(5*time.Hour)
	var written []traffic.Interval
	// Each part comes when more of what is finer is gone, and in one part there are connections and plugins that were there before.
	for i, age := range []time.Duration{3 * time.Hour, 4 * time.Hour, 2 * day, 8 * day, 100 * day} {
		mustMaintain(t, store, Noon.Add(age))
		var part []traffic.Interval
		for j, in := range all {
			// Half of what an instance counts is there from the beginning: the numbers of connections are.
			if first := j / 4 % 2; i == 0 && first == 0 || i > 0 && first == 1 && j/8%4 == i-1 {
				part = append(part, in)
			}
		}
		written = append(written, part...)
		for _, each := range []RolledTraffic{store, other, store} {
			mustWriteTraffic(t, each, part...)
			mustMaintain(t, each, Noon.Add(age))
		}
		mustWriteTraffic(t, store, append(part[:len(part):len(part)], part...)...) // twice at once
		for _, step := range []time.Duration{10 * time.Second, time.Hour} {
			heldAtSeams(t, store, from, to, step, requestsOf(written))
		}
		points, err := store.Points(t.Context(), from, to, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(traffic.Sum(written, from, to, time.Hour), points, cmpopts.EquateApprox(1e-9, 0), cmpopts.IgnoreFields(traffic.Point{}, "ActiveConnections")); diff != "" {
			t.Fatalf("%s late (-want +got):\n%s", age, diff)
		}
	}
	if len(written) != len(all) {
		t.Fatalf("%d of %d were written", len(written), len(all))
	}
	// What nobody keeps any more does no harm.
	ancient := all[0]
	ancient.Start = time.Unix(1000, 0)
	mustWriteTraffic(t, store, ancient)
	mustMaintain(t, store, Noon.Add(1000*day))
	heldAtSeams(t, store, time.Unix(0, 0).UTC(), time.Unix(7200, 0).UTC(), time.Hour, 0)
}

func rolledFails(t *testing.T, store, other RolledTraffic) {
	intervals := threeHours()
	mustWriteTraffic(t, store, intervals...)
	before, err := store.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	crash := errors.New("crash")
	mine, err := store.Exclusively(t.Context(), func(rows traffic.Rows) error {
		// Another is told that this one is at it.
		if mine, err := other.Exclusively(t.Context(), func(traffic.Rows) error { t.Error("two at once"); return nil }); mine || err != nil {
			t.Errorf("another is at it, too: %v, %v", mine, err)
		}
		if err := rows.Add(t.Context(), traffic.Roll{Level: 1, From: Noon.Add(-time.Minute), To: Noon.Add(time.Hour)}); err != nil {
			t.Error(err)
		}
		if err := rows.KeepFrom(t.Context(), 0, Noon.Add(time.Hour)); err != nil {
			t.Error(err)
		}
		if kept, err := rows.Kept(t.Context()); err != nil || !kept[1].To.Equal(Noon.Add(time.Hour)) || !kept[0].From.Equal(Noon.Add(time.Hour)) {
			t.Errorf("within, %+v is kept, %v", kept, err)
		}
		return crash
	})
	if mine || !errors.Is(err, crash) {
		t.Errorf("%v, %v, want the error", mine, err)
	}
	if kept, err := other.Kept(t.Context()); err != nil || kept != before {
		t.Errorf("after it %+v is kept, %v", kept, err)
	}
	mustMaintain(t, other, Noon.Add(5*time.Hour))
	holdToSum(t, store, intervals, Noon.Add(-time.Hour), Noon.Add(5*time.Hour), time.Minute)
}

func rolledByMany(t *testing.T, store, other RolledTraffic) {
	intervals := threeHours()
	var group sync.WaitGroup
	work := func(each func(ctx context.Context) error) {
		group.Go(func() {
			if err := each(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	for i, writer := range []RolledTraffic{store, other, store} {
		work(func(ctx context.Context) error {
			for at := 0; at < len(intervals); at += 40 {
				// Two of them write the same, in other parts.
				from := (at + i%2*800) % len(intervals)
				if err := writer.WriteTraffic(ctx, intervals[from:min(from+40, len(intervals))]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, keeper := range []RolledTraffic{store, other} {
		work(func(ctx context.Context) error {
			for at := time.Duration(0); at < 5*time.Hour; at += 10 * time.Minute {
				if err := traffic.Maintain(ctx, keeper, traffic.DefaultDays(), Noon.Add(at)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	group.Wait()
	mustMaintain(t, store, Noon.Add(5*time.Hour))
	for _, step := range []time.Duration{time.Second, 10 * time.Second, time.Minute, time.Hour} {
		from, to := Noon.Add(-time.Hour), Noon.Add(5*time.Hour)
		if step == time.Second {
			from, to = Noon.Add(-time.Minute), Noon.Add(-time.Minute+9000*time.Second)
		}
		breakdown, err := store.Series(t.Context(), from, to, step, traffic.Whole, traffic.Selection{}, 1)
		if err != nil || len(breakdown.Series) != 1 {
			t.Fatal(breakdown, err)
		}
		var want int64
		for _, in := range intervals {
			if in.Middle().Before(to) {
				want += in.Requests
			}
		}
		if got := requestsOf(breakdown.Series[0].Intervals); got != want {
			t.Errorf("step %s: %d requests, want %d", step, got, want)
		}
	}
}
