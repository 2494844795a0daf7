package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

const (
	// maxReplays is how many replays one collector sends at once.
	maxReplays = 4
	// oneLookout bounds how long a replay whose notification was lost waits.
	oneLookout = time.Second
	// oneGrace lets a replay that times out say so itself.
	oneGrace = time.Second
	// oneLease is how long who has taken a replay keeps it. It is never renewed.
	oneLease = Timeout + oneGrace + farewell
	// oneForgotten is when nobody waits any more for a replay that is not running.
	oneForgotten = time.Minute
)

// errLost is not for users: there is nothing that they can do.
var errLost = errors.New("the collector is gone")

// ServeReplays takes replays of the named gateways and runs them, until ctx ends; it then returns nil once those that run have
// ended. It survives that the store is away. Each is sent once at most: one whose collector died is not taken again. run gets a
// context that ends a second after Timeout. See api.ReplayServer.
func (r *Replays) ServeReplays(ctx context.Context, instance string, gateways []string, run replay.RunOne) error {
	news := r.ones.ListenOnes()
	defer news.Close()
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, maxReplays)
	timer := time.NewTimer(0)
	defer timer.Stop()
	away := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-news.Changed():
		case <-timer.C:
			news.Check()
		}
		var quiet bool
		for {
			select {
			case <-ctx.Done():
				return nil
			case slots <- struct{}{}:
			}
			one, none, err := r.takeOne(ctx, instance, gateways)
			quiet = none
			if err != nil || one == nil {
				<-slots
				if unavailable := err != nil && ctx.Err() == nil; unavailable != away {
					if away = unavailable; away {
						r.log.WarnContext(ctx, "replays cannot be taken for the time being", "error", err)
					}
				}
				break
			}
			running.Go(func() {
				defer func() { <-slots }()
				r.runOne(ctx, one, run)
			})
		}
		timer.Reset(lookout(news, quiet, oneLookout))
	}
}

// takeOne takes the oldest replay that waits, nil where there is none; none reports whether there is no replay at all. Nobody waits any more for one of an earlier time; the
// collector of one whose lease has ended is gone.
func (r *Replays) takeOne(ctx context.Context, instance string, gateways []string) (_ *One, none bool, _ error) {
	all, err := r.ones.Ones(ctx)
	if err != nil {
		return nil, false, err
	}
	for i := range all {
		one := &all[i]
		switch {
		case one.Status == OneRunning && one.Left <= 0:
			// Whoever waits is told that it failed: nobody knows whether it was sent.
			end, err := ended(replay.Comparison{}, errLost)
			if err != nil {
				return nil, false, err
			}
			if _, err := r.ones.EndOne(ctx, one.ID, end); err != nil {
				return nil, false, err
			}
		case one.Status != OneRunning && one.Age > oneForgotten:
			if _, err := r.ones.RemoveOne(ctx, one.ID, OneQueued, OneDone, OneFailed); err != nil {
				return nil, false, err
			}
		}
	}
	for i := range all {
		one := &all[i]
		if one.Status != OneQueued || one.Age >= r.takeWithin || !slices.Contains(gateways, one.Gateway) {
			continue
		}
		request, taken, err := r.ones.TakeOne(ctx, one.ID, instance, r.takeWithin, oneLease)
		if err != nil {
			return nil, false, err
		}
		if taken {
			one.Request = request
			return one, false, nil
		}
	}
	return nil, len(all) == 0, nil
}

func (r *Replays) runOne(ctx context.Context, one *One, run replay.RunOne) {
	limited, cancel := context.WithTimeout(ctx, Timeout+oneGrace)
	defer cancel()
	var request replay.Request
	var comparison replay.Comparison
	err := json.Unmarshal(one.Request, &request)
	if err == nil {
		recorded, getErr := r.recordings.Get(limited, one.Recording)
		if err = getErr; err == nil {
			comparison, err = run(limited, recorded, request)
		}
	}
	if err != nil {
		r.log.WarnContext(ctx, "a replay failed", "recording", one.Recording, "by", one.By, "error", err)
	} else {
		r.log.InfoContext(ctx, "a recording was replayed", "recording", one.Recording, "gateway", one.Gateway, "by", one.By)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	end, err := ended(comparison, err)
	if err == nil {
		// False is one that nobody waits for any more.
		_, err = r.ones.EndOne(ctx, one.ID, end)
	}
	if err != nil {
		r.log.WarnContext(ctx, "the result of a replay could not be written", "recording", one.Recording, "error", err)
	}
}
