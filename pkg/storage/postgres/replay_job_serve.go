package postgres

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// jobLookout bounds how long a job whose notification was lost waits, and how long the lease of a collector that died is
// noticed late, while there are jobs; see quietLookout.
const jobLookout = time.Second

// ServeReplayJobs works on jobs of the named gateways until ctx ends; it then returns nil once what it works on was given
// back. It survives restarts of PostgreSQL, and takes over what collectors that died have left.
func (s *Store) ServeReplayJobs(ctx context.Context, instance string, gateways []string, begin replay.Begin) error {
	news := s.listen(jobChannel)
	defer news.close()
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
		case <-news.changed:
			nudges.send()
		case <-ended:
		case <-timer.C:
			news.ping()
		}
		quiet, err := s.none(ctx, "SELECT FROM replays WHERE ended_at IS NULL")
		if err == nil && !quiet {
			err = s.settleJobs(ctx)
		}
		for !quiet && err == nil && ctx.Err() == nil {
			var taken *lease
			if taken, err = s.takeShare(ctx, instance, gateways); taken == nil {
				break
			}
			nudged := nudges.add()
			running.Go(func() {
				defer func() {
					nudges.remove(nudged)
					select {
					case ended <- struct{}{}: // there may be room for another
					default:
					}
				}()
				s.work(ctx, taken, begin, nudged)
			})
		}
		if unavailable := err != nil && ctx.Err() == nil; unavailable != away {
			if away = unavailable; away {
				s.logger.WarnContext(ctx, "jobs of replays cannot be taken for the time being", "error", wrap(err))
			}
		}
		timer.Reset(s.lookout(news, quiet, jobLookout))
	}
}

// work does a share, and gives it back.
func (s *Store) work(ctx context.Context, l *lease, begin replay.Begin, nudged <-chan struct{}) {
	log := s.logger.With("replay", l.job, "gateway", l.name)
	log.InfoContext(ctx, "works on a replay", "left", len(l.share.Items), "of", l.share.Total)
	send, end, err := begin(ctx, l.name, l.share.Request.Each())
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

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
