package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// fleet is a database in memory whose reads are counted, for tests of time.
type fleet struct {
	mu      sync.Mutex
	err     error
	reads   int
	current scenario.Scenario
	changes chan scenario.Scenario
	from    time.Time
	to      time.Time
}

func newFleet() *fleet {
	f := &fleet{changes: make(chan scenario.Scenario)}
	f.current.Mode = scenario.Healthy
	return f
}

func (f *fleet) Current(context.Context) (scenario.Scenario, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	return f.current, f.err
}

func (f *fleet) Instances(context.Context) ([]scenario.Instance, error) {
	return []scenario.Instance{{ID: "a", Live: true, AppliedVersion: 1}, {ID: "b", Live: true}, {ID: "gone", AppliedVersion: 1}}, nil
}

func (f *fleet) Points(_ context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.from, f.to = from, to
	return []traffic.Point{{Time: from, RequestsPerSecond: step.Seconds()}}, nil
}

func (f *fleet) Watch(ctx context.Context, changed func(scenario.Scenario)) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case s := <-f.changes:
			changed(s)
		}
	}
}

func (f *fleet) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fleet) set(s scenario.Scenario) {
	f.mu.Lock()
	f.current = s
	f.mu.Unlock()
	f.changes <- s
}

func (f *fleet) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reads
}

// inFeed runs test with a feed over a fleet, in a bubble of time.
func inFeed(t *testing.T, test func(t *testing.T, feed *Feed, fleet *fleet)) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet()
		feed := New(fleet, nil, slog.New(slog.DiscardHandler))
		defer feed.Close()
		test(t, feed, fleet)
	})
}

func TestFiguresComeOnceASecond(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, fleet *fleet) {
		updates, leave := feed.Subscribe()
		defer leave()
		<-updates
		var times []time.Time
		for range 3 {
			update := <-updates
			if update.Point == nil || update.Point.RequestsPerSecond != 1 {
				t.Fatalf("%+v", update)
			}
			if at := time.Now(); at.Sub(update.Point.Time.Add(step)) != settle {
				t.Errorf("the second of %s was sent at %s", update.Point.Time, at)
			}
			times = append(times, update.Point.Time)
		}
		if times[1].Sub(times[0]) != step || times[2].Sub(times[1]) != step {
			t.Errorf("seconds: %v", times)
		}
		if !fleet.from.Equal(fleet.to.Add(-step)) {
			t.Errorf("read from %s to %s", fleet.from, fleet.to)
		}
	})
}

func TestInstancesAreCountedByWhatTheyApplied(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, fleet *fleet) {
		fleet.current.Version = 1
		updates, leave := feed.Subscribe()
		defer leave()
		if update := <-updates; update.Instances != 2 || update.Applied != 1 {
			t.Errorf("%+v", update)
		}
	})
}

func TestAnOutageIsToldAndEnds(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, fleet *fleet) {
		updates, leave := feed.Subscribe()
		defer leave()
		<-updates
		for _, test := range []struct {
			err  error
			want string
		}{
			{fmt.Errorf("%w: dial 10.0.0.1: refused", api.ErrUnavailable), api.ErrUnavailable.Error()},
			{errors.New("relation does not exist"), "the figures could not be read"},
			{nil, ""},
		} {
			fleet.fail(test.err)
			update := <-updates
			if update.Error != test.want || (update.Point == nil) != (test.err != nil) || update.Mode != "healthy" {
				t.Errorf("after %v: %+v", test.err, update)
			}
		}
	})
}

func TestAChangeOfScenarioDoesNotWaitForTheSecond(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, fleet *fleet) {
		updates, leave := feed.Subscribe()
		defer leave()
		<-updates
		before := time.Now()
		changed := scenario.Scenario{Version: 7}
		changed.Mode = scenario.Chaos
		fleet.set(changed)
		update := <-updates
		if update.Type != "scenario_update" || update.Mode != "chaos" || update.ScenarioVersion != 7 || !time.Now().Equal(before) {
			t.Errorf("%s later: %+v", time.Since(before), update)
		}
	})
}

func TestAllListenersShareOneReading(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, fleet *fleet) {
		first, leaveFirst := feed.Subscribe()
		<-first
		second, leaveSecond := feed.Subscribe()
		if update := <-second; update.Type != "metrics_update" {
			t.Errorf("a new listener waits for the second: %+v", update)
		}
		before := fleet.count()
		<-first
		<-second
		if reads := fleet.count() - before; reads != 1 {
			t.Errorf("%d readings for two listeners", reads)
		}
		leaveFirst()
		leaveSecond()
		leaveSecond()
		synctest.Wait()
		before = fleet.count()
		time.Sleep(10 * step)
		if reads := fleet.count() - before; reads != 0 {
			t.Errorf("%d readings though nobody listens", reads)
		}
	})
}

func TestASlowListenerGetsTheNewest(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, _ *fleet) {
		updates, leave := feed.Subscribe()
		defer leave()
		time.Sleep(100 * step)
		synctest.Wait()
		newest := time.Time{}
		for range backlog {
			newest = (<-updates).Point.Time
		}
		if age := time.Since(newest); age > 3*step {
			t.Errorf("the newest update is %s old", age)
		}
	})
}

func TestAStreamEndsWithItsContextAndWithTheFeed(t *testing.T) {
	inFeed(t, func(t *testing.T, feed *Feed, _ *fleet) {
		ctx, cancel := context.WithCancel(t.Context())
		left, stayed := feed.Stream(ctx), feed.Stream(t.Context())
		<-left
		cancel()
		for range left {
		}
		feed.Close()
		for range stayed {
		}
	})
}
