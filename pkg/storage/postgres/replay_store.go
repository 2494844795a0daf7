package postgres

import (
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

const (
	// jobChannel is where jobs are notified that are new or that a user steers, with the id as payload.
	jobChannel = "mockforge_replays"
	// oneChannel is where every new replay of one recording is notified, with its id as payload.
	oneChannel = "mockforge_replay"

	// ReplayTimeout is how long a collector may take for one replay, so that its answer is still waited for.
	ReplayTimeout = jobs.Timeout
)

// replays are the Store's own, of recordings that are in it, too.
type replays = jobs.Replays

// Replaying returns what replays need of the Store; Recordings may be those of another one, without Selector then.
func (s *Store) Replaying() jobs.Config {
	rows := replayRows{s}
	return jobs.Config{Jobs: rows, Ones: rows, Recordings: s, Selector: rows, Instances: s, Logger: s.logger}
}

// replayRows keeps the rows of replays, and decides nothing.
type replayRows struct{ store *Store }

var (
	_ jobs.JobStore = replayRows{}
	_ jobs.OneStore = replayRows{}
	_ jobs.Selector = replayRows{}
	_ jobs.Finder   = (*Store)(nil)
)

// Listen tells of jobs that were woken. See jobs.JobStore.
func (r replayRows) Listen() jobs.News { return heard{r.store.listen(jobChannel)} }

// ListenOnes tells of new replays of one recording. See jobs.OneStore.
func (r replayRows) ListenOnes() jobs.News { return heard{r.store.listen(oneChannel)} }

// heard is news of one channel.
type heard struct{ *news }

// Changed gets a value after a notification, or where one may have been missed.
func (h heard) Changed() <-chan struct{} { return h.changed }

// Check finds out whether the connection died silently.
func (h heard) Check() { h.ping() }

// Sure reports whether the connection listens; through a pooler none does.
func (h heard) Sure() bool {
	select {
	case <-h.listening:
		return true
	default:
		return false
	}
}

// Close wants no more.
func (h heard) Close() { h.close() }
