package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// Find returns those of the wanted recordings that are there. See jobs.Finder.
func (s *Store) Find(ctx context.Context, wanted []jobs.Found) ([]jobs.Found, error) {
	ids := make([]string, len(wanted))
	var first, last time.Time
	known := true
	for i, each := range wanted {
		ids[i] = each.ID.String()
		known = known && !each.RecordedAt.IsZero()
		if first.IsZero() || each.RecordedAt.Before(first) {
			first = each.RecordedAt
		}
		if each.RecordedAt.After(last) {
			last = each.RecordedAt
		}
	}
	var c conditions
	c.add("id = ANY(%s)", c.bind(pq.Array(ids)))
	if known { // Few days have them.
		c.between("timestamp", first, last)
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, timestamp, gateway, method, path FROM recorded_requests"+c.where(), c.args...)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var found []jobs.Found
	for rows.Next() {
		var f jobs.Found
		if err := rows.Scan(&f.ID, &f.RecordedAt, &f.Gateway, &f.Method, &f.Path); err != nil {
			return nil, wrap(err)
		}
		f.RecordedAt = f.RecordedAt.UTC()
		found = append(found, f)
	}
	return found, wrap(rows.Err())
}

// Select takes recordings into a job in one statement over what is stored then. See jobs.Selector.
func (r replayRows) Select(ctx context.Context, filter recording.Filter, limit int) (func(context.Context, jobs.JobTx, uuid.UUID) ([]jobs.Tally, error), error) {
	var c conditions
	matching, err := r.store.matching(ctx, &c, "gateway, id, timestamp", filter)
	if err != nil {
		return nil, wrap(err)
	}
	return func(ctx context.Context, tx jobs.JobTx, job uuid.UUID) ([]jobs.Tally, error) {
		c := conditions{args: append([]any(nil), c.args...)}
		rows, err := tx.(jobTx).tx.QueryContext(ctx, fmt.Sprintf(`WITH taken AS (INSERT INTO replay_items (replay, sequence, gateway, recording_id, recorded_at)
			SELECT %s::uuid, row_number() OVER (ORDER BY timestamp, id), gateway, id, timestamp FROM
				(SELECT gateway, id, timestamp FROM %s ORDER BY timestamp DESC, id DESC LIMIT %s) AS newest RETURNING gateway, recorded_at)
			SELECT gateway, count(*), min(recorded_at), max(recorded_at) FROM taken GROUP BY gateway`, c.bind(job), matching, c.bind(limit)), c.args...)
		if err != nil {
			return nil, wrap(err)
		}
		defer rows.Close()
		var tallies []jobs.Tally
		for rows.Next() {
			var t jobs.Tally
			if err := rows.Scan(&t.Gateway, &t.Total, &t.First, &t.Last); err != nil {
				return nil, wrap(err)
			}
			tallies = append(tallies, t)
		}
		return tallies, wrap(rows.Err())
	}, nil
}
