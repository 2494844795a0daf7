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

const selectJob = `SELECT r.id, r.name, r.status, r.created_at, r.created_by, r.started_at, r.ended_at, r.total, r.problem, r.request,
	coalesce(sum(s.same), 0), coalesce(sum(s.different), 0), coalesce(sum(s.failed), 0), coalesce(sum(s.skipped), 0),
	coalesce(string_agg(DISTINCT s.taken_by, ', ' ORDER BY s.taken_by) FILTER (WHERE s.lease_until >= now() AND s.ended_at IS NULL), '')
	FROM replays r LEFT JOIN replay_shares s ON s.replay = r.id`

// ReplayJob returns one job. See api.ReplayJobs.
func (s *Store) ReplayJob(ctx context.Context, id uuid.UUID) (replay.Job, error) {
	s.settleQuietly(ctx)
	job, err := scanJob(s.db.QueryRowContext(ctx, selectJob+" WHERE r.id = $1 GROUP BY r.id", id))
	if errors.Is(err, sql.ErrNoRows) {
		return job, fmt.Errorf("replay %s: %w", id, api.ErrNotFound)
	}
	return job, wrap(err)
}

// ReplayJobs returns all jobs, newest first. See api.ReplayJobs.
func (s *Store) ReplayJobs(ctx context.Context, cursor string, limit int) (replay.JobPage, error) {
	s.settleQuietly(ctx)
	page := replay.JobPage{Jobs: []replay.Job{}}
	var c conditions
	if cursor != "" {
		before, err := uuid.Parse(cursor)
		if err != nil {
			return page, validation.Errorf("cursor", "must be the next_cursor of an earlier page")
		}
		c.add("r.id < %s", c.bind(before))
	}
	rows, err := s.db.QueryContext(ctx, selectJob+c.where()+" GROUP BY r.id ORDER BY r.id DESC LIMIT "+c.bind(limit+1), c.args...)
	if err != nil {
		return page, wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		job, err := scanJob(rows)
		if err != nil {
			return replay.JobPage{}, wrap(err)
		}
		page.Jobs = append(page.Jobs, job)
	}
	if len(page.Jobs) > limit {
		page.Jobs = page.Jobs[:limit]
		page.NextCursor = page.Jobs[limit-1].ID.String()
	}
	return page, wrap(rows.Err())
}

// settleQuietly is for readers: where no collector runs at all, nobody else would see that.
func (s *Store) settleQuietly(ctx context.Context) {
	if err := s.settleJobs(ctx); err != nil {
		s.logger.DebugContext(ctx, "jobs of replays could not be looked after", "error", wrap(err))
	}
}

func scanJob(row interface{ Scan(...any) error }) (replay.Job, error) {
	var job replay.Job
	var request []byte
	err := row.Scan(&job.ID, &job.Name, &job.Status, &job.CreatedAt, &job.CreatedBy, &job.StartedAt, &job.EndedAt, &job.Total, &job.Problem, &request,
		&job.Same, &job.Different, &job.Failed, &job.Skipped, &job.TakenBy)
	if err != nil {
		return job, err
	}
	job.Sent = job.Same + job.Different + job.Failed
	job.CreatedAt = job.CreatedAt.UTC()
	for _, at := range []*time.Time{job.StartedAt, job.EndedAt} {
		if at != nil {
			*at = at.UTC()
		}
	}
	return job, json.Unmarshal(request, &job.Request)
}

// ReplayResults returns one page of a job's results, in its order. See api.ReplayJobs.
func (s *Store) ReplayResults(ctx context.Context, id uuid.UUID, query replay.ResultQuery) (replay.ResultPage, error) {
	page := replay.ResultPage{Results: []replay.ItemResult{}}
	if err := query.Validate(); err != nil {
		return page, err
	}
	var c conditions
	c.add("replay = %s", c.bind(id))
	if query.Outcome != "" {
		c.add("outcome = %s", c.bind(string(query.Outcome)))
	} else {
		c.add("outcome NOT IN ('waiting', 'sending')")
	}
	if query.Cursor != "" {
		var after int
		if n, err := fmt.Sscanf(query.Cursor, "after-%d", &after); n != 1 || err != nil || after < 0 || query.Cursor != fmt.Sprintf("after-%d", after) {
			return page, validation.Errorf("cursor", "must be the next_cursor of an earlier page")
		}
		c.add("sequence > %s", c.bind(after))
	}
	// A recording may be dropped before the job is: its result stays.
	rows, err := s.db.QueryContext(ctx, `SELECT sequence, recording_id, i.gateway, outcome, i.response_status, i.response_time_ms, recorded_status, recorded_time_ms,
		coalesce(differences, '[]'), more, problem, coalesce(r.method, ''), coalesce(r.path, '')
		FROM (SELECT * FROM replay_items`+c.where()+" ORDER BY sequence LIMIT "+c.bind(query.Limit+1)+`) AS i
		LEFT JOIN recorded_requests r ON r.id = recording_id AND r.timestamp = recorded_at ORDER BY sequence`, c.args...)
	if err != nil {
		return page, wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r replay.ItemResult
		var differences []byte
		if err := rows.Scan(&r.Sequence, &r.RecordingID, &r.Gateway, &r.Outcome, &r.ResponseStatus, &r.ResponseTimeMS, &r.RecordedStatus, &r.RecordedTimeMS,
			&differences, &r.More, &r.Problem, &r.Method, &r.Path); err != nil {
			return replay.ResultPage{}, wrap(err)
		}
		if err := json.Unmarshal(differences, &r.Differences); err != nil {
			return replay.ResultPage{}, fmt.Errorf("the result of recording %s cannot be read: %w", r.RecordingID, err)
		}
		page.Results = append(page.Results, r)
	}
	if err := rows.Err(); err != nil {
		return replay.ResultPage{}, wrap(err)
	}
	if len(page.Results) > query.Limit {
		page.Results = page.Results[:query.Limit]
		page.NextCursor = fmt.Sprintf("after-%d", page.Results[query.Limit-1].Sequence)
	}
	if len(page.Results) == 0 {
		_, err := s.ReplayJob(ctx, id) // there may be no such job
		return page, err
	}
	return page, nil
}
