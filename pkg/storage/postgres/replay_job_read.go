package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

type rowQueryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

const (
	shareColumns = `s.gateway, s.total, s.same, s.different, s.failed, s.skipped, s.lease, s.taken_by, s.ended_at IS NOT NULL,
		coalesce(extract(epoch FROM s.lease_until - clock_timestamp()), 0), extract(epoch FROM clock_timestamp() - greatest(s.free_since, s.lease_until))`
	jobColumns = `r.id, r.name, r.status, r.request, r.headers, r.total, r.origin, r.problem, r.created_at, r.created_by, r.started_at, r.ended_at,
		extract(epoch FROM clock_timestamp() - r.created_at), coalesce(extract(epoch FROM clock_timestamp() - r.started_at), 0)`
)

// lasting reads a number of seconds.
type lasting time.Duration

// Scan implements sql.Scanner.
func (s *lasting) Scan(value any) error {
	var n sql.NullFloat64
	if err := n.Scan(value); err != nil {
		return err
	}
	*s = lasting(n.Float64 * float64(time.Second))
	return nil
}

// shareFields returns where shareColumns are read into.
func shareFields(s *jobs.Share) []any {
	return []any{&s.Gateway, &s.Total, &s.Same, &s.Different, &s.Failed, &s.Skipped, &s.Lease, &s.TakenBy, &s.Ended, (*lasting)(&s.Left), (*lasting)(&s.FreeFor)}
}

// jobRow is what jobColumns are read into.
type jobRow struct {
	jobs.Job
	request []byte
	origin  sql.NullTime
}

func (j *jobRow) fields() []any {
	return []any{
		&j.ID, &j.Name, &j.Status, &j.request, &j.Headers, &j.Total, &j.origin, &j.Problem, &j.CreatedAt, &j.CreatedBy, &j.StartedAt, &j.EndedAt,
		(*lasting)(&j.Age), (*lasting)(&j.Elapsed),
	}
}

func (j *jobRow) read() (jobs.Job, error) {
	job := j.Job
	job.CreatedAt, job.Origin = job.CreatedAt.UTC(), j.origin.Time.UTC()
	for _, at := range []*time.Time{job.StartedAt, job.EndedAt} {
		if at != nil {
			*at = at.UTC()
		}
	}
	if err := json.Unmarshal(j.request, &job.Request); err != nil {
		return job, fmt.Errorf("the request of replay %s cannot be read: %w", job.ID, err)
	}
	return job, nil
}

// Open returns the jobs that are not over. See jobs.JobStore.
func (r replayRows) Open(ctx context.Context) ([]jobs.Job, error) { return openJobs(ctx, r.store.db) }

func openJobs(ctx context.Context, q rowQueryer) ([]jobs.Job, error) {
	rows, err := q.QueryContext(ctx, `SELECT r.id, r.status, extract(epoch FROM clock_timestamp() - r.created_at), `+shareColumns+`
		FROM replays r JOIN replay_shares s ON s.replay = r.id WHERE r.ended_at IS NULL AND s.ended_at IS NULL ORDER BY r.created_at, r.id, s.gateway`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var all []jobs.Job
	for rows.Next() {
		var job jobs.Job
		var share jobs.Share
		if err := rows.Scan(append([]any{&job.ID, &job.Status, (*lasting)(&job.Age)}, shareFields(&share)...)...); err != nil {
			return nil, wrap(err)
		}
		all = withShare(all, job, share)
	}
	return all, wrap(rows.Err())
}

// withShare adds a share, whose job is the last one or follows it.
func withShare(all []jobs.Job, job jobs.Job, share jobs.Share) []jobs.Job {
	if len(all) == 0 || all[len(all)-1].ID != job.ID {
		all = append(all, job)
	}
	last := &all[len(all)-1]
	last.Shares = append(last.Shares, share)
	return all
}

// Job returns one job. See jobs.JobStore.
func (r replayRows) Job(ctx context.Context, id uuid.UUID) (jobs.Job, bool, error) {
	all, err := readJobs(ctx, r.store.db, "id = $1", id)
	if err != nil || len(all) == 0 {
		return jobs.Job{}, false, err
	}
	return all[0], true, nil
}

// Jobs returns a page of jobs. See jobs.JobStore.
func (r replayRows) Jobs(ctx context.Context, before uuid.UUID, limit int) ([]jobs.Job, error) {
	return readJobs(ctx, r.store.db, "id < $1 ORDER BY id DESC LIMIT $2", before, limit)
}

func readJobs(ctx context.Context, q rowQueryer, which string, args ...any) ([]jobs.Job, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+jobColumns+", "+shareColumns+" FROM (SELECT * FROM replays WHERE "+which+`) AS r
		JOIN replay_shares s ON s.replay = r.id ORDER BY r.id DESC, s.gateway`, args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var all []jobs.Job
	for rows.Next() {
		var row jobRow
		var share jobs.Share
		if err := rows.Scan(append(row.fields(), shareFields(&share)...)...); err != nil {
			return nil, wrap(err)
		}
		job, err := row.read()
		if err != nil {
			return nil, err
		}
		all = withShare(all, job, share)
	}
	return all, wrap(rows.Err())
}

// Results returns a page of results. See jobs.JobStore.
func (r replayRows) Results(ctx context.Context, job uuid.UUID, outcome replay.Outcome, after, limit int) ([]jobs.Result, error) {
	var c conditions
	c.add("replay = %s", c.bind(job))
	c.add("sequence > %s", c.bind(after))
	if outcome != "" {
		c.add("outcome = %s", c.bind(string(outcome)))
	} else {
		c.add("outcome NOT IN ('waiting', 'sending')")
	}
	rows, err := r.store.db.QueryContext(ctx, `SELECT sequence, recording_id, recorded_at, gateway, outcome, response_status, response_time_ms, recorded_status, recorded_time_ms,
		coalesce(differences, '[]'), more, problem FROM replay_items`+c.where()+" ORDER BY sequence LIMIT "+c.bind(limit), c.args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var all []jobs.Result
	for rows.Next() {
		var r jobs.Result
		var differences []byte
		if err := rows.Scan(&r.Sequence, &r.RecordingID, &r.RecordedAt, &r.Gateway, &r.Outcome, &r.ResponseStatus, &r.ResponseTimeMS, &r.RecordedStatus, &r.RecordedTimeMS,
			&differences, &r.More, &r.Problem); err != nil {
			return nil, wrap(err)
		}
		if err := json.Unmarshal(differences, &r.Differences); err != nil {
			return nil, fmt.Errorf("the result of recording %s cannot be read: %w", r.RecordingID, err)
		}
		r.RecordedAt = r.RecordedAt.UTC()
		all = append(all, r)
	}
	return all, wrap(rows.Err())
}
