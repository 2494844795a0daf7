package postgres

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// pollInterval bounds how long a lost notification, or an expiry that nobody has written yet, stays unseen.
	pollInterval = 5 * time.Second
	// unheardInterval is between looks while no notification can be relied on.
	unheardInterval = time.Second
	// mostTries is how many notifications of ours may stay away before listening is given up.
	mostTries = 5
	// retryFirst and retryMost are between attempts to read the scenario while PostgreSQL is away.
	retryFirst = 100 * time.Millisecond
	retryMost  = time.Second
)

// Watch calls back with the live scenario whenever its version is another than before, starting from version 0 (nothing
// was ever set): on a notification, on every reconnect, and on a poll every 5 s. Where notifications do not arrive, through
// PgBouncer in transaction mode, it polls every second. Calls come one at a time. It survives restarts of PostgreSQL, and
// returns nil when ctx ends.
func (s *Store) Watch(ctx context.Context, changed func(scenario.Scenario)) error {
	news := s.listen(Channel)
	defer news.close()
	trial := s.newTrial()
	defer trial.close()

	var version int64
	listening := news.listening
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
		case <-trial.news.changed:
			trial.heard = true
			continue
		case <-timer.C:
			news.ping()
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
		timer.Reset(trial.interval(ctx))
		if current.Version != version {
			version = current.Version
			changed(current)
		}
	}
}

// trial finds out whether notifications arrive, by sending some to itself.
type trial struct {
	store *Store
	news  *news
	heard bool
	tries int
}

func (s *Store) newTrial() *trial {
	return &trial{store: s, news: s.listen("mockforge_trial_" + strings.ToLower(rand.Text()))}
}

func (t *trial) close() { t.news.close() }

// interval returns when to look again, and tries on. Over a connection to PostgreSQL itself there is nothing to find out.
func (t *trial) interval(ctx context.Context) time.Duration {
	select {
	case <-t.news.listening:
	default:
		return unheardInterval
	}
	switch {
	case t.heard || t.store.ways.way.Load() == wayDirect:
		return pollInterval
	case t.tries == mostTries:
		t.tries++
		t.store.logger.InfoContext(ctx, "notifications do not arrive, since a pooler in front of PostgreSQL has transactions only: changes are looked for every second")
		t.store.giveUp()
	case t.tries < mostTries:
		if _, err := t.store.db.ExecContext(ctx, "SELECT pg_notify($1, '')", t.news.channel); err == nil {
			t.tries++
		}
	}
	return unheardInterval
}
