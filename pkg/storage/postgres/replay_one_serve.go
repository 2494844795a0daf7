package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

const (
	// maxReplays is how many replays one collector sends at once.
	maxReplays = 4
	// replayLookout bounds how long a job whose notification was lost waits where there are others, and where nothing is notified.
	replayLookout = time.Second
	// quietLookout bounds that where there is nothing to do, and everything is notified: a fleet that has nothing to do looks seldom.
	quietLookout = 30 * time.Second
	// replayGrace lets a replay that times out say so itself.
	replayGrace = time.Second
	// farewell is how long the end of a replay may take to be written once the collector stops.
	farewell = 2 * time.Second
)

// ServeReplays takes jobs of the named gateways and runs them, until ctx ends; it then returns nil once those that run have
// ended. It survives restarts of PostgreSQL. Each job is sent once at most: one whose collector died is not taken again.
// run gets a context that ends a second after ReplayTimeout.
func (s *Store) ServeReplays(ctx context.Context, instanceID string, gateways []string, run replay.RunOne) error {
	news := s.listen(replayChannel)
	defer news.close()
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
		case <-news.changed:
		case <-timer.C:
			news.ping()
		}
		var quiet bool
		for {
			select {
			case <-ctx.Done():
				return nil
			case slots <- struct{}{}:
			}
			var job *replayJob
			var err error
			if quiet, err = s.none(ctx, "SELECT FROM replay_jobs"); err == nil && !quiet {
				job, err = s.takeReplay(ctx, instanceID, gateways)
			}
			if err != nil || job == nil {
				<-slots
				if unavailable := err != nil && ctx.Err() == nil; unavailable != away {
					if away = unavailable; away {
						s.logger.WarnContext(ctx, "replays cannot be taken for the time being", "error", err)
					}
				}
				break
			}
			running.Go(func() {
				defer func() { <-slots }()
				s.runReplay(ctx, *job, run)
			})
		}
		timer.Reset(s.lookout(news, quiet, replayLookout))
	}
}

// none reports whether a query finds nothing.
func (s *Store) none(ctx context.Context, query string) (bool, error) {
	var some bool
	err := s.db.QueryRowContext(ctx, "SELECT EXISTS ("+query+")").Scan(&some)
	return err == nil && !some, wrap(err)
}

// lookout returns when to look for work again: soon, unless there is none, and whatever comes is notified.
func (s *Store) lookout(n *news, quiet bool, soon time.Duration) time.Duration {
	if !quiet || s.ways.throughPooler() {
		return soon
	}
	select {
	case <-n.listening:
		return jittered(quietLookout)
	default:
		return soon
	}
}

// replayJob is one recording to send.
type replayJob struct {
	id, recording uuid.UUID
	request       replay.Request
	by            string
}

// takeReplay returns the oldest job that waits, nil where there is none. Nobody waits any more for one of an earlier time; the
// collector of one whose lease has ended is gone.
func (s *Store) takeReplay(ctx context.Context, instanceID string, gateways []string) (*replayJob, error) {
	var job replayJob
	var request []byte
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE replay_jobs SET status = 'failed', problem = '[]' WHERE status = 'running' AND lease_until < now()`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM replay_jobs WHERE created_at < now() - interval '1 minute' AND status <> 'running'"); err != nil {
			return err
		}
		err := tx.QueryRowContext(ctx, `SELECT id, recording_id, request, created_by FROM replay_jobs
			WHERE status = 'queued' AND gateway = ANY($1) AND created_at > now() - $2 * interval '1 second'
			ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED`, pq.Array(gateways), replayTake.Seconds()).
			Scan(&job.id, &job.recording, &request, &job.by)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // what was cleared away is committed
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE replay_jobs SET status = 'running', request = NULL, taken_by = $2, lease_until = now() + $3 * interval '1 second'
			WHERE id = $1`, job.id, storable(instanceID), (ReplayTimeout + replayGrace + farewell).Seconds())
		return err
	})
	if err != nil || job.id == uuid.Nil {
		return nil, wrap(err)
	}
	return &job, json.Unmarshal(request, &job.request)
}

func (s *Store) runReplay(ctx context.Context, job replayJob, run replay.RunOne) {
	limited, cancel := context.WithTimeout(ctx, ReplayTimeout+replayGrace)
	defer cancel()
	var comparison replay.Comparison
	recorded, err := s.Get(limited, job.recording)
	if err == nil {
		comparison, err = run(limited, recorded, job.request)
	}
	if err != nil {
		s.logger.WarnContext(ctx, "a replay failed", "recording", job.recording, "by", job.by, "error", err)
	} else {
		s.logger.InfoContext(ctx, "a recording was replayed", "recording", job.recording, "gateway", recorded.Gateway, "by", job.by)
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := s.finishReplay(ctx, job.id, comparison, err); err != nil && !errors.Is(err, api.ErrNotFound) {
		s.logger.WarnContext(ctx, "the result of a replay could not be written", "recording", job.recording, "error", err)
	}
}

// finishReplay writes the result, or why there is none. api.ErrNotFound is a job that nobody waits for any more.
func (s *Store) finishReplay(ctx context.Context, job uuid.UUID, comparison replay.Comparison, failure error) error {
	status, result, problem := "done", sql.NullString{}, sql.NullString{}
	if failure == nil {
		document, err := json.Marshal(comparison)
		if err != nil {
			failure = err
		}
		result = sql.NullString{String: string(document), Valid: true}
	}
	if failure != nil {
		document, err := writeProblem(failure)
		if err != nil {
			return err
		}
		status, result, problem = "failed", sql.NullString{}, sql.NullString{String: document, Valid: true}
	}
	written, err := s.db.ExecContext(ctx, "UPDATE replay_jobs SET status = $2, result = $3, problem = $4, lease_until = NULL WHERE id = $1 AND status = 'running'",
		job, status, result, problem)
	if err != nil {
		return wrap(err)
	}
	if n, err := written.RowsAffected(); err == nil && n == 0 {
		return api.ErrNotFound
	}
	return nil
}
