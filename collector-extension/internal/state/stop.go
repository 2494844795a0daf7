package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// stopPatience is how long a stop, or a change behind one, waits for the fleet to be told.
	stopPatience = 2 * time.Second
	// tellPatience is how long one attempt to tell it may take, and tellMost the longest pause between two.
	tellPatience = 10 * time.Second
	tellMost     = time.Second
)

// Stop puts relief in force here at once, keeps it on disk, and has the fleet told. See api.Stops.
//
// Until the fleet was told, nothing that was set before brings back what the stop took away: neither what the store says,
// nor a change that was under way here, nor a restart.
func (f *Follower) Stop(ctx context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, api.Reach, error) {
	f.applying.Lock()
	if ifVersion != nil && *ifVersion != f.latest.Version {
		f.applying.Unlock()
		return scenario.Scenario{}, api.Reach{}, api.ErrConflict
	}
	stop := scenario.Stop{
		Relief: relief, By: audit.By, Action: audit.Action, Reason: audit.Reason, At: time.Now(),
		Base: max(f.latest.Version, f.attempted),
	}
	if f.pending != nil {
		stop = f.pending.Then(stop)
	} else {
		f.settled = make(chan struct{})
	}
	f.pending = &stop
	f.stops++
	f.refresh()
	inForce := stop.Over(f.latest)
	settled, failed := f.settled, f.failed
	f.applying.Unlock()
	f.Logger.Info("stopped here; the fleet is being told", "action", stop.Action, "set_by", stop.By)

	unkept := f.keep()
	told, failure := f.wait(ctx, settled, failed)
	if told {
		f.applying.Lock()
		defer f.applying.Unlock()
		reach := api.Reach{Collector: api.InForce, Fleet: api.Told, Durable: true}
		if f.overtaken {
			reach.Detail = "Somebody has changed the scenario after it: that is in force now."
		}
		return f.toldAs, reach, nil
	}
	detail := "The database did not answer yet: the other collectors are told when it does."
	switch {
	case errors.Is(failure, api.ErrUnavailable):
		detail = "The database cannot be reached or written: the other collectors are told when it is back."
	case failure != nil:
		detail = "The database could not take it: the other collectors are told once it can."
	}
	if unkept != nil {
		detail += " " + notKept(unkept)
	}
	return inForce, api.Reach{Collector: api.InForce, Fleet: api.Pending, Durable: unkept == nil, Detail: detail}, nil
}

// notKept says what becomes of a stop that is not on disk.
func notKept(why error) string {
	if errors.Is(why, errNoDirectory) {
		return "This collector keeps it in memory only, since " + why.Error() + ": a restart before that forgets it."
	}
	return "This collector could not keep it on its disk: a restart before that forgets it."
}

// wait reports whether the stop that is pending was settled before telling failed, the patience or ctx ended.
func (f *Follower) wait(ctx context.Context, settled, failed <-chan struct{}) (bool, error) {
	select {
	case f.poke <- struct{}{}:
	default:
	}
	timer := time.NewTimer(stopPatience)
	defer timer.Stop()
	select {
	case <-settled:
		return true, nil
	case <-failed:
		f.applying.Lock()
		defer f.applying.Unlock()
		return false, f.failure
	case <-timer.C:
	case <-ctx.Done():
	}
	return false, nil
}

// keep makes the disk say what the memory does, and returns why it could not.
func (f *Follower) keep() error {
	f.keeping.Lock()
	defer f.keeping.Unlock()
	f.applying.Lock()
	pending := f.pending
	f.applying.Unlock()
	var err error
	if pending == nil {
		err = f.StopFile.Remove()
	} else {
		err = f.StopFile.Save(*pending)
	}
	again := f.unkept
	f.unkept = err != nil && !errors.Is(err, errNoDirectory)
	if f.unkept && !again {
		f.Logger.Error("the disk cannot keep what is stopped: make room in recorder::storage::spool_directory, and let it be written to", "error", err)
	}
	return err
}

// keepAgain tries again what the disk could not keep.
func (f *Follower) keepAgain() {
	f.keeping.Lock()
	unkept := f.unkept
	f.keeping.Unlock()
	if unkept {
		_ = f.keep() // is tried until it is kept, or the fleet told
	}
}

// tell tells the fleet of a stop as soon as the store takes it, until ctx ends.
func (f *Follower) tell(ctx context.Context) {
	pace, failing := retry.NewPace(retryFirst, tellMost), false
	again := time.NewTimer(tellMost)
	defer again.Stop()
	for {
		pending, err := f.tellOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			failing = true
			f.Logger.Warn("the fleet is not told of a stop yet: it stays in force here, and is told when the database is back", "error", err)
		case err == nil:
			failing = false
			pace.Reset()
		}
		again.Stop()
		if pending {
			f.keepAgain()
			again.Reset(pace.Next())
		}
		select {
		case <-again.C:
		case <-f.poke:
		case <-ctx.Done():
		}
	}
}

// tellOnce tells the fleet of the stop that is pending, and reports whether one still is.
func (f *Follower) tellOnce(ctx context.Context) (bool, error) {
	f.applying.Lock()
	pending, stops := f.pending, f.stops
	f.applying.Unlock()
	if pending == nil {
		return false, nil
	}
	attempt, cancel := context.WithTimeout(ctx, tellPatience)
	defer cancel()
	s, told, err := f.Store.Relieve(attempt, *pending)
	if err != nil {
		f.applying.Lock()
		f.failure = err
		close(f.failed)
		f.failed = make(chan struct{})
		f.applying.Unlock()
		return true, err
	}
	// While the stop is over it, so that nothing older shows in between.
	f.give(ctx, s)
	f.applying.Lock()
	if f.stops != stops {
		f.applying.Unlock()
		return true, nil // There was another one meanwhile.
	}
	f.pending, f.toldAs, f.overtaken = nil, s, !told
	f.refresh()
	close(f.settled)
	f.applying.Unlock()
	if told {
		f.Logger.Info("the fleet was told of a stop", "version", s.Version, "set_by", pending.By, "stopped_at", pending.At)
	} else {
		f.Logger.Warn("somebody changed the scenario after it was stopped here: that is in force now",
			"version", s.Version, "set_by", s.SetBy, "stopped_at", pending.At)
	}
	_ = f.keep() // has logged it; one that stays on the disk is told again after a restart, which changes nothing
	return false, nil
}

// behind waits until no stop is pending, since a change is made to what it left. It returns how many stops there were.
func (f *Follower) behind(ctx context.Context) (uint64, error) {
	for {
		f.applying.Lock()
		pending, stops, settled, failed := f.pending != nil, f.stops, f.settled, f.failed
		f.applying.Unlock()
		if !pending {
			return stops, nil
		}
		if told, err := f.wait(ctx, settled, failed); !told {
			if err == nil {
				err = api.ErrUnavailable
			}
			return 0, fmt.Errorf("%w: a stop is in force, of which the fleet is not told yet: %w", api.ErrUnavailable, err)
		}
	}
}
