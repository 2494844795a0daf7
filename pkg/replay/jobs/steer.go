package jobs

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// SteerReplayJob pauses, resumes or stops a job; api.ErrReplayOver where it is over. See api.ReplayJobs.
func (r *Replays) SteerReplayJob(ctx context.Context, id uuid.UUID, action replay.JobAction, by string) (replay.Job, error) {
	err := r.jobs.Change(ctx, func(tx JobTx) error {
		job, found, err := tx.Lock(ctx, id, true)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("replay %s: %w", id, api.ErrNotFound)
		}
		next, err := steered(&job, action)
		if err != nil || next == job.Status {
			return err
		}
		if err := tx.Set(ctx, id, State{Status: next}); err != nil {
			return err
		}
		job.Status = next
		switch action {
		case replay.ResumeJob:
			// Its collectors may have gone meanwhile: they get time to come back.
			if err := tx.Free(ctx, id, job.open((*Share).free)); err != nil {
				return err
			}
		case replay.StopJob:
			if err := settleStopping(ctx, tx, &job); err != nil {
				return err
			}
		}
		return tx.Wake(ctx, id)
	})
	if err != nil {
		return replay.Job{}, err
	}
	r.log.InfoContext(ctx, "a replay was steered", "replay", id, "action", string(action), "by", by)
	return r.ReplayJob(ctx, id)
}

// steered returns the status of a job once it has been steered, which may be what it has.
func steered(job *Job, action replay.JobAction) (replay.JobStatus, error) {
	switch {
	case job.Status == replay.JobStopping && action == replay.StopJob:
		return job.Status, nil
	case job.Status.Over() || job.Status == replay.JobStopping:
		return job.Status, api.ErrReplayOver
	}
	switch action {
	case replay.PauseJob:
		return replay.JobPaused, nil
	case replay.StopJob:
		return replay.JobStopping, nil
	case replay.ResumeJob:
		if job.Status == replay.JobPaused && job.StartedAt != nil {
			return replay.JobRunning, nil
		} else if job.Status == replay.JobPaused {
			return replay.JobQueued, nil
		}
	}
	return job.Status, nil
}
