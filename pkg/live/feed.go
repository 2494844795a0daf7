// Package live reads the figures of the fleet once a second, and hands them to all who listen.
package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

const (
	// step is how long one point of the feed is, and how often it is sent.
	step = time.Second
	// settle is how long after its end a second is read. A collector counts from any moment on for a second, and writes
	// it at its end; it belongs to the second in which its middle is, so half a second late, plus the time to write.
	settle = 800 * time.Millisecond
	// readTimeout bounds one reading of the figures.
	readTimeout = 5 * time.Second
	// rewatchFirst and rewatchMost are between attempts to watch where watching ended by an error.
	rewatchFirst = 500 * time.Millisecond
	rewatchMost  = 5 * time.Second
	// backlog is how many updates wait for a slow subscriber; what is older is dropped, since only the newest counts.
	backlog = 4
)

// Store is what a feed reads.
type Store interface {
	Current(ctx context.Context) (scenario.Scenario, error)
	api.Instances
	api.Traffic
	// Watch calls back with every new version of the scenario until ctx ends.
	Watch(ctx context.Context, changed func(scenario.Scenario)) error
}

// Feed reads the figures of the fleet once a second while anybody listens, and hands them to all who do.
type Feed struct {
	store Store
	// source is what a relay hands on, instead of what it would read of a store.
	source  Source
	problem error
	logger  *slog.Logger
	now     func() time.Time

	mu          sync.Mutex
	closed      bool
	subscribers map[chan traffic.Update]struct{}
	// stop ends the reading; nil while nobody listens.
	stop context.CancelFunc
	// last is the newest update, which a new subscriber gets at once.
	last    *traffic.Update
	reading sync.WaitGroup
}

// New makes a feed over store, or, where problem is not nil, one that only repeats problem.
func New(store Store, problem error, logger *slog.Logger) *Feed {
	return &Feed{store: store, problem: problem, logger: logger, now: time.Now, subscribers: map[chan traffic.Update]struct{}{}}
}

// Stream subscribes for those who leave when their context ends, as api.Options.Live has it.
func (f *Feed) Stream(ctx context.Context) <-chan traffic.Update {
	updates, leave := f.Subscribe()
	context.AfterFunc(ctx, leave)
	return updates
}

// Subscribe returns the updates from now on. leave must be called in any case; the channel is closed then, or when the
// feed is closed.
func (f *Feed) Subscribe() (updates <-chan traffic.Update, leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := make(chan traffic.Update, backlog)
	if f.closed {
		close(c)
		return c, func() {}
	}
	f.subscribers[c] = struct{}{}
	if f.last != nil && f.stop != nil {
		c <- *f.last
	}
	if f.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		f.stop = cancel
		f.reading.Go(func() { f.read(ctx) })
	}
	return c, sync.OnceFunc(func() { f.leave(c) })
}

func (f *Feed) leave(c chan traffic.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, listens := f.subscribers[c]; !listens {
		return
	}
	delete(f.subscribers, c)
	close(c)
	if len(f.subscribers) == 0 && f.stop != nil {
		f.stop()
		f.stop, f.last = nil, nil
	}
}

// Close ends all subscriptions and waits for the reading to end.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
	for c := range f.subscribers {
		close(c)
		delete(f.subscribers, c)
	}
	f.mu.Unlock()
	f.reading.Wait()
}

func (f *Feed) publish(ctx context.Context, update traffic.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	f.last = &update
	for c := range f.subscribers {
		select {
		case c <- update:
			continue
		default:
		}
		select {
		case <-c:
		default:
		}
		c <- update // Free now: publish is the only sender, and holds the lock.
	}
}

// read is the one loop behind all subscriptions.
func (f *Feed) read(ctx context.Context) {
	if f.problem != nil {
		f.publish(ctx, traffic.Update{Type: "metrics_update", Error: f.problem.Error()})
		<-ctx.Done()
		return
	}
	if f.source != nil {
		f.relay(ctx)
		return
	}
	changes := make(chan scenario.Scenario, 1)
	var watching sync.WaitGroup
	watching.Go(func() { f.watch(ctx, changes) })
	defer watching.Wait()

	// The start and the end of an outage are logged, not every second of it.
	failing := false
	tell := func(err error) {
		switch {
		case ctx.Err() != nil:
		case err != nil && !failing:
			f.logger.WarnContext(ctx, "The live figures cannot be read, trying every second", "error", err)
		case err == nil && failing:
			f.logger.InfoContext(ctx, "The live figures are back")
		}
		failing = err != nil
	}
	state, err := f.figures(ctx, traffic.Update{})
	tell(err)
	f.publish(ctx, state)
	next := time.NewTimer(f.untilSettled())
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-changes:
			if s.Version == state.ScenarioVersion && string(s.Mode) == state.Mode {
				continue
			}
			state.Mode, state.ScenarioVersion, state.Applied = string(s.Mode), s.Version, 0
			f.publish(ctx, traffic.Update{
				Type: "scenario_update", Mode: state.Mode, ScenarioVersion: s.Version, Instances: state.Instances,
			})
		case <-next.C:
			state, err = f.figures(ctx, state)
			tell(err)
			f.publish(ctx, state)
			next.Reset(f.untilSettled())
		}
	}
}

// untilSettled returns the time until the present second is over and written.
func (f *Feed) untilSettled() time.Duration {
	now := f.now()
	at := now.Truncate(step).Add(settle)
	if !at.After(now) {
		at = at.Add(step)
	}
	return at.Sub(now)
}

// watch passes every new version of the scenario on to changes until ctx ends.
func (f *Feed) watch(ctx context.Context, changes chan scenario.Scenario) {
	pace := retry.NewPace(rewatchFirst, rewatchMost)
	for ctx.Err() == nil {
		err := f.store.Watch(ctx, func(s scenario.Scenario) {
			pace.Reset()
			select {
			case <-changes: // An older one that was not taken yet.
			default:
			}
			changes <- s
		})
		if ctx.Err() != nil {
			return
		}
		f.logger.DebugContext(ctx, "Watching the scenario ended, starting again", "error", err)
		_ = pace.Wait(ctx) // the loop ends with ctx
	}
}

// figures reads the last complete second of the fleet. Where that fails it keeps what is known of the scenario, and
// says why there are no figures.
func (f *Feed) figures(ctx context.Context, before traffic.Update) (traffic.Update, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	update := traffic.Update{
		Type: "metrics_update", Mode: before.Mode, ScenarioVersion: before.ScenarioVersion,
		Instances: before.Instances, Applied: before.Applied,
	}
	err := f.fill(ctx, &update)
	if err != nil {
		update.Point = nil
		update.Error = "the figures could not be read"
		if errors.Is(err, api.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded) {
			update.Error = api.ErrUnavailable.Error()
		}
	}
	return update, err
}

func (f *Feed) fill(ctx context.Context, update *traffic.Update) error {
	current, err := f.store.Current(ctx)
	if err != nil {
		return err
	}
	update.Mode, update.ScenarioVersion = string(current.Mode), current.Version
	instances, err := f.store.Instances(ctx)
	if err != nil {
		return err
	}
	update.Instances, update.Applied = 0, 0
	for _, instance := range instances {
		if !instance.Live {
			continue
		}
		update.Instances++
		if instance.AppliedVersion >= current.Version {
			update.Applied++
		}
	}
	end := f.now().Add(-settle).Truncate(step)
	points, err := f.store.Points(ctx, end.Add(-step), end, step)
	if err != nil {
		return err
	}
	if len(points) > 0 {
		update.Point = &points[len(points)-1]
	}
	return nil
}
