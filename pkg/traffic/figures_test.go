package traffic_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// full is an interval with every count.
func full() traffic.Interval {
	in := traffic.Interval{
		Key:      traffic.Key{Gateway: "shop", Protocol: "http", Route: "/ü/{id}", Mode: "healthy"},
		Requests: 1 << 40, OrganicErrors: 2, InjectedErrors: 3, Injected: 300, LatencySumMS: 0.1,
	}
	for i := range in.Buckets {
		in.Buckets[i] = int64(i * i * 1000)
	}
	return in
}

func read(t *testing.T, figures []byte) (all []traffic.Interval) {
	t.Helper()
	var reader traffic.FigureReader
	if err := reader.EachFigure(figures, func(in *traffic.Interval) { all = append(all, *in) }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPagesHaveWhatWasRolledUp(t *testing.T) {
	one, other, carrier, elsewhere := full(), full(), traffic.Interval{Key: traffic.Key{Gateway: "shop"}, Active: 7}, full()
	other.Route, other.LatencySumMS = "/", -1
	carrier.Plugins = map[string]traffic.PluginCounts{"auth": {Executions: 1, Errors: 2, DurationSumMS: 0.5}, "": {}}
	elsewhere.Gateway, elsewhere.Requests, elsewhere.Buckets = "", 1, buckets(1)
	total := one
	total.Route, total.Plugins = "", nil
	total.Merge(other)
	totalElsewhere := elsewhere
	totalElsewhere.Route = ""
	all := []traffic.Interval{one, other, carrier, elsewhere}
	for i := range all {
		all[i].Start, all[i].Seconds = midnight, 60
	}
	later := full()
	later.Start = at(time.Minute)
	pages := traffic.Pages(append(all, later))
	for _, test := range []struct {
		detail  traffic.Detail
		number  int
		start   time.Time
		gateway string
		want    []traffic.Interval
	}{
		{traffic.Totals, 0, midnight, "", []traffic.Interval{totalElsewhere, carrier, total}},
		{traffic.Routes, 0, midnight, "", []traffic.Interval{elsewhere}},
		{traffic.Routes, 1, midnight, "shop", []traffic.Interval{other, one}},
		{traffic.Routes, 2, at(time.Minute), "shop", []traffic.Interval{full()}},
	} {
		page := pages[test.detail][test.number]
		if !page.Start.Equal(test.start) || page.Gateway != test.gateway {
			t.Errorf("page %d is of %s and %q, want %s and %q", test.number, page.Start, page.Gateway, test.start, test.gateway)
		}
		if diff := cmp.Diff(test.want, read(t, page.Figures), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("page %d of %q (-want +got):\n%s", test.number, test.gateway, diff)
		}
	}
	if len(pages[traffic.Totals]) != 2 || len(pages[traffic.Routes]) != 3 {
		t.Errorf("%d and %d pages", len(pages[traffic.Totals]), len(pages[traffic.Routes]))
	}
}

func TestFiguresAreMergedByKey(t *testing.T) {
	figures := func(intervals ...traffic.Interval) []byte { return traffic.Pages(intervals)[traffic.Totals][0].Figures }
	in, carrier := full(), traffic.Interval{Key: traffic.Key{Gateway: "shop"}, Active: 7}
	in.Route = ""
	twice := in
	twice.Merge(in)
	late := carrier
	late.Active, late.Plugins = 9, map[string]traffic.PluginCounts{"auth": {Executions: 1}}
	kept := late
	kept.Active = 7
	for _, test := range []struct {
		name       string
		old, added []byte
		want       []traffic.Interval
	}{
		{"nothing", nil, nil, nil},
		{"to nothing", nil, figures(in), []traffic.Interval{in}},
		{"nothing to what is there", figures(in), nil, []traffic.Interval{in}},
		{"the same key", figures(in), figures(in), []traffic.Interval{twice}},
		{"another key", figures(in), figures(carrier), []traffic.Interval{carrier, in}},
		{"connections stay", figures(carrier), figures(late), []traffic.Interval{kept}},
	} {
		merged, err := traffic.MergeFigures(test.old, test.added)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, read(t, merged), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestFiguresThatAreNoneAreRefused(t *testing.T) {
	in := full()
	in.Plugins = map[string]traffic.PluginCounts{"auth": {Executions: 1}}
	whole := traffic.Pages([]traffic.Interval{in})[traffic.Totals][0].Figures
	for length := 2; length < len(whole); length++ {
		if _, err := traffic.MergeFigures(whole[:length], nil); err == nil {
			t.Errorf("%d of %d bytes are taken", length, len(whole))
		}
	}
	for name, figures := range map[string][]byte{
		"another version": append([]byte{2}, whole[1:]...), "a name that was not there": {1, 1}, "a name without an end": {1, 0, 0xff, 0xff, 0xff, 0xff, 1, 'a'},
		"counts that are not known": append([]byte{1, 0, 0, 1, 1, 1}, 0x80, 0x80, 0x80, 0x80, 0x80, 1),
	} {
		if _, err := traffic.MergeFigures(figures, nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Whatever is in a database: it is refused, or read the same after it was written again.
func FuzzFigures(f *testing.F) {
	in := full()
	in.Plugins = map[string]traffic.PluginCounts{"auth": {Executions: 1, DurationSumMS: 2}}
	for _, page := range slices.Concat(traffic.Pages([]traffic.Interval{in, {Key: traffic.Key{Gateway: "bank"}, Active: 3}})[traffic.Totals]) {
		f.Add(page.Figures)
	}
	f.Add([]byte{1, 0, 0, 1, 1, 1, 0})
	f.Fuzz(func(t *testing.T, figures []byte) {
		once, err := traffic.MergeFigures(figures, nil)
		if err != nil {
			return
		}
		again, err := traffic.MergeFigures(once, nil)
		if err != nil {
			t.Fatal(err)
		}
		byKey := func(all []traffic.Interval) map[traffic.Key]traffic.Interval {
			found := map[traffic.Key]traffic.Interval{}
			for _, in := range all {
				found[in.Key] = in
			}
			return found
		}
		if !maps.EqualFunc(byKey(read(t, once)), byKey(read(t, again)), func(a, b traffic.Interval) bool {
			return cmp.Equal(a, b, cmpopts.EquateNaNs(), cmpopts.EquateEmpty())
		}) {
			t.Errorf("%x became %x", once, again)
		}
	})
}
