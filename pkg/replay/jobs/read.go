package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ReplayJob returns one job. See api.ReplayJobs.
func (r *Replays) ReplayJob(ctx context.Context, id uuid.UUID) (replay.Job, error) {
	r.settleQuietly(ctx)
	job, found, err := r.jobs.Job(ctx, id)
	switch {
	case err != nil:
		return replay.Job{}, err
	case !found:
		return replay.Job{}, fmt.Errorf("replay %s: %w", id, api.ErrNotFound)
	}
	return shown(&job), nil
}

// ReplayJobs returns all jobs, newest first. See api.ReplayJobs.
func (r *Replays) ReplayJobs(ctx context.Context, cursor string, limit int) (replay.JobPage, error) {
	r.settleQuietly(ctx)
	before := uuid.Max
	if cursor != "" {
		var err error
		if before, err = uuid.Parse(cursor); err != nil {
			return replay.JobPage{}, errCursor()
		}
	}
	jobs, err := r.jobs.Jobs(ctx, before, limit+1)
	if err != nil {
		return replay.JobPage{}, err
	}
	page := replay.JobPage{Jobs: []replay.Job{}}
	for i := range jobs[:min(limit, len(jobs))] {
		page.Jobs = append(page.Jobs, shown(&jobs[i]))
	}
	if len(jobs) > limit {
		page.NextCursor = jobs[limit-1].ID.String()
	}
	return page, nil
}

func errCursor() error {
	return validation.Errorf("cursor", "must be the next_cursor of an earlier page")
}

// shown returns a job as users see it.
func shown(job *Job) replay.Job {
	all := replay.Job{
		ID: job.ID, Name: job.Name, Status: job.Status, CreatedAt: job.CreatedAt, CreatedBy: job.CreatedBy, StartedAt: job.StartedAt, EndedAt: job.EndedAt,
		Total: job.Total, Problem: job.Problem, Request: job.Request,
	}
	var by []string
	for i := range job.Shares {
		s := &job.Shares[i]
		all.Same, all.Different, all.Failed, all.Skipped = all.Same+s.Same, all.Different+s.Different, all.Failed+s.Failed, all.Skipped+s.Skipped
		if !s.Ended && !s.free() {
			by = append(by, s.TakenBy)
		}
	}
	all.Sent = all.Same + all.Different + all.Failed
	slices.Sort(by)
	all.TakenBy = strings.Join(slices.Compact(by), ", ")
	return all
}

// ReplayResults returns one page of a job's results, in its order. See api.ReplayJobs.
func (r *Replays) ReplayResults(ctx context.Context, id uuid.UUID, query replay.ResultQuery) (replay.ResultPage, error) {
	page := replay.ResultPage{Results: []replay.ItemResult{}}
	if err := query.Validate(); err != nil {
		return page, err
	}
	after := 0
	if query.Cursor != "" {
		if n, err := fmt.Sscanf(query.Cursor, "after-%d", &after); n != 1 || err != nil || after < 0 || query.Cursor != resultCursor(after) {
			return page, errCursor()
		}
	}
	results, err := r.jobs.Results(ctx, id, query.Outcome, after, query.Limit+1)
	if err != nil {
		return page, err
	}
	if len(results) == 0 {
		_, err := r.ReplayJob(ctx, id) // there may be no such job
		return page, err
	}
	if len(results) > query.Limit {
		results = results[:query.Limit]
		page.NextCursor = resultCursor(results[query.Limit-1].Sequence)
	}
	if err := r.name(ctx, results); err != nil {
		return replay.ResultPage{}, err
	}
	for i := range results {
		page.Results = append(page.Results, results[i].ItemResult)
	}
	return page, nil
}

func resultCursor(after int) string { return fmt.Sprintf("after-%d", after) }

// name fills in what the recordings are of. One may be dropped before the job is: its result stays.
func (r *Replays) name(ctx context.Context, results []Result) error {
	wanted := make([]Found, len(results))
	for i := range results {
		wanted[i] = Found{ID: results[i].RecordingID, RecordedAt: results[i].RecordedAt}
	}
	found, err := r.find(ctx, wanted)
	if err != nil {
		return err
	}
	byID := make(map[uuid.UUID]*Found, len(found))
	for i := range found {
		byID[found[i].ID] = &found[i]
	}
	for i := range results {
		if f := byID[results[i].RecordingID]; f != nil {
			results[i].Method, results[i].Path = f.Method, f.Path
		}
	}
	return nil
}
