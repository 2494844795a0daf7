package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/apitest"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

func TestMaintenanceForgetsWhatHasNoMeaningAnyMore(t *testing.T) {
	clock := apitest.NewClock()
	store := open(t, filepath.Join(t.TempDir(), "mockforge.db"), sqlite.Options{Now: clock.Now})
	now := clock.Now()
	var intervals []traffic.Interval
	for i := range 1200 { // more than one batch of deletions, on both sides
		intervals = append(intervals, traffic.Interval{Start: now.Add(time.Duration(i-600) * 100 * time.Second), Seconds: 1, Requests: 1})
	}
	if err := store.WriteTraffic(t.Context(), intervals); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := store.Change(t.Context(), api.Audit{}, nil, toMode(scenario.Error)); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Register(t.Context(), scenario.Instance{ID: "gone"}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after     time.Duration
		history   int // days that are wanted
		intervals int64
		versions  []int64
	}{
		// 600 before, one now, and 36 within the hour ahead; the others are of a clock that was wrong.
		{0, 1, 637, []int64{3, 2, 1}},
		// Those of yesterday are kept by whole days.
		{24 * time.Hour, 1, 37 + int64(now.Sub(now.Truncate(24*time.Hour))/(100*time.Second)), []int64{3, 2, 1}},
		{89 * 24 * time.Hour, 1, 0, []int64{3, 2, 1}},
		{2 * 24 * time.Hour, 0, 0, []int64{3, 2, 1}},
		{0, 365, 0, []int64{3, 2, 1}},
		{0, 1, 0, []int64{3}}, // what is in force
	} {
		clock.Advance(step.after)
		if err := store.MaintainPartitions(t.Context(), scenario.Retention{HistoryDays: step.history}); err != nil {
			t.Fatal(err)
		}
		if err := store.RollUpTraffic(t.Context(), scenario.Retention{Traffic: traffic.Days{Seconds: 1, TenSeconds: 1, Minutes: 1, Hours: 1}}); err != nil {
			t.Fatal(err)
		}
		left, err := store.Series(t.Context(), now.Add(-48*time.Hour), now.Add(48*time.Hour), time.Hour, traffic.Whole, traffic.Selection{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		sum := int64(0)
		for _, series := range left.Series {
			for _, in := range series.Intervals {
				sum += in.Requests
			}
		}
		history, err := store.History(t.Context(), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var versions []int64
		for _, change := range history {
			versions = append(versions, change.Version)
		}
		if diff := cmp.Diff(step.versions, versions); diff != "" || sum != step.intervals {
			t.Errorf("%s later, with %d days of history: %d intervals, want %d\n%s", step.after, step.history, sum, step.intervals, diff)
		}
	}
	if instances, err := store.Instances(t.Context()); err != nil || len(instances) != 0 {
		t.Errorf("%v, %v", instances, err)
	}
}
