package postgres

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// AskOne adds a replay. See jobs.OneStore.
func (r replayRows) AskOne(ctx context.Context, one jobs.One) error {
	_, err := r.store.db.ExecContext(ctx, `WITH asked AS (INSERT INTO replay_jobs (id, recording_id, gateway, request, created_by) VALUES ($1, $2, $3, $4, $5) RETURNING id)
		SELECT pg_notify($6, id::text) FROM asked`, one.ID, one.Recording, one.Gateway, string(one.Request), storable(one.By), oneChannel)
	return wrap(err)
}

// Ones returns all replays. See jobs.OneStore.
func (r replayRows) Ones(ctx context.Context) ([]jobs.One, error) {
	rows, err := r.store.db.QueryContext(ctx, `SELECT id, recording_id, gateway, created_by, status, extract(epoch FROM clock_timestamp() - created_at),
		coalesce(extract(epoch FROM lease_until - clock_timestamp()), 0) FROM replay_jobs ORDER BY created_at, id`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var all []jobs.One
	for rows.Next() {
		var one jobs.One
		if err := rows.Scan(&one.ID, &one.Recording, &one.Gateway, &one.By, &one.Status, (*lasting)(&one.Age), (*lasting)(&one.Left)); err != nil {
			return nil, wrap(err)
		}
		all = append(all, one)
	}
	return all, wrap(rows.Err())
}

// TakeOne has a queued replay be running; its request goes with the same statement. See jobs.OneStore.
func (r replayRows) TakeOne(ctx context.Context, id uuid.UUID, by string, within, lease time.Duration) (request []byte, taken bool, err error) {
	err = r.store.db.QueryRowContext(ctx, `WITH queued AS (SELECT id, request FROM replay_jobs
			WHERE id = $1 AND status = 'queued' AND created_at > clock_timestamp() - $3 * interval '1 second' FOR UPDATE SKIP LOCKED)
		UPDATE replay_jobs j SET status = 'running', request = NULL, taken_by = $2, lease_until = clock_timestamp() + $4 * interval '1 second'
		FROM queued WHERE j.id = queued.id RETURNING queued.request`, id, storable(by), within.Seconds(), lease.Seconds()).Scan(&request)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return request, err == nil, wrap(err)
}

// EndOne ends a running replay. See jobs.OneStore.
func (r replayRows) EndOne(ctx context.Context, id uuid.UUID, end jobs.OneEnd) (bool, error) {
	return r.one(ctx, "UPDATE replay_jobs SET status = $2, result = $3, problem = $4, lease_until = NULL WHERE id = $1 AND status = 'running'",
		id, string(end.Status), documentOrNull(end.Result), documentOrNull(end.Problem))
}

func documentOrNull(document []byte) sql.NullString {
	return sql.NullString{String: string(document), Valid: document != nil}
}

// OneEnd returns where a replay stands. See jobs.OneStore.
func (r replayRows) OneEnd(ctx context.Context, id uuid.UUID) (end jobs.OneEnd, found bool, err error) {
	err = r.store.db.QueryRowContext(ctx, "SELECT status, result, problem FROM replay_jobs WHERE id = $1", id).Scan(&end.Status, &end.Result, &end.Problem)
	if errors.Is(err, sql.ErrNoRows) {
		return end, false, nil
	}
	return end, err == nil, wrap(err)
}

// RemoveOne removes a replay that has one of the states. See jobs.OneStore.
func (r replayRows) RemoveOne(ctx context.Context, id uuid.UUID, states ...jobs.OneStatus) (bool, error) {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	return r.one(ctx, "DELETE FROM replay_jobs WHERE id = $1 AND status = ANY($2)", id, pq.Array(names))
}

// one runs a statement on one replay, and reports whether it has changed anything.
func (r replayRows) one(ctx context.Context, statement string, args ...any) (bool, error) {
	result, err := r.store.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return false, wrap(err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
