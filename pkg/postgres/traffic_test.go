package postgres_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

func TestPointsAreTheSumOfTheFleet(t *testing.T) {
	store, _ := migrated(t, nil)
	var intervals []traffic.Interval
	for second := range 90 {
		for _, instance := range []string{"one", "two"} {
			for route, active := range map[string]int64{"/a": 3, "/b": 0} {
				in := traffic.Interval{
					Key:      traffic.Key{Gateway: "shop", Protocol: "http", Route: route, Mode: "healthy"},
					Instance: instance, Start: noon.Add(time.Duration(second)*time.Second - time.Millisecond), Seconds: 1,
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
		if err := store.WriteTraffic(t.Context(), intervals); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []time.Duration{time.Second, 7 * time.Second, time.Minute} {
		from, to := noon.Add(-10*time.Second), noon.Add(100*time.Second)
		points, err := store.Points(t.Context(), from, to, step)
		if err != nil {
			t.Fatal(err)
		}
		from = from.Truncate(step)
		end := from.Add((to.Sub(from) + step - 1) / step * step)
		if diff := cmp.Diff(traffic.Sum(intervals, from, end, step), points, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("step %s: -in memory +in the database\n%s", step, diff)
		}
	}
}

func TestPointsOfOneGatewayLeaveOutTheOthers(t *testing.T) {
	store, _ := migrated(t, nil)
	interval := func(gateway string, requests int64) traffic.Interval {
		return traffic.Interval{
			Key:      traffic.Key{Gateway: gateway, Protocol: "http", Route: "/a", Mode: "healthy"},
			Instance: "one", Start: noon, Seconds: 1, Requests: requests,
			Plugins: map[string]traffic.PluginCounts{"of " + gateway: {Executions: requests}},
		}
	}
	if err := store.WriteTraffic(t.Context(), []traffic.Interval{interval("shop", 3), interval("billing", 5)}); err != nil {
		t.Fatal(err)
	}
	for gateway, want := range map[string]float64{"": 8, "shop": 3, "billing": 5, "unknown": 0} {
		points, err := store.GatewayPoints(t.Context(), gateway, noon, noon.Add(time.Second), time.Second)
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

func TestPointsRefuseAnEndlessRange(t *testing.T) {
	store, _ := migrated(t, nil)
	for field, call := range map[string]func() error{
		"step": func() error {
			_, err := store.Points(t.Context(), noon, noon.AddDate(1, 0, 0), time.Second)
			return err
		},
		"from": func() error { _, err := store.Points(t.Context(), noon, noon, time.Second); return err },
	} {
		if all := validation.All(call()); len(all) != 1 || all[0].Field != field {
			t.Errorf("%s: %v", field, all)
		}
	}
}
