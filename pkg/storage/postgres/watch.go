package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// pollInterval bounds how long a lost notification, or an expiry that nobody has written yet, stays unseen.
	pollInterval = 5 * time.Second
	// unheardInterval is between looks while no notification can be relied on.
	unheardInterval = time.Second
	// retryFirst and retryMost are between attempts to read the scenario while PostgreSQL is away.
	retryFirst = 100 * time.Millisecond
	retryMost  = time.Second
)

// Watch calls back with the live scenario whenever its version is another than before, starting from version 0 (nothing
// was ever set): on a notification, on every reconnect, on a poll every 5 s, and where a heartbeat of Register found another one; a
// poll is left out where one found the same. Where notifications do not arrive, through
// a pooler such as PgBouncer, it polls every second. Calls come one at a time. It survives restarts of PostgreSQL, and
// returns nil when ctx ends.
func (s *Store) Watch(ctx context.Context, changed func(scenario.Scenario)) error {
	news := s.listen(Channel)
	defer news.close()

	var version int64
	var expiry *time.Time
	listening := news.listening
	beats := s.latest.listen()
	defer s.latest.leave(beats)
	away := false
	pace := retry.NewPace(retryFirst, retryMost)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-listening:
			listening = nil // From now on every change is notified; what came before is read once more.
		case <-news.changed: // Also after a reconnect: anything may have been missed.
		case found := <-beats:
			if found == version {
				continue
			}
		case <-timer.C:
			news.ping()
			if !away && listening == nil && s.latest.is(version) && (expiry == nil || s.local().Before(*expiry)) {
				timer.Reset(s.interval(true))
				continue
			}
		}
		current, err := s.Current(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if !away {
				s.logger.WarnContext(ctx, "the scenario cannot be read, the last one stays in force", "error", err)
			}
			away = true
			timer.Reset(pace.Next())
			continue
		case away:
			s.logger.InfoContext(ctx, "the scenario can be read again", "version", current.Version)
			away = false
			pace.Reset()
		}
		timer.Reset(s.interval(listening == nil))
		expiry = current.ExpiresAt
		if current.Version != version {
			version = current.Version
			changed(current)
		}
	}
}

// interval returns when to look again. Through a pooler nothing is notified: listening would leave a session behind with it.
func (s *Store) interval(listening bool) time.Duration {
	if s.ways.throughPooler() {
		s.giveUp()
		return unheardInterval
	}
	if !listening {
		return unheardInterval
	}
	return jittered(pollInterval)
}

// jittered returns at most d, and at least three quarters of it: a fleet that a notification has woken at once is not to look
// at once again.
func jittered(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/4))
}
