// Package state keeps the scenario of a collector in step with the store that the fleet shares.
package state

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

const (
	// heartbeat is between two at most: three may be lost until an instance counts as gone.
	heartbeat   = 3 * time.Second
	maintenance = time.Hour
	// minutely is how often what was recorded is indexed, and figures are rolled up.
	minutely = time.Minute
	// retryFirst and retryMost are between attempts to reach the store while it is away.
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
	// farewell is how long Shutdown takes to sign off at most.
	farewell = 2 * time.Second
)

// Store is what the fleet shares. All methods return when ctx ends.
type Store interface {
	// Migrate brings the schema up to date. It fails while the database is away.
	Migrate(ctx context.Context) error
	// PublishDefault makes known what is in force where nothing was ever set.
	PublishDefault(ctx context.Context, definition scenario.Definition) error
	// PublishPresets makes the built-in and configured presets known to all.
	PublishPresets(ctx context.Context, presets []scenario.Preset) error
	// Current returns the scenario as it is now.
	Current(ctx context.Context) (scenario.Scenario, error)
	// Relieve tells of a stop, and returns the scenario with it and true, or what somebody has set after it and false.
	Relieve(ctx context.Context, stop scenario.Stop) (scenario.Scenario, bool, error)
	// Watch calls apply with the current scenario, and again after every change, until ctx ends.
	Watch(ctx context.Context, apply func(scenario.Scenario)) error
	// Register says that the instance is alive, and which version it serves.
	Register(ctx context.Context, instance scenario.Instance) error
	Deregister(ctx context.Context, id string) error
	// MaintainPartitions makes room for the days to come, and drops what is older than own and all other instances want kept, by
	// the clock of the store.
	MaintainPartitions(ctx context.Context, own scenario.Retention) error
	// IndexForSearch makes what was recorded by now quick to search, where that is due.
	IndexForSearch(ctx context.Context) error
	// RollUpTraffic adds the figures of traffic up into longer intervals, and deletes what is older than own and all other
	// instances want kept.
	RollUpTraffic(ctx context.Context, own scenario.Retention) error
}

// FollowerOptions are what a follower is made of. All are required but Presets, HistoryDays (0 is for ever), TrafficDays, Limits, StopFile, Pending
// and Serve.
type FollowerOptions struct {
	Store Store
	// Live is where scenarios are put in force.
	Live *scenario.Live
	// Default is in force where nothing was ever set, and Presets are those that are not of users.
	Default scenario.Definition
	Presets []scenario.Preset
	// RetentionDays is how long recordings are kept, HistoryDays how long changes of the scenario are, unless another instance wants
	// them longer.
	RetentionDays, HistoryDays int
	// TrafficDays is how long figures of traffic are kept, by resolution; zero is the default.
	TrafficDays traffic.Days
	// Limits are the limits of the configuration, which bind scenarios too that were set where they are not known.
	Limits scenario.Limits
	// StopFile keeps a stop until the fleet was told; nil keeps it in memory only. Pending is the one that it kept from an
	// earlier run, nil for none.
	StopFile *StopFile
	Pending  *scenario.Stop
	// Serve runs once the schema is there, until ctx ends; nil is nothing.
	Serve  func(ctx context.Context) error
	Logger *slog.Logger
}

// Follower applies what the store says, and reports back.
type Follower struct {
	FollowerOptions
	cancel  context.CancelFunc
	running sync.WaitGroup
	applied chan struct{}
	// poke wakes who tells the fleet of stops.
	poke chan struct{}

	applying sync.Mutex
	force
	// keeping is held while the stop is written to the disk, and comes before applying. unkept reports whether that failed.
	keeping sync.Mutex
	unkept  bool

	// prepared reports whether Prepare has done its part.
	prepared bool

	mu       sync.Mutex
	instance scenario.Instance
}

// NewFollower makes a follower that does nothing until it is started, but for putting a pending stop in force.
func NewFollower(o FollowerOptions) *Follower {
	if o.StopFile == nil {
		o.StopFile = NewStopFile("")
	}
	f := &Follower{FollowerOptions: o, applied: make(chan struct{}, 1), poke: make(chan struct{}, 1)}
	f.latest, f.failed = o.Live.Load().Scenario(), make(chan struct{})
	if o.Pending != nil {
		f.pending, f.settled, f.stops = o.Pending, make(chan struct{}), 1
		f.refresh()
	}
	return f
}

// Prepare does before the start what is else done after it, with a store that is there: what it says is in force before anybody is
// served. After an error it is done after the start.
func (f *Follower) Prepare(ctx context.Context) error {
	if err := f.publish(ctx); err != nil {
		return err
	}
	current, err := f.Store.Current(ctx)
	if err != nil {
		return err
	}
	f.observe(ctx, current)
	f.prepared = true
	return nil
}

// Start follows in the background until Shutdown, and registers as instance with the version that is applied. The store may be away: what is in force stays in force until it is back.
func (f *Follower) Start(instance scenario.Instance) {
	instance.Retention = f.retention()
	instance.AppliedVersion, instance.AppliedAt = f.instance.AppliedVersion, f.instance.AppliedAt
	f.instance = instance
	if f.prepared {
		if err := f.Store.Register(context.Background(), instance); err != nil {
			f.Logger.Debug("could not register", "error", err) // report does, soon.
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	f.running.Go(func() { f.follow(ctx) })
	f.running.Go(func() { f.tell(ctx) })
}

func (f *Follower) retention() scenario.Retention {
	return scenario.Retention{RecordingDays: f.RetentionDays, HistoryDays: f.HistoryDays, Traffic: f.TrafficDays}
}

// AddGateways tells that the instance has more gateways than at its start.
func (f *Follower) AddGateways(gateways ...scenario.Gateway) {
	f.mu.Lock()
	f.instance.Gateways = slices.Concat(f.instance.Gateways, gateways)
	f.mu.Unlock()
	select {
	case f.applied <- struct{}{}:
	default:
	}
}

// Shutdown stops following and signs off. It may be called without Start, and again.
func (f *Follower) Shutdown(ctx context.Context) {
	if f.cancel == nil {
		return
	}
	f.cancel()
	f.cancel = nil
	f.running.Wait()
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	if err := f.Store.Deregister(ctx, f.instance.ID); err != nil {
		f.Logger.Debug("could not sign off", "error", err)
	}
}

// follow prepares the schema, then watches and reports, each until ctx ends.
func (f *Follower) follow(ctx context.Context) {
	if !f.prepared {
		f.insist(ctx, "prepare the database", func() error { return f.publish(ctx) })
	}
	if ctx.Err() != nil {
		return
	}
	f.running.Go(func() { f.report(ctx) })
	f.running.Go(func() { f.maintain(ctx) })
	f.running.Go(func() { f.everyMinute(ctx) })
	if f.Serve != nil {
		f.running.Go(func() { f.insist(ctx, "serve replays", func() error { return f.Serve(ctx) }) })
	}
	f.insist(ctx, "watch the scenario", func() error {
		return f.Store.Watch(ctx, func(s scenario.Scenario) { f.observe(ctx, s) })
	})
}

// publish brings the schema up to date, and makes known what is configured.
func (f *Follower) publish(ctx context.Context) error {
	if err := f.Store.Migrate(ctx); err != nil {
		return err
	}
	if err := f.Store.PublishDefault(ctx, f.Default); err != nil {
		return err
	}
	return f.Store.PublishPresets(ctx, f.Presets)
}

// insist tries until it succeeds or ctx ends, and says so once.
func (f *Follower) insist(ctx context.Context, what string, try func() error) {
	failures, err := retry.Until(ctx, retry.NewPace(retryFirst, retryMost), try, func(err error) {
		f.Logger.Warn("cannot "+what+": the scenario in force stays until the database is back", "error", err)
	})
	if failures > 0 && err == nil {
		f.Logger.Info("the database is back: " + what)
	}
}

// report registers at once, after every change, and often enough to count as alive. Others wait to see a change acknowledged:
// what could not be written is tried again soon.
func (f *Follower) report(ctx context.Context) {
	pace := retry.NewPace(retryFirst, heartbeat)
	timer := time.NewTimer(heartbeat)
	defer timer.Stop()
	for {
		f.mu.Lock()
		instance := f.instance
		f.mu.Unlock()
		instance.LastSeen = time.Now().UTC()
		// Those of a fleet that a change has brought into step get out of it.
		next := heartbeat - time.Duration(rand.Int64N(int64(heartbeat)/6))
		if err := f.Store.Register(ctx, instance); err != nil {
			next = pace.Next()
			if ctx.Err() == nil {
				f.Logger.Debug("could not register", "error", err)
			}
		} else {
			pace.Reset()
		}
		timer.Reset(next)
		select {
		case <-f.applied:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// maintain looks after the partitions at once and every hour; a failure is made good an hour later, and partitions are
// made ahead, so that nothing is lost.
func (f *Follower) maintain(ctx context.Context) {
	ticker := time.NewTicker(maintenance)
	defer ticker.Stop()
	for {
		if err := f.Store.MaintainPartitions(ctx, f.retention()); err != nil && ctx.Err() == nil {
			f.Logger.Warn("recordings and changes that are older than they are kept could not be removed; tried again in an hour", "error", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// everyMinute has what was recorded indexed, and figures rolled up. The store tells of what goes wrong with an index; while the
// database is away, others do. What was not rolled up is a minute later.
func (f *Follower) everyMinute(ctx context.Context) {
	ticker := time.NewTicker(minutely)
	defer ticker.Stop()
	failed := false
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := f.Store.IndexForSearch(ctx); err != nil && ctx.Err() == nil {
			f.Logger.Debug("could not index for searching", "error", err)
		}
		err := f.Store.RollUpTraffic(ctx, f.retention())
		if err != nil && ctx.Err() == nil && !failed {
			f.Logger.Warn("figures of traffic could not be rolled up; tried again every minute", "error", err)
		}
		failed = err != nil
	}
}
