package postgres

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// instancesChannel is where is notified that an instance has come or has gone. The payload is empty, since an id may be
	// longer than one may be.
	instancesChannel = "mockforge_instances"
	// instancesPoll bounds how long it stays unseen that an instance is alive no more, or a notification was lost.
	instancesPoll = time.Second
	// instancesSoon is between readings at first while not all that are alive serve the latest version, and instancesLater the
	// share of the time since then that it is at most: an acknowledgement is seen late by a quarter of what it took.
	instancesSoon, instancesLater = 3 * time.Millisecond, 4
)

// instanceWatch reads the instances once for all who watch them, with one connection that listens while anybody does.
type instanceWatch struct {
	mu     sync.Mutex
	closed bool
	// watchers get what was read last.
	watchers map[chan []scenario.Instance]struct{}
	// due is where a reading is asked for, for who has come; stop ends the reading. Both are nil while nobody watches.
	due     chan struct{}
	stop    context.CancelFunc
	reading sync.WaitGroup
	// over is closed with the store.
	over chan struct{}
}

func newInstanceWatch() *instanceWatch {
	return &instanceWatch{watchers: map[chan []scenario.Instance]struct{}{}, over: make(chan struct{})}
}

// WatchInstances calls seen with the instances, and again when one has changed, until ctx ends. See api.WatchedInstances.
// While PostgreSQL is away there are no calls. A store that is closed is an api.ErrUnavailable.
func (s *Store) WatchInstances(ctx context.Context, seen func([]scenario.Instance)) error {
	read, leave, err := s.instances.join(s.readInstances)
	if err != nil {
		return err
	}
	defer leave()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.instances.over:
			return api.ErrUnavailable
		case instances := <-read:
			if ctx.Err() != nil {
				return nil
			}
			seen(instances)
		}
	}
}

// join adds one who watches until leave is called. Reading begins with the first and ends with the last.
func (w *instanceWatch) join(reading func(ctx context.Context, due <-chan struct{})) (read <-chan []scenario.Instance, leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, nil, api.ErrUnavailable
	}
	watcher := make(chan []scenario.Instance, 1)
	w.watchers[watcher] = struct{}{}
	if w.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		due := make(chan struct{}, 1)
		w.stop, w.due = cancel, due
		w.reading.Go(func() { reading(ctx, due) })
	}
	select {
	case w.due <- struct{}{}:
	default:
	}
	return watcher, func() { w.leave(watcher) }, nil
}

func (w *instanceWatch) leave(watcher chan []scenario.Instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.watchers, watcher)
	if len(w.watchers) == 0 && w.stop != nil {
		w.stop()
		w.stop, w.due = nil, nil
	}
}

// tell hands what was read to all who watch, in place of what they have not taken yet.
func (w *instanceWatch) tell(ctx context.Context, instances []scenario.Instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() != nil {
		return // Those who watch now have another reading.
	}
	for watcher := range w.watchers {
		select {
		case <-watcher:
		default:
		}
		watcher <- instances
	}
}

// close ends all watching, and waits until the reading has ended.
func (w *instanceWatch) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.over)
	}
	if w.stop != nil {
		w.stop()
		w.stop, w.due = nil, nil
	}
	w.mu.Unlock()
	w.reading.Wait()
}

// readInstances reads the instances whenever it is due, a change is notified or a second has passed, and ever less often while
// some do not serve the latest version, until ctx ends.
func (s *Store) readInstances(ctx context.Context, due <-chan struct{}) {
	news, changes := s.listen(instancesChannel), s.listen(Channel)
	defer news.close()
	defer changes.close()
	listening := news.listening
	poll := time.NewTimer(instancesPoll)
	defer poll.Stop()
	away := false
	var latest int64
	var since time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-due:
		case <-listening:
			listening = nil // From now on every change is notified; what came before is read once more.
		case <-news.changed:
		case <-changes.changed:
		case <-poll.C:
		}
		instances, version, err := s.instancesAndVersion(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !away:
			s.logger.WarnContext(ctx, "the instances cannot be read: changes of the scenario wait for them in vain", "error", err)
		case err == nil && away:
			s.logger.InfoContext(ctx, "the instances can be read again")
		}
		next := instancesPoll
		if away = err != nil; !away {
			s.instances.tell(ctx, instances)
			if version != latest || since.IsZero() {
				latest, since = version, time.Now()
			}
			if slices.ContainsFunc(instances, func(i scenario.Instance) bool { return i.Live && i.AppliedVersion < version }) {
				next = min(next, max(instancesSoon, time.Since(since)/instancesLater))
			}
		}
		poll.Reset(next)
	}
}
