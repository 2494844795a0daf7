package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// replayChannel is where every new job is notified, with the gateway as payload.
	replayChannel = "mockforge_replay"
	// replayTake is how long a job waits for a collector, and replayTotal for its answer. Both end within the 30 s that
	// servers in front commonly allow.
	replayTake  = 5 * time.Second
	replayTotal = 28 * time.Second
	// ReplayTimeout is how long a collector may take for one replay, so that its answer is still waited for.
	ReplayTimeout = 20 * time.Second
	// replayPoll is between looks at a job. A replay takes longer than most, and is rare: a connection that listens for
	// its end would cost more.
	replayPoll = 50 * time.Millisecond
)

// Replay hands a recording to a collector that has its gateway, and waits for the answer. A job that was not taken in time is
// withdrawn: nothing is sent after the user was told that it was not. See api.Replays.
func (s *Store) Replay(ctx context.Context, id uuid.UUID, request replay.Request, by string) (replay.Comparison, error) {
	if err := request.Validate(); err != nil {
		return replay.Comparison{}, err
	}
	recorded, err := s.Get(ctx, id)
	if err != nil {
		return replay.Comparison{}, err
	}
	if err := replay.Replayable(recorded); err != nil {
		return replay.Comparison{}, err
	}
	document, err := json.Marshal(request)
	if err != nil {
		return replay.Comparison{}, err
	}
	job, err := uuid.NewV7()
	if err != nil {
		return replay.Comparison{}, err
	}
	err = s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO replay_jobs (id, recording_id, gateway, request, created_by) VALUES ($1, $2, $3, $4, $5)",
			job, id, recorded.Gateway, string(document), storable(by)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", replayChannel, job.String())
		return err
	})
	if err != nil {
		return replay.Comparison{}, wrap(err)
	}
	defer s.withdraw(ctx, job)
	return s.awaitReplay(ctx, job)
}

// withdraw takes back a job that nobody waits for any more, and removes one that is over. One that is running goes on.
func (s *Store) withdraw(ctx context.Context, job uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if _, err := s.db.ExecContext(ctx, "DELETE FROM replay_jobs WHERE id = $1 AND status <> 'running'", job); err != nil {
		// It is not taken later all the same: see takeReplay.
		s.logger.WarnContext(ctx, "a replay that is over could not be removed", "error", wrap(err))
	}
}

func (s *Store) awaitReplay(ctx context.Context, job uuid.UUID) (replay.Comparison, error) {
	take, total := time.NewTimer(s.replayTake), time.NewTimer(s.replayTotal)
	defer take.Stop()
	defer total.Stop()
	poll := time.NewTicker(replayPoll)
	defer poll.Stop()
	for {
		status, comparison, err := s.replayResult(ctx, job)
		if err != nil || status == "done" {
			return comparison, wrap(err)
		}
		select {
		case <-ctx.Done():
			return replay.Comparison{}, ctx.Err()
		case <-take.C:
			if status == "queued" {
				// One statement decides: whoever is first, the collector that takes it or we who give up.
				withdrawn, err := s.db.ExecContext(ctx, "DELETE FROM replay_jobs WHERE id = $1 AND status = 'queued'", job)
				if err != nil {
					return replay.Comparison{}, wrap(err)
				}
				if n, err := withdrawn.RowsAffected(); err == nil && n > 0 {
					return replay.Comparison{}, api.ErrReplayNotTaken
				}
			}
		case <-total.C:
			return replay.Comparison{}, api.ErrReplayTooLong
		case <-poll.C:
		}
	}
}

func (s *Store) replayResult(ctx context.Context, job uuid.UUID) (status string, comparison replay.Comparison, err error) {
	var result, problem []byte
	err = s.db.QueryRowContext(ctx, "SELECT status, result, problem FROM replay_jobs WHERE id = $1", job).Scan(&status, &result, &problem)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		// An unlogged table is emptied by a crash of the server.
		return status, comparison, fmt.Errorf("%w: the replay was lost", api.ErrUnavailable)
	case err != nil:
		return status, comparison, err
	case status == "done":
		return status, comparison, json.Unmarshal(result, &comparison)
	case status == "failed":
		return status, comparison, readProblem(problem)
	}
	return status, comparison, nil
}

// writeProblem keeps what a user can do something about; the rest is in the collector's log.
func writeProblem(err error) (string, error) {
	document, marshalErr := json.Marshal(validation.All(err))
	return string(document), marshalErr
}

func readProblem(document []byte) error {
	var all []*validation.Error
	if err := json.Unmarshal(document, &all); err != nil {
		return err
	}
	if len(all) == 0 {
		return api.ErrReplayFailed
	}
	joined := make([]error, len(all))
	for i, e := range all {
		joined[i] = e
	}
	return errors.Join(joined...)
}
