package apitest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func seriesBreakDown(t *testing.T, store, _ TrafficStore) {
	var intervals []traffic.Interval
	for second := range 4 {
		for i, key := range []traffic.Key{
			{Gateway: "shop", Protocol: "http", Route: "/a", Mode: "healthy"},
			{Gateway: "shop", Protocol: "grpc", Route: "/b", Mode: "error"},
			{Gateway: "bank", Protocol: "http", Route: "/a", Mode: "healthy"},
		} {
			for _, instance := range []string{"one", "two"} {
				in := traffic.Interval{
					Key: key, Instance: instance, Start: Noon.Add(time.Duration(second) * time.Second), Seconds: 1,
					Requests: int64(10 * (i + 1)), OrganicErrors: 1, InjectedErrors: 2, Injected: 3, LatencySumMS: 5,
				}
				in.Buckets[i] = in.Requests
				intervals = append(intervals, in)
			}
		}
	}
	mustWriteTraffic(t, store, intervals...)
	for _, test := range []struct {
		name      string
		by        traffic.Dimension
		selection traffic.Selection
		limit     int
		want      []string
		of        int
	}{
		{"the whole", traffic.Whole, traffic.Selection{}, 10, []string{"{   } 240 240"}, 1},
		{"gateways, the busiest first", traffic.ByGateway, traffic.Selection{}, 10, []string{"{bank   } 120 120", "{shop   } 120 120"}, 2},
		{"a route of two gateways is two", traffic.ByRoute, traffic.Selection{}, 10, []string{"{bank  /a } 120 120", "{shop  /b } 80 80", "{shop  /a } 40 40"}, 3},
		{"modes", traffic.ByMode, traffic.Selection{}, 10, []string{"{   healthy} 160 160", "{   error} 80 80"}, 2},
		{"protocols", traffic.ByProtocol, traffic.Selection{}, 10, []string{"{ http  } 160 160", "{ grpc  } 80 80"}, 2},
		{"the limit keeps the busiest", traffic.ByRoute, traffic.Selection{}, 1, []string{"{bank  /a } 120 120"}, 3},
		{"a selection", traffic.ByRoute, traffic.Selection{Gateways: []string{"shop"}, Routes: []string{"/a", "/b"}, Modes: []string{"error"}, Protocols: []string{"grpc"}}, 10, []string{"{shop  /b } 80 80"}, 1},
		{"nothing", traffic.ByMode, traffic.Selection{Gateways: []string{"other"}}, 10, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			breakdown, err := store.Series(t.Context(), Noon.Add(-time.Minute), Noon.Add(time.Minute), 2*time.Second, test.by, test.selection, test.limit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, series := range breakdown.Series {
				line := fmt.Sprint(series.Key)
				for _, in := range series.Intervals {
					line += fmt.Sprintf(" %d", in.Requests)
					if in.Key != series.Key || in.Seconds != 2 {
						t.Errorf("an interval of %v is %+v", series.Key, in)
					}
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if breakdown.Of != test.of {
				t.Errorf("of %d series, want %d", breakdown.Of, test.of)
			}
			if breakdown.Oldest == nil || !breakdown.Oldest.Equal(Noon) {
				t.Errorf("traffic begins at %v, want %v", breakdown.Oldest, Noon)
			}
		})
	}
}

func seriesRefuse(t *testing.T, store, _ TrafficStore) {
	for field, call := range map[string]func() error{
		"by": func() error {
			_, err := store.Series(t.Context(), Noon, Noon.Add(time.Minute), time.Second, "consumer", traffic.Selection{}, 1)
			return err
		},
		"limit": func() error {
			_, err := store.Series(t.Context(), Noon, Noon.Add(time.Minute), time.Second, traffic.Whole, traffic.Selection{}, 0)
			return err
		},
		"step": func() error {
			_, err := store.Series(t.Context(), Noon, Noon.AddDate(1, 0, 0), time.Second, traffic.Whole, traffic.Selection{}, 1)
			return err
		},
		"from": func() error {
			_, err := store.Series(t.Context(), Noon, Noon, time.Second, traffic.Whole, traffic.Selection{}, 1)
			return err
		},
	} {
		if all := validation.All(call()); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: %v", field, all)
		}
	}
}

func seriesOfNothing(t *testing.T, store, _ TrafficStore) {
	breakdown, err := store.Series(t.Context(), Noon, Noon.Add(time.Minute), time.Second, traffic.ByRoute, traffic.Selection{}, 10)
	if err != nil || len(breakdown.Series) != 0 || breakdown.Of != 0 || breakdown.Oldest != nil {
		t.Errorf("%+v, %v", breakdown, err)
	}
}
