package state

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// maxPending is how many intervals wait while the store is away; older ones are dropped, since live figures are about now.
const maxPending = 20_000

// TrafficStore keeps what instances count.
type TrafficStore interface {
	WriteTraffic(ctx context.Context, intervals []traffic.Interval) error
}

// Reporter writes what was counted once a second.
type Reporter struct {
	store   TrafficStore
	counter *traffic.Counter
	log     *slog.Logger

	cancel  context.CancelFunc
	running sync.WaitGroup
	pending []traffic.Interval
	away    bool
	// most is how many intervals are written at once: fewer where the store fails, which it may since they are too many.
	most int
	// dropped is how many found no room since the store is away.
	dropped int
}

// NewReporter makes a reporter of what counter counts.
func NewReporter(store TrafficStore, counter *traffic.Counter, log *slog.Logger) *Reporter {
	return &Reporter{store: store, counter: counter, log: log, most: maxPending}
}

// Start reports in the background until Shutdown.
func (r *Reporter) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.running.Go(func() {
		// At whole seconds, so that an interval lies in one second of the charts however late it ends: of a phase in
		// between, jitter would put two intervals into one second and none into the next.
		next := wholeSecondAfter(time.Now())
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
				next = wholeSecondAfter(next)
				if late := time.Now().Truncate(time.Second); late.After(next) {
					next = late
				}
				r.report(ctx)
				timer.Reset(time.Until(next))
			case <-ctx.Done():
				return
			}
		}
	})
}

func wholeSecondAfter(t time.Time) time.Time { return t.Truncate(time.Second).Add(time.Second) }

// Shutdown stops, and writes what was counted since. It may be called without Start, and again.
func (r *Reporter) Shutdown(ctx context.Context) {
	if r.cancel == nil {
		return
	}
	r.cancel()
	r.cancel = nil
	r.running.Wait()
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	r.report(ctx)
}

func (r *Reporter) report(ctx context.Context) {
	r.pending = append(r.pending, r.counter.Flush()...)
	for len(r.pending) > 0 {
		n := min(r.most, len(r.pending))
		if err := r.store.WriteTraffic(ctx, r.pending[:n]); err != nil {
			r.most = max(1, n/2)
			r.wait(ctx, err)
			return
		}
		r.pending, r.most = r.pending[n:], min(2*r.most, maxPending)
	}
	if r.away {
		r.log.Info("traffic figures are written again", "dropped", r.dropped)
	}
	r.pending, r.away, r.dropped = nil, false, 0
}

// wait keeps what is not written, as far as there is room.
func (r *Reporter) wait(ctx context.Context, err error) {
	if ctx.Err() == nil && !r.away {
		r.away = true
		r.log.Warn("traffic figures wait in memory until the database is back", "error", err)
	}
	if extra := len(r.pending) - maxPending; extra > 0 {
		if r.dropped == 0 {
			r.log.Warn("the oldest traffic figures are dropped: more wait than there is room for", "room", maxPending)
		}
		r.dropped += extra
		r.pending = append([]traffic.Interval(nil), r.pending[extra:]...)
	}
}
