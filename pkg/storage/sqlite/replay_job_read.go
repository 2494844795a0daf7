package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

const (
	jobColumns   = "r.id, r.name, r.status, r.request, r.headers, r.total, r.origin, r.problem, r.created_at, r.created_by, r.started_at, r.ended_at"
	shareColumns = "s.gateway, s.total, s.same, s.different, s.failed, s.skipped, s.lease, s.taken_by, s.lease_until, max(s.free_since, s.lease_until), s.ended_at IS NOT NULL"
	selectJobs   = "SELECT " + jobColumns + ", " + shareColumns + " FROM replays r JOIN replay_shares s ON s.replay = r.id "
)

// moment reads a time that may be null.
type moment struct{ at **time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(value any) error {
	if value == nil {
		*m.at = nil
		return nil
	}
	at := new(time.Time)
	*m.at = at
	return (*microseconds)(at).Scan(value)
}

// scanJobs reads jobs with their shares, which follow each other.
func scanJobs(rows *sql.Rows, now time.Time) ([]jobs.Job, error) {
	var all []jobs.Job
	for rows.Next() {
		var job jobs.Job
		var share jobs.Share
		var until, since time.Time
		if err := rows.Scan(&job.ID, &job.Name, &job.Status, document{&job.Request}, &job.Headers, &job.Total, (*microseconds)(&job.Origin), &job.Problem,
			(*microseconds)(&job.CreatedAt), &job.CreatedBy, moment{&job.StartedAt}, moment{&job.EndedAt},
			&share.Gateway, &share.Total, &share.Same, &share.Different, &share.Failed, &share.Skipped, &share.Lease, &share.TakenBy,
			(*microseconds)(&until), (*microseconds)(&since), &share.Ended); err != nil {
			return nil, fmt.Errorf("a replay cannot be read: %w", err)
		}
		share.Left, share.FreeFor = until.Sub(now), now.Sub(since)
		if len(all) == 0 || all[len(all)-1].ID != job.ID {
			job.Age = now.Sub(job.CreatedAt)
			if job.StartedAt != nil {
				job.Elapsed = now.Sub(*job.StartedAt)
			}
			all = append(all, job)
		}
		last := &all[len(all)-1]
		last.Shares = append(last.Shares, share)
	}
	return all, rows.Err()
}

// Open returns the jobs that are not over. See jobs.JobStore.
func (r replayRows) Open(ctx context.Context) ([]jobs.Job, error) {
	return r.read(ctx, selectOpenJobs)
}

const selectOpenJobs = selectJobs + "WHERE r.ended_at IS NULL AND s.ended_at IS NULL ORDER BY r.created_at, r.id, s.gateway"

// Job returns one job. See jobs.JobStore.
func (r replayRows) Job(ctx context.Context, id uuid.UUID) (jobs.Job, bool, error) {
	all, err := r.read(ctx, selectJobs+"WHERE r.id = ? ORDER BY s.gateway", id[:])
	if err != nil || len(all) == 0 {
		return jobs.Job{}, false, err
	}
	return all[0], true, nil
}

// Jobs returns a page of jobs. See jobs.JobStore.
func (r replayRows) Jobs(ctx context.Context, before uuid.UUID, limit int) ([]jobs.Job, error) {
	return r.read(ctx, selectJobs+"WHERE r.id IN (SELECT id FROM replays WHERE id < ? ORDER BY id DESC LIMIT ?) ORDER BY r.id DESC, s.gateway", before[:], limit)
}

func (r replayRows) read(ctx context.Context, statement string, args ...any) (all []jobs.Job, err error) {
	err = r.store.query(ctx, statement, args, func(rows *sql.Rows) error {
		all, err = scanJobs(rows, r.store.now())
		return err
	})
	return all, err
}

// Results returns a page of results. See jobs.JobStore.
func (r replayRows) Results(ctx context.Context, job uuid.UUID, outcome replay.Outcome, after, limit int) (all []jobs.Result, err error) {
	c := conditions{}
	c.add("replay = ?", job[:])
	c.add("sequence > ?", after)
	if outcome != "" {
		c.add("outcome = ?", string(outcome))
	} else {
		c.add("outcome NOT IN ('waiting', 'sending')")
	}
	err = r.store.query(ctx, `SELECT sequence, recording_id, recorded_at, gateway, outcome, response_status, response_time_ms, recorded_status, recorded_time_ms, differences, more, problem
		FROM replay_items`+c.where()+" ORDER BY sequence LIMIT ?", append(c.args, limit), func(rows *sql.Rows) error {
		for rows.Next() {
			var r jobs.Result
			if err := rows.Scan(&r.Sequence, &r.RecordingID, (*microseconds)(&r.RecordedAt), &r.Gateway, &r.Outcome, &r.ResponseStatus, &r.ResponseTimeMS,
				&r.RecordedStatus, &r.RecordedTimeMS, document{&r.Differences}, &r.More, &r.Problem); err != nil {
				return fmt.Errorf("a result cannot be read: %w", err)
			}
			if r.Differences == nil {
				r.Differences = []replay.Difference{}
			}
			all = append(all, r)
		}
		return nil
	})
	return all, err
}
