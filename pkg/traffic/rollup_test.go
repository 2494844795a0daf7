package traffic_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// rows are a store in memory.
type rows struct {
	kept  traffic.Kept
	rows  [len(traffic.Resolutions)][]traffic.Interval
	taken bool
	calls int
	fails int // the call that fails
}

func (r *rows) Kept(context.Context) (traffic.Kept, error) { return r.kept, nil }

func (r *rows) Exclusively(_ context.Context, f func(traffic.Rows) error) (bool, error) {
	if r.taken {
		return false, nil
	}
	if r.calls++; r.calls == r.fails {
		return false, errors.New("away")
	}
	copied := *r
	if err := f(&copied); err != nil {
		return false, err
	}
	*r = copied
	return true, nil
}

func (r *rows) Oldest(_ context.Context, level int, from time.Time) (*time.Time, error) {
	var oldest *time.Time
	for _, in := range r.rows[level] {
		if !in.Middle().Before(from) && (oldest == nil || in.Start.Before(*oldest)) {
			oldest = new(in.Start)
		}
	}
	return oldest, nil
}

func (r *rows) Add(_ context.Context, roll traffic.Roll) error {
	var finer []traffic.Interval
	for _, in := range r.rows[roll.Level-1] {
		if !in.Middle().Before(roll.From) && in.Middle().Before(roll.To) {
			finer = append(finer, in)
		}
	}
	r.rows[roll.Level] = slices.Concat(r.rows[roll.Level], traffic.RollUp(finer, traffic.Resolutions[roll.Level]))
	r.kept[roll.Level].To = roll.To
	return nil
}

func (r *rows) KeepFrom(_ context.Context, level int, from time.Time) error {
	r.kept[level].From = from
	return nil
}

func (r *rows) DeleteBefore(_ context.Context, level int, from time.Time) error {
	r.rows[level] = slices.DeleteFunc(slices.Clone(r.rows[level]), func(in traffic.Interval) bool { return in.Middle().Before(from) })
	return nil
}

func requests(intervals []traffic.Interval) (total int64) {
	for _, in := range intervals {
		total += in.Requests
	}
	return total
}

// A year of a gateway that is asked something now and then, maintained every few hours: all is kept for as long as it should be, once.
func TestMaintenanceKeepsEverythingOnce(t *testing.T) {
	store, days := &rows{}, traffic.Days{Seconds: 1, TenSeconds: 3, Minutes: 10, Hours: 40}
	var total int64
	for now := midnight; now.Before(at(90 * 24 * time.Hour)); now = now.Add(5*time.Hour + 7*time.Second) {
		for i := range 3 {
			in := traffic.Interval{Key: traffic.Key{Gateway: "shop", Route: "/"}, Start: now.Add(-time.Duration(i) * 1500 * time.Millisecond), Seconds: 1, Requests: int64(i + 1)}
			in.Buckets[i] = in.Requests
			store.rows[0] = append(store.rows[0], in)
			total += in.Requests
		}
		store.fails = store.calls + 1 + int(total%7) // now and then, and then what is left is done later
		_ = traffic.Maintain(t.Context(), store, days, now)
	}
	now := at(90*24*time.Hour + time.Hour)
	store.fails = 0
	if err := traffic.Maintain(t.Context(), store, days, now); err != nil {
		t.Fatal(err)
	}
	for level, wanted := range []int{1, 3, 10, 40, 40} {
		from := store.kept[level].From
		if age := now.Sub(from); age < time.Duration(wanted)*24*time.Hour || age > time.Duration(wanted)*24*time.Hour+traffic.Resolutions[min(level+1, len(traffic.Resolutions)-1)] {
			t.Errorf("level %d is kept for %s, want %d days", level, age, wanted)
		}
		// As much as the times of those that were ever written say.
		var want int64
		for written := midnight; written.Before(at(90 * 24 * time.Hour)); written = written.Add(5*time.Hour + 7*time.Second) {
			for i := range 3 {
				middle := written.Add(-time.Duration(i)*1500*time.Millisecond + 500*time.Millisecond)
				if !middle.Before(from) && (level == 0 || middle.Before(store.kept[level].To)) {
					want += int64(i + 1)
				}
			}
		}
		if got := requests(store.rows[level]); got != want {
			t.Errorf("level %d has %d requests, want %d", level, got, want)
		}
	}
}

func TestOneDoesTheWork(t *testing.T) {
	store := &rows{taken: true}
	store.rows[0] = []traffic.Interval{{Start: midnight, Seconds: 1, Requests: 1}}
	if err := traffic.Maintain(t.Context(), store, traffic.DefaultDays(), at(50*24*time.Hour)); err != nil || store.kept != (traffic.Kept{}) || len(store.rows[0]) != 1 {
		t.Errorf("%+v, %v", store.kept, err)
	}
}

func TestRollUpMergesHistograms(t *testing.T) {
	key := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users", Mode: "healthy"}
	other := traffic.Key{Gateway: "shop", Protocol: "http", Route: "/orders", Mode: "chaos"}
	of := func(key traffic.Key, instance string, second float64, active int64, counts ...int64) traffic.Interval {
		in := traffic.Interval{Key: key, Instance: instance, Start: midnight.Add(time.Duration(second * float64(time.Second))), Seconds: 1, Buckets: buckets(counts...), Active: active, LatencySumMS: 2}
		for _, n := range counts {
			in.Requests += n
		}
		return in
	}
	plugins := of(traffic.Key{Gateway: "shop"}, "b", 3, 7)
	plugins.LatencySumMS, plugins.Plugins = 0, map[string]traffic.PluginCounts{"auth": {Executions: 2, Errors: 1, DurationSumMS: 3}}
	more := of(key, "a", 9.4, 2, 90, 0, 0, 10)
	more.Plugins = plugins.Plugins
	intervals := []traffic.Interval{
		of(key, "a", -0.5, 5, 1), of(key, "a", 0, 4, 10, 5), of(other, "b", 2, 9, 1), plugins, more,
		of(key, "a", 9.6, 1, 3), // its middle is in the next
	}
	want := []traffic.Interval{
		{Key: traffic.Key{Gateway: "shop"}, Start: midnight, Seconds: 10, Active: 9, Plugins: map[string]traffic.PluginCounts{"auth": {Executions: 4, Errors: 2, DurationSumMS: 6}}},
		{Key: other, Start: midnight, Seconds: 10, Requests: 1, Buckets: buckets(1), LatencySumMS: 2},
		{Key: key, Start: midnight, Seconds: 10, Requests: 116, Buckets: buckets(101, 5, 0, 10), LatencySumMS: 6},
		{Key: traffic.Key{Gateway: "shop"}, Start: at(10 * time.Second), Seconds: 10, Active: 1},
		{Key: key, Start: at(10 * time.Second), Seconds: 10, Requests: 3, Buckets: buckets(3), LatencySumMS: 2},
	}
	got := traffic.RollUp(intervals, 10*time.Second)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	// Whether by ten seconds or at once, and with the quantiles of all. Of connections there are those of the last ten seconds.
	if diff := cmp.Diff(traffic.RollUp(intervals, time.Minute), traffic.RollUp(got, time.Minute), cmpopts.IgnoreFields(traffic.Interval{}, "Active")); diff != "" {
		t.Errorf("-at once +by ten seconds\n%s", diff)
	}
	all := buckets(104, 5, 0, 10)
	if p95 := traffic.Quantile(traffic.RollUp(got, time.Minute)[2].Buckets, 0.95); p95 == nil || *p95 != *traffic.Quantile(all, 0.95) {
		t.Errorf("p95 is %v", p95)
	}
}

func TestLateIntervalsAreAddedToWhatIsRolledUpAndKept(t *testing.T) {
	k := kept()
	for _, test := range []struct {
		name string
		at   time.Duration
		want []int // levels
	}{
		{"on time", 12 * time.Hour, nil},
		{"the last ten seconds are", 12*time.Hour - 11*time.Second, []int{1}},
		{"minutes, too", 12*time.Hour - 2*time.Minute, []int{1, 2}},
		{"hours, too", 10*time.Hour + 30*time.Minute, []int{1, 2, 3}},
		{"ten seconds are no more kept", 7 * time.Hour, []int{2, 3}},
		{"nor minutes", time.Hour, []int{3}},
		{"days, too", -time.Hour, []int{3, 4}},
		{"nor hours", -25 * time.Hour, []int{4}},
		{"nor anything", -241 * time.Hour, nil},
	} {
		in := traffic.Interval{Key: traffic.Key{Gateway: "g", Route: "r"}, Start: at(test.at), Seconds: 1, Requests: 1}
		var got []int
		for level, additions := range k.Additions([]traffic.Interval{in}) {
			if len(additions) > 0 {
				got = append(got, level)
			}
			if n := requests(additions); n != int64(min(1, len(additions))) {
				t.Errorf("%s: %d requests in level %d", test.name, n, level)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: added to %v, want %v", test.name, got, test.want)
		}
		if late := k.Late(in); late != (test.at < 12*time.Hour-10*time.Second) {
			t.Errorf("%s: late is %v", test.name, late)
		}
	}
}

func TestLongIntervalsAreBounded(t *testing.T) {
	for seconds, want := range map[float64]float64{-1: 0, 0: 0, 1: 1, 60: 60, 61: 60, 7200: 60} {
		in := traffic.Interval{Start: midnight, Seconds: seconds}
		got := in.Bounded()
		if got.Seconds != want || seconds > 0 && !got.Middle().Equal(in.Middle()) {
			t.Errorf("%v s: %v s around %s, want %v around %s", seconds, got.Seconds, got.Middle(), want, in.Middle())
		}
	}
}
