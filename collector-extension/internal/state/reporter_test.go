package state_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// written keeps what it is given, and takes longer than it should now and then, as a busy database does.
type written struct {
	mu        sync.Mutex
	intervals []traffic.Interval
	delays    []time.Duration
	calls     int
}

func (w *written) WriteTraffic(_ context.Context, intervals []traffic.Interval) error {
	w.mu.Lock()
	delay := w.delays[w.calls%len(w.delays)]
	w.calls++
	w.intervals = append(w.intervals, intervals...)
	w.mu.Unlock()
	time.Sleep(delay)
	return nil
}

func TestSteadyTrafficLeavesNoGapInTheCharts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(480 * time.Millisecond) // begins between two whole seconds
		store := &written{delays: []time.Duration{time.Millisecond, 1050 * time.Millisecond, 40 * time.Millisecond}}
		counter := traffic.NewCounter(nil)
		reporter := state.NewReporter(store, counter, slog.New(slog.DiscardHandler))
		start := time.Now()
		reporter.Start()
		for time.Since(start) < 20*time.Second {
			counter.Observe(traffic.Key{Gateway: "shop", Protocol: "http", Route: "/users"}, time.Millisecond, traffic.Outcome{})
			time.Sleep(50 * time.Millisecond)
		}
		reporter.Shutdown(t.Context())

		from := start.Truncate(time.Second).Add(time.Second)
		points := traffic.Sum(store.intervals, from, from.Add(18*time.Second), time.Second)
		for _, p := range points {
			if p.RequestsPerSecond < 15 || p.RequestsPerSecond > 25 {
				t.Errorf("%s: %v requests per second, want about 20", p.Time.Format("05"), p.RequestsPerSecond)
			}
		}
	})
}

// narrow takes few intervals at a time, as a database that is slow does within its time limit.
type narrow struct {
	mu       sync.Mutex
	most     int
	away     bool
	requests int64
}

func (n *narrow) WriteTraffic(_ context.Context, intervals []traffic.Interval) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.away || len(intervals) > n.most {
		return errors.New("canceling statement due to statement timeout")
	}
	for _, each := range intervals {
		n.requests += each.Requests
	}
	return nil
}

func TestFiguresThatAreTooManyAtOnceAreWrittenInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &narrow{most: 10, away: true}
		counter := traffic.NewCounter(nil)
		reporter := state.NewReporter(store, counter, slog.New(slog.DiscardHandler))
		reporter.Start()
		for second := range 100 {
			for route := range 20 {
				counter.Observe(traffic.Key{Gateway: "shop", Route: fmt.Sprint("/", route)}, time.Millisecond, traffic.Outcome{})
			}
			time.Sleep(time.Second)
			store.mu.Lock()
			store.away = second < 50
			store.mu.Unlock()
		}
		time.Sleep(10 * time.Minute)
		reporter.Shutdown(t.Context())
		if store.requests != 2000 {
			t.Errorf("%d requests are in the figures, want 2000", store.requests)
		}
	})
}
