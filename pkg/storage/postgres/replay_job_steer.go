package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// SteerReplayJob pauses, resumes or stops a job; api.ErrReplayOver where it is over. See api.ReplayJobs.
func (s *Store) SteerReplayJob(ctx context.Context, id uuid.UUID, action replay.JobAction, by string) (replay.Job, error) {
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		var status replay.JobStatus
		var started sql.NullTime
		err := tx.QueryRowContext(ctx, "SELECT status, started_at FROM replays WHERE id = $1 FOR UPDATE", id).Scan(&status, &started)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("replay %s: %w", id, api.ErrNotFound)
		case err != nil:
			return err
		case status == replay.JobStopping && action == replay.StopJob:
			return nil
		case status.Over() || status == replay.JobStopping:
			return api.ErrReplayOver
		}
		next := status
		switch action {
		case replay.PauseJob:
			next = replay.JobPaused
		case replay.StopJob:
			next = replay.JobStopping
		case replay.ResumeJob:
			if status == replay.JobPaused && started.Valid {
				next = replay.JobRunning
			} else if status == replay.JobPaused {
				next = replay.JobQueued
			}
		}
		if next == status {
			return nil
		}
		if _, err := tx.ExecContext(ctx, "UPDATE replays SET status = $2 WHERE id = $1", id, string(next)); err != nil {
			return err
		}
		if action == replay.ResumeJob {
			// Its collectors may have gone meanwhile: they get time to come back.
			if _, err := tx.ExecContext(ctx, "UPDATE replay_shares SET free_since = now() WHERE replay = $1", id); err != nil {
				return err
			}
		}
		if err := settleStopping(ctx, tx, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", jobChannel, id.String())
		return err
	})
	if err != nil {
		return replay.Job{}, wrap(err)
	}
	s.logger.InfoContext(ctx, "a replay was steered", "replay", id, "action", string(action), "by", by)
	return s.ReplayJob(ctx, id)
}
