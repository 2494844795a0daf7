package state_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// What a store that is there says is in force, and the collector known to it, as soon as it has started; one that is away then is waited
// for as any other.
func TestAStoreThatIsThereIsInForceFromTheStart(t *testing.T) {
	for name, away := range map[string]bool{"there": false, "away": true} {
		t.Run(name, func(t *testing.T) {
			f := newFleet()
			f.others(t, scenario.Error)
			f.setAway(away)
			live, err := scenario.NewLive(scenario.Scenario{Definition: scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Degraded}}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			follower := state.NewFollower(state.FollowerOptions{Store: f, Live: live, RetentionDays: 1, Logger: slog.New(slog.DiscardHandler)})
			if err := follower.Prepare(t.Context()); (err != nil) != away {
				t.Fatalf("got %v", err)
			}
			want := map[bool]scenario.Mode{false: scenario.Error, true: scenario.Degraded}[away]
			if got := live.Load().Scenario().Mode; got != want {
				t.Errorf("%s is in force, want %s", got, want)
			}
			follower.Start(scenario.Instance{ID: "one"})
			defer follower.Shutdown(context.Background())
			if reports := f.reports(); (len(reports) > 0 && reports[0] == 1) == away {
				t.Errorf("at the start it has reported %v", reports)
			}
		})
	}
}
