package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// findBatch is how many recordings one statement looks for.
const findBatch = 1000

// replays are the Store's own.
type replays = jobs.Replays

// replaying is what the Store keeps of replays in memory: the one process that has the file both asks for them and sends them.
type replaying struct {
	ones *jobs.Ones
	bell jobs.Bell
	mu   sync.Mutex
	// headers are the values of headers by job.
	headers map[uuid.UUID]map[string]string
}

// newReplays has the Store ask for replays, and serve them.
func newReplays(s *Store) *replays {
	s.replaying.ones = jobs.NewOnes(s.now)
	s.replaying.headers = map[uuid.UUID]map[string]string{}
	return jobs.New(s.Replaying())
}

// Replaying returns what replays need of the Store.
func (s *Store) Replaying() jobs.Config {
	return jobs.Config{Jobs: replayRows{s}, Ones: s.replaying.ones, Recordings: s, Instances: s, Logger: s.logger}
}

// replayRows keeps the rows of jobs, and decides nothing.
type replayRows struct{ store *Store }

var (
	_ jobs.JobStore = replayRows{}
	_ jobs.Finder   = (*Store)(nil)
)

// Listen tells of jobs that were woken. See jobs.JobStore.
func (r replayRows) Listen() jobs.News { return r.store.replaying.bell.Listen() }

// Find returns those of the wanted recordings that are there. See jobs.Finder.
func (s *Store) Find(ctx context.Context, wanted []jobs.Found) (found []jobs.Found, err error) {
	for len(wanted) > 0 {
		some := wanted[:min(findBatch, len(wanted))]
		wanted = wanted[len(some):]
		ids := make([]any, len(some))
		for i := range some {
			ids[i] = some[i].ID[:]
		}
		err := s.query(ctx, "SELECT id, timestamp, gateway, method, path FROM recordings WHERE id IN ("+strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ")+")", ids, func(rows *sql.Rows) error {
			for rows.Next() {
				var f jobs.Found
				if err := rows.Scan(&f.ID, (*microseconds)(&f.RecordedAt), &f.Gateway, &f.Method, &f.Path); err != nil {
					return err
				}
				found = append(found, f)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// deleteReplays deletes jobs that ended before a time, one at a time, so that none keeps writers waiting for long.
func (s *Store) deleteReplays(ctx context.Context, before int64) error {
	for {
		result, err := s.writer.ExecContext(ctx, "DELETE FROM replays WHERE id = (SELECT id FROM replays WHERE ended_at < ? LIMIT 1)", before)
		if err != nil {
			return s.wrap(err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}
