package state_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// keeper notes when it was told to look after retention.
type keeper struct {
	store
	days  []int
	times []time.Time
	fails bool
	// indexed and rolled are the times at which it was to index, and to roll traffic up.
	indexed, rolled []time.Time
	traffic         traffic.Days
}

func (k *keeper) IndexForSearch(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.indexed = append(k.indexed, time.Now())
	return nil
}

func (k *keeper) RollUpTraffic(_ context.Context, own scenario.Retention) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rolled, k.traffic = append(k.rolled, time.Now()), own.Traffic
	if k.fails {
		return errors.New("away")
	}
	return nil
}

func (k *keeper) MaintainPartitions(_ context.Context, own scenario.Retention) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.days, k.times = append(k.days, own.RecordingDays), append(k.times, time.Now())
	if k.fails {
		return errors.New("away")
	}
	return nil
}

func TestRetentionIsLookedAfterAtOnceAndEveryHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &keeper{}
		start := time.Now()
		live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := state.NewFollower(state.FollowerOptions{Store: k, Live: live, RetentionDays: 7, TrafficDays: traffic.DefaultDays(), Logger: slog.New(slog.DiscardHandler)})
		f.Start(scenario.Instance{ID: "one"})
		time.Sleep(90 * time.Minute)
		k.mu.Lock()
		k.fails = true // Nothing is lost by a failure: the next hour makes it good.
		k.mu.Unlock()
		time.Sleep(time.Hour)
		f.Shutdown(t.Context())
		if diff := cmp.Diff([]time.Time{start, start.Add(time.Hour), start.Add(2 * time.Hour)}, k.times); diff != "" {
			t.Errorf("looked after retention at (-want +got):\n%s", diff)
		}
		if len(k.indexed) < 149 || !k.indexed[0].Equal(start.Add(time.Minute)) {
			t.Errorf("indexed %d times in 150 minutes, want every minute", len(k.indexed))
		}
		if len(k.rolled) < 149 || !k.rolled[0].Equal(start.Add(time.Minute)) || k.traffic != traffic.DefaultDays() {
			t.Errorf("rolled traffic up %d times in 150 minutes to be kept for %+v, want every minute and the days of the configuration", len(k.rolled), k.traffic)
		}
		if diff := cmp.Diff([]int{7, 7, 7}, k.days); diff != "" {
			t.Errorf("days to keep (-want +got):\n%s", diff)
		}
	})
}

func TestAScenarioEndsWhenTheConfigurationSaysAtTheLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{changes: make(chan scenario.Scenario)}
		failing := scenario.Scenario{Version: 1, SetAt: time.Now(), Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}}}
		live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := state.NewFollower(state.FollowerOptions{
			Store: s, Live: live, RetentionDays: 1, Limits: scenario.Limits{MaxDuration: time.Hour}, Logger: slog.New(slog.DiscardHandler),
		})
		f.Start(scenario.Instance{ID: "one"})
		s.changes <- failing
		synctest.Wait()
		time.Sleep(59 * time.Minute)
		if mode := live.Load().Scenario().Mode; mode != scenario.Error {
			t.Errorf("after 59 minutes the mode is %s, want error", mode)
		}
		time.Sleep(2 * time.Minute)
		if mode := live.Load().Scenario().Mode; mode != scenario.Healthy {
			t.Errorf("after an hour the mode is %s, want healthy", mode)
		}
		f.Shutdown(t.Context())
	})
}
