package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// jobChannel is where jobs are notified that are new or that a user steers, with the id as payload.
	jobChannel = "mockforge_replays"
	// maxOpenJobs is how many jobs may wait, run or be paused.
	maxOpenJobs = 100
)

// CreateReplayJob makes a job of the recordings that are stored now: what its own replays leave behind is never part of it.
// See api.ReplayJobs.
func (s *Store) CreateReplayJob(ctx context.Context, request replay.JobRequest, by string) (replay.Job, error) {
	if err := request.Validate(); err != nil {
		return replay.Job{}, err
	}
	request = request.WithDefaults()
	document, err := json.Marshal(request.WithoutHeaderValues())
	if err != nil {
		return replay.Job{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return replay.Job{}, err
	}
	// Before the transaction: whoever holds a connection must not wait for another.
	var c conditions
	matching, err := s.jobRecordings(ctx, &c, request)
	if err != nil {
		return replay.Job{}, wrap(err)
	}
	err = s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if err := known(ctx, tx, request.Target); err != nil {
			return err
		}
		// Those who count at the same time would all find room.
		if _, err := tx.ExecContext(ctx, jobLock); err != nil {
			return err
		}
		var open int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM replays WHERE ended_at IS NULL").Scan(&open); err != nil {
			return err
		}
		if open >= maxOpenJobs {
			return api.ErrTooManyReplays
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO replays (id, name, request, headers, total, created_by) VALUES ($1, $2, $3, $4, 0, $5)",
			id, request.Name, string(document), len(request.HeaderOverrides) > 0, storable(by)); err != nil {
			return err
		}
		if len(request.HeaderOverrides) > 0 {
			headers, err := json.Marshal(request.HeaderOverrides)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT INTO replay_headers (replay, headers) VALUES ($1, $2)", id, string(headers)); err != nil {
				return err
			}
		}
		if err := takeItems(ctx, tx, id, request, matching, c); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", jobChannel, id.String())
		return err
	})
	if err != nil {
		return replay.Job{}, wrap(err)
	}
	return s.ReplayJob(ctx, id)
}

// known refuses a target that no running collector has.
func known(ctx context.Context, tx *sql.Tx, target string) error {
	if target == "" {
		return nil
	}
	var found bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM instances, jsonb_array_elements(gateways) AS gateway
		WHERE last_seen_at > now() - `+aliveInterval+` AND gateway->'replay_targets' ? $1)`, target).Scan(&found)
	if err != nil || found {
		return err
	}
	return validation.Errorf("target", "must be empty, for the gateway's own upstream, or one of replay_targets of a gateway that runs, is %q", target)
}

// jobRecordings returns where the recordings of a job are taken from.
func (s *Store) jobRecordings(ctx context.Context, c *conditions, request replay.JobRequest) (string, error) {
	if request.Filter != nil {
		return s.matching(ctx, c, "gateway, id, timestamp", *request.Filter)
	}
	return "recorded_requests WHERE id = ANY(" + c.bind(pq.Array(texts(request.RecordingIDs))) + ")", nil
}

// takeItems writes down which recordings the job has, oldest first, and the shares of their gateways.
func takeItems(ctx context.Context, tx *sql.Tx, id uuid.UUID, request replay.JobRequest, matching string, c conditions) error {
	_, err := tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO replay_items (replay, sequence, gateway, recording_id, recorded_at)
		SELECT %s::uuid, row_number() OVER (ORDER BY timestamp, id), gateway, id, timestamp FROM
			(SELECT gateway, id, timestamp FROM %s ORDER BY timestamp DESC, id DESC LIMIT %s) AS newest`,
		c.bind(id), matching, c.bind(jobLimit(request))), c.args...)
	if err != nil {
		return err
	}
	var total int
	var first, last sql.NullTime
	err = tx.QueryRowContext(ctx, "SELECT count(*), min(recorded_at), max(recorded_at) FROM replay_items WHERE replay = $1", id).Scan(&total, &first, &last)
	if err != nil {
		return err
	}
	if total == 0 && request.Filter != nil {
		return validation.Errorf("filter", "must match a recording, matches none")
	}
	if total < len(request.RecordingIDs) {
		return missing(ctx, tx, id, request.RecordingIDs)
	}
	if takes := request.Pace.Takes(total, last.Time.Sub(first.Time)); takes > replay.MaxJobTime {
		return validation.Errorf("pace", "must let the job end within %s; its recordings would take %s", replay.MaxJobTime, takes.Round(time.Minute))
	}
	if _, err := tx.ExecContext(ctx, "UPDATE replays SET total = $2, origin = $3 WHERE id = $1", id, total, first); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO replay_shares (replay, gateway, total) SELECT replay, gateway, count(*) FROM replay_items WHERE replay = $1 GROUP BY replay, gateway", id)
	return err
}

func jobLimit(request replay.JobRequest) int {
	if request.Filter == nil {
		return replay.MaxJobLimit
	}
	return request.Limit
}

// missing says which recording does not exist.
func missing(ctx context.Context, tx *sql.Tx, job uuid.UUID, ids []uuid.UUID) error {
	rows, err := tx.QueryContext(ctx, "SELECT recording_id FROM replay_items WHERE replay = $1", job)
	if err != nil {
		return err
	}
	defer rows.Close()
	found := map[uuid.UUID]bool{}
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return err
		}
		found[id] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	i := slices.IndexFunc(ids, func(id uuid.UUID) bool { return !found[id] })
	return validation.Errorf(fmt.Sprintf("recording_ids[%d]", i), "must be a recording, %s does not exist", ids[i])
}

func texts(ids []uuid.UUID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}
