package postgres_test

import (
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Of each resolution the longest counts that anybody wants who was seen lately.
func TestTrafficIsKeptAsLongAsAnyCollectorWants(t *testing.T) {
	own := traffic.Days{Seconds: 1, TenSeconds: 8, Minutes: 90, Hours: 400}
	for _, test := range []struct {
		name      string
		own       traffic.Days
		wanted    map[string]traffic.Days
		forgotten string
		want      [len(traffic.Resolutions)]int
	}{
		{"alone", own, nil, "", [...]int{1, 8, 90, 400, 400}},
		{"who says nothing", traffic.Days{}, nil, "", [...]int{1, 7, 90, 730, 730}},
		{"one with less", own, map[string]traffic.Days{"less": {Seconds: 1, TenSeconds: 1, Minutes: 1, Hours: 1}}, "", [...]int{1, 8, 90, 400, 400}},
		{"each has something longer", own, map[string]traffic.Days{"a": {Seconds: 3, TenSeconds: 3, Minutes: 3, Hours: 3}, "b": {Seconds: 2, TenSeconds: 7, Minutes: 100, Hours: 300}}, "", [...]int{3, 8, 100, 400, 400}},
		{"one that does not say", own, map[string]traffic.Days{"earlier": {}}, "", [...]int{1, 8, 90, 400, 400}},
		{"one that was not seen for long", own, map[string]traffic.Days{"gone": {Seconds: 9, TenSeconds: 900, Minutes: 900, Hours: 900}, "there": {Seconds: 2, TenSeconds: 2, Minutes: 2, Hours: 2}}, "gone", [...]int{2, 8, 90, 400, 400}},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, dsn := migrated(t, nil)
			for name, days := range test.wanted {
				if err := store.Register(t.Context(), scenario.Instance{ID: name, Name: name, Started: time.Now(), Retention: scenario.Retention{RecordingDays: 30, Traffic: days}}); err != nil {
					t.Fatal(err)
				}
			}
			if test.forgotten != "" {
				execute(t, dsn, "UPDATE retention_claims SET last_seen_at = now() - interval '8 days' WHERE name = '"+test.forgotten+"'")
			}
			if err := store.RollUpTraffic(t.Context(), scenario.Retention{Traffic: test.own}); err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			kept, err := store.Kept(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for level, extent := range kept {
				next := traffic.Resolutions[min(level+1, len(kept)-1)]
				if from := now.UTC().AddDate(0, 0, -test.want[level]); extent.From.After(from) || extent.From.Before(from.Add(-next-time.Minute)) {
					t.Errorf("%s are kept from %s, want %d days", traffic.Name(traffic.Resolutions[level]), extent.From, test.want[level])
				}
			}
		})
	}
}

// everyTwoSeconds are intervals of one request each.
func everyTwoSeconds(from, to time.Duration) (intervals []traffic.Interval) {
	for at := from; at < to; at += 2 * time.Second {
		in := traffic.Interval{Key: traffic.Key{Gateway: "shop", Protocol: "http", Route: "/", Mode: "healthy"}, Instance: "one", Start: apitest.Noon.Add(at), Seconds: 1, Requests: 1, Active: 2}
		in.Buckets[3] = 1
		intervals = append(intervals, in)
	}
	return intervals
}

// A crash of PostgreSQL empties tables without a write-ahead log: the seconds, and from when on there are any.
func TestAfterACrashTrafficBeginsWhereItWasRolledUp(t *testing.T) {
	const rolled = 4*time.Minute + 30*time.Second // at 12:05
	store, dsn := migrated(t, nil)
	write := func(from, to time.Duration) {
		t.Helper()
		if err := store.WriteTraffic(t.Context(), everyTwoSeconds(from, to)); err != nil {
			t.Fatal(err)
		}
	}
	maintain := func(at time.Duration) {
		t.Helper()
		if err := traffic.Maintain(t.Context(), store, traffic.DefaultDays(), apitest.Noon.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(when string, from, to, step, wantStep time.Duration, want int64) {
		t.Helper()
		gotStep, got := requestsIn(t, store, apitest.Noon.Add(from), apitest.Noon.Add(to), step)
		if gotStep != wantStep || got != want {
			t.Errorf("%s, from %s to %s: %d requests in steps of %s, want %d in %s", when, from, to, got, gotStep, want, wantStep)
		}
	}
	write(0, 5*time.Minute)
	maintain(5 * time.Minute)
	holds("before", 0, 5*time.Minute, time.Second, time.Second, 150)

	execute(t, dsn, "TRUNCATE traffic_intervals, traffic_kept_seconds")
	holds("after the crash", 0, 5*time.Minute, time.Second, 10*time.Second, 135)
	holds("after the crash", rolled, 5*time.Minute, time.Second, time.Second, 0)
	write(5*time.Minute, 6*time.Minute)
	holds("then", 0, 6*time.Minute, time.Second, 10*time.Second, 165)
	holds("then", rolled, 6*time.Minute, time.Second, time.Second, 30)
	maintain(6 * time.Minute)
	holds("rolled up again", 0, 6*time.Minute, time.Second, 10*time.Second, 165)
	holds("rolled up again", 5*time.Minute, 6*time.Minute, time.Second, time.Second, 30)
	// What comes late is added, and seconds of before the crash are not looked for.
	write(rolled-10*time.Second, rolled)
	holds("late", 0, 6*time.Minute, time.Second, 10*time.Second, 170)
	maintain(26 * time.Hour)
	holds("a day later", 0, 6*time.Minute, time.Minute, time.Minute, 170)
	holds("a day later", 0, time.Hour, time.Hour, time.Hour, 170)
}

func requestsIn(t *testing.T, store *postgres.Store, from, to time.Time, step time.Duration) (time.Duration, int64) {
	t.Helper()
	breakdown, err := store.Series(t.Context(), from, to, step, traffic.Whole, traffic.Selection{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var requests int64
	for _, series := range breakdown.Series {
		for _, in := range series.Intervals {
			requests += in.Requests
		}
	}
	return breakdown.Step, requests
}
