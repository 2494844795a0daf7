package state

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// force is what a follower knows of the scenario, and has put in force. All of it is guarded by applying, which is never
// held while the store is asked.
type force struct {
	// latest is the scenario of the store that was known last, within the limits; the stop that is pending is over it.
	latest scenario.Scenario
	// given counts the scenarios that changes through this collector have given.
	given uint64
	// attempted is the highest version that a change through this collector may have got.
	attempted int64
	// pending is the stop that the fleet is not told of yet, nil for none. stops counts all that there were.
	pending *scenario.Stop
	stops   uint64
	// settled is closed once there is no stop pending any more; failed is closed, and made anew, whenever telling failed.
	settled, failed chan struct{}
	// toldAs is the scenario that the fleet had once it was told last, overtaken whether that is somebody's later one.
	toldAs    scenario.Scenario
	overtaken bool
	// failure is why telling failed last.
	failure error
}

// observe puts what was read in force, where it is newer than what is known. A read that was under way while a change was
// made gives what was before it: what is older is read again, until it is certain that the store went back, as one does
// that was restored from a backup.
func (f *Follower) observe(ctx context.Context, s scenario.Scenario) {
	f.applying.Lock()
	known, given := f.latest.Version, f.given
	if s.Version > known {
		f.latest = f.capped(s)
		f.refresh()
	}
	f.applying.Unlock()
	pace := retry.NewPace(retryFirst, retryMost)
	for s.Version < known {
		var again scenario.Scenario
		if _, err := retry.Until(ctx, pace, func() (err error) { again, err = f.Store.Current(ctx); return err }, nil); err != nil {
			return
		}
		f.applying.Lock()
		s = again
		if s.Version > f.latest.Version || s.Version < f.latest.Version && given == f.given && known == f.latest.Version {
			f.latest = f.capped(s)
			f.refresh()
		}
		known, given = f.latest.Version, f.given
		f.applying.Unlock()
	}
}

// give puts in force what a change through this collector gave.
func (f *Follower) give(ctx context.Context, s scenario.Scenario) {
	f.applying.Lock()
	f.given++
	f.applying.Unlock()
	f.observe(ctx, s)
}

func (f *Follower) capped(s scenario.Scenario) scenario.Scenario {
	if s.Version == 0 {
		return s // The default of the configuration lasts.
	}
	return f.Limits.Cap(s)
}

// refresh puts in force what is known, with the stop that is pending. applying is held.
func (f *Follower) refresh() {
	if f.pending != nil {
		s := f.pending.Over(f.latest)
		if err := f.Live.Store(s); err != nil {
			f.Logger.Error("the stored scenario is invalid; everything is stopped", "version", s.Version, "error", err)
			_ = f.Live.Store(scenario.Everything().From(s)) // healthy compiles
		}
		return
	}
	s := f.latest
	if err := f.Live.Store(s); err != nil {
		f.Logger.Error("the stored scenario is invalid; what was in force stays. Set another one", "version", s.Version, "error", err)
		return
	}
	now := time.Now().UTC()
	f.mu.Lock()
	changed := f.instance.AppliedVersion != s.Version || f.instance.AppliedAt == nil
	if changed {
		f.instance.AppliedVersion, f.instance.AppliedAt = s.Version, &now
	}
	f.mu.Unlock()
	if !changed {
		return
	}
	f.Logger.Info("scenario in force", "mode", s.Mode, "version", s.Version, "set_by", s.SetBy, "rules", len(s.Rules))
	select {
	case f.applied <- struct{}{}:
	default:
	}
}
