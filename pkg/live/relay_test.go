package live

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// streams are what a source does when it is asked, one after another.
type streams struct {
	next  []func(ctx context.Context, send func(traffic.Update)) error
	asked int
}

func (s *streams) Updates(ctx context.Context, send func(traffic.Update)) error {
	run := s.next[min(s.asked, len(s.next)-1)]
	s.asked++
	return run(ctx, send)
}

func TestARelayHandsOnAndTellsWhyNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := func(context.Context, func(traffic.Update)) error {
			return &api.UnavailableError{Detail: "the collector at x does not answer", Err: errors.New("hunter2")}
		}
		source := &streams{next: []func(context.Context, func(traffic.Update)) error{
			func(_ context.Context, send func(traffic.Update)) error {
				send(traffic.Update{Mode: "chaos", ScenarioVersion: 7, Instances: 2, Applied: 1, Point: &traffic.Point{}})
				return errors.New("hunter2")
			},
			away,
			func(ctx context.Context, send func(traffic.Update)) error {
				send(traffic.Update{Mode: "healthy", ScenarioVersion: 8})
				<-ctx.Done()
				return ctx.Err()
			},
		}}
		feed := Relay(source, slog.New(slog.DiscardHandler))
		updates, leave := feed.Subscribe()
		for _, want := range []traffic.Update{
			{Mode: "chaos", ScenarioVersion: 7},
			{Mode: "chaos", ScenarioVersion: 7, Error: "the figures could not be read"},
			{Mode: "chaos", ScenarioVersion: 7, Error: "the collector at x does not answer"},
			{Mode: "healthy", ScenarioVersion: 8},
		} {
			got := <-updates
			if got.Mode != want.Mode || got.ScenarioVersion != want.ScenarioVersion || got.Error != want.Error || got.Error != "" && got.Point != nil {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		leave()
		synctest.Wait()
		time.Sleep(time.Minute) // of the bubble
		if source.asked != 3 {
			t.Errorf("asked %d times while nobody listens", source.asked)
		}
		feed.Close()
	})
}
