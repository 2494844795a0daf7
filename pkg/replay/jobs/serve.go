package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// ServeReplayJobs works on jobs of the named gateways until ctx ends; it then returns nil once what it works on was given back. It
// survives that the store is away, and takes over what collectors that died have left. See api.ReplayServer.
func (r *Replays) ServeReplayJobs(ctx context.Context, instance string, gateways []string, begin replay.Begin) error {
	news := r.jobs.Listen()
	defer news.Close()
	var running sync.WaitGroup
	defer running.Wait()
	nudges := nudges{all: map[chan struct{}]bool{}}
	ended := make(chan struct{}, 1)
	timer := time.NewTimer(0)
	defer timer.Stop()
	away := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-news.Changed():
			nudges.send()
		case <-ended:
		case <-timer.C:
			news.Check()
		}
		open, err := r.jobs.Open(ctx)
		if err == nil {
			err = r.settle(ctx, open)
		}
		for err == nil && ctx.Err() == nil {
			var taken *lease
			if taken, err = r.take(ctx, open, instance, gateways); taken == nil {
				break
			}
			open, err = r.jobs.Open(ctx)
			nudged := nudges.add()
			running.Go(func() {
				defer func() {
					nudges.remove(nudged)
					select {
					case ended <- struct{}{}: // there may be room for another
					default:
					}
				}()
				r.work(ctx, taken, begin, nudged)
			})
		}
		if unavailable := err != nil && ctx.Err() == nil; unavailable != away {
			if away = unavailable; away {
				r.log.WarnContext(ctx, "jobs of replays cannot be taken for the time being", "error", err)
			}
		}
		timer.Reset(lookout(news, err == nil && len(open) == 0, jobLookout))
	}
}

// quietLookout is when it is looked for work where there was none and everything is told of: many collectors that have nothing to do
// share one store.
const quietLookout = 30 * time.Second

// lookout returns when to look for work again: soon, unless there is none, and whatever comes is told of.
func lookout(news News, quiet bool, soon time.Duration) time.Duration {
	if !quiet || !news.Sure() {
		return soon
	}
	return quietLookout - rand.N(quietLookout/4) // not all at once
}

// work does a share, and gives it back.
func (r *Replays) work(ctx context.Context, l *lease, begin replay.Begin, nudged <-chan struct{}) {
	log := r.log.With("replay", l.job, "gateway", l.share.Gateway)
	log.InfoContext(ctx, "works on a replay", "left", len(l.share.Items), "of", l.share.Total)
	send, end, err := begin(ctx, l.share.Gateway, l.share.Request.Each())
	if err != nil {
		// Each of its recordings says so, at once.
		l.share.Request.Pace, l.share.Request.Concurrency = replay.Pace{Mode: replay.PaceRate, Rate: 1000}, replay.MaxConcurrency
		send, end = refuse(err), func() {}
	}
	defer end()
	err = replay.Work(ctx, l.share, l, send, nudged)
	if errors.Is(err, replay.ErrTakenOver) {
		log.WarnContext(ctx, "a replay was ended, or taken over by another collector")
		return
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := errors.Join(err, l.release(last)); err != nil {
		// Its lease ends by itself, and another collector goes on.
		log.WarnContext(ctx, "a replay could not be given back", "error", err)
	}
}

func refuse(err error) replay.Sender {
	return func(context.Context, recording.Recording) (replay.Comparison, error) { return replay.Comparison{}, err }
}

// nudges wakes those who work on jobs.
type nudges struct {
	mu  sync.Mutex
	all map[chan struct{}]bool
}

func (n *nudges) add() chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	nudged := make(chan struct{}, 1)
	n.all[nudged] = true
	return nudged
}

func (n *nudges) remove(nudged chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.all, nudged)
}

func (n *nudges) send() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for nudged := range n.all {
		select {
		case nudged <- struct{}{}:
		default:
		}
	}
}
