package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// jobTx is a transaction on jobs. See jobs.JobTx.
type jobTx struct{ tx *sql.Tx }

// Change runs f in a transaction. See jobs.JobStore.
func (r replayRows) Change(ctx context.Context, f func(jobs.JobTx) error) error {
	return wrap(r.store.inTransaction(ctx, nil, func(tx *sql.Tx) error { return f(jobTx{tx}) }))
}

func (t jobTx) exec(ctx context.Context, statement string, args ...any) error {
	_, err := t.tx.ExecContext(ctx, statement, args...)
	return wrap(err)
}

// Alone waits for its turn. See jobs.JobTx.
func (t jobTx) Alone(ctx context.Context) error {
	return t.exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('mockforge replays', 0))")
}

// Open returns the jobs that are not over. See jobs.JobStore.
func (t jobTx) Open(ctx context.Context) ([]jobs.Job, error) { return openJobs(ctx, t.tx) }

// Lock locks a job, then its shares: who renews a lease has that of its share alone. See jobs.JobTx.
func (t jobTx) Lock(ctx context.Context, id uuid.UUID, patient bool) (jobs.Job, bool, error) {
	statement := "SELECT " + jobColumns + " FROM replays r WHERE id = $1 FOR UPDATE"
	if !patient {
		statement += " SKIP LOCKED"
	}
	var row jobRow
	err := t.tx.QueryRowContext(ctx, statement, id).Scan(row.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return jobs.Job{}, false, nil
	}
	if err != nil {
		return jobs.Job{}, false, wrap(err)
	}
	job, err := row.read()
	if err != nil {
		return job, false, err
	}
	rows, err := t.tx.QueryContext(ctx, "SELECT "+shareColumns+" FROM replay_shares s WHERE replay = $1 ORDER BY gateway FOR UPDATE", id)
	if err != nil {
		return job, false, wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var share jobs.Share
		if err := rows.Scan(shareFields(&share)...); err != nil {
			return job, false, wrap(err)
		}
		job.Shares = append(job.Shares, share)
	}
	return job, true, wrap(rows.Err())
}

// Wake notifies who listens. See jobs.JobTx.
func (t jobTx) Wake(ctx context.Context, id uuid.UUID) error {
	return t.exec(ctx, "SELECT pg_notify($1, $2)", jobChannel, id.String())
}

// Insert makes a job; the values of its headers go into a table that is not logged. See jobs.JobTx.
func (t jobTx) Insert(ctx context.Context, job jobs.Job, headers map[string]string) error {
	document, err := json.Marshal(job.Request)
	if err != nil {
		return err
	}
	if err := t.exec(ctx, "INSERT INTO replays (id, name, status, request, headers, total, created_by) VALUES ($1, $2, $3, $4, $5, 0, $6)",
		job.ID, job.Name, string(job.Status), string(document), job.Headers, storable(job.CreatedBy)); err != nil || len(headers) == 0 {
		return err
	}
	if document, err = json.Marshal(headers); err != nil {
		return err
	}
	return t.exec(ctx, "INSERT INTO replay_headers (replay, headers) VALUES ($1, $2)", job.ID, string(document))
}

// AddShares adds the shares of a job. See jobs.JobTx.
func (t jobTx) AddShares(ctx context.Context, job uuid.UUID, origin time.Time, shares []jobs.Share) error {
	gateways, totals, total := make([]string, len(shares)), make([]int64, len(shares)), 0
	for i, share := range shares {
		gateways[i], totals[i] = share.Gateway, int64(share.Total)
		total += share.Total
	}
	if err := t.exec(ctx, "UPDATE replays SET total = $2, origin = $3 WHERE id = $1", job, total, origin); err != nil {
		return err
	}
	return t.exec(ctx, "INSERT INTO replay_shares (replay, gateway, total) SELECT $1, * FROM unnest($2::text[], $3::integer[])", job, pq.Array(gateways), pq.Array(totals))
}

// Set writes where a job stands. See jobs.JobTx.
func (t jobTx) Set(ctx context.Context, job uuid.UUID, state jobs.State) error {
	return t.exec(ctx, `UPDATE replays SET status = $2, problem = $3, started_at = CASE WHEN $4 THEN coalesce(started_at, clock_timestamp()) ELSE started_at END,
		ended_at = CASE WHEN $5 THEN coalesce(ended_at, clock_timestamp()) END WHERE id = $1`,
		job, string(state.Status), state.Problem, state.Status == replay.JobRunning, state.Status.Over())
}

// HeaderValues returns the values of headers, unless a crash of the server has emptied their table. See jobs.JobTx.
func (t jobTx) HeaderValues(ctx context.Context, job uuid.UUID) (values map[string]string, found bool, err error) {
	var document []byte
	err = t.tx.QueryRowContext(ctx, "SELECT headers FROM replay_headers WHERE replay = $1", job).Scan(&document)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, wrap(err)
	}
	return values, true, json.Unmarshal(document, &values)
}

// DropHeaderValues forgets the values of headers. See jobs.JobTx.
func (t jobTx) DropHeaderValues(ctx context.Context, job uuid.UUID) error {
	return t.exec(ctx, "DELETE FROM replay_headers WHERE replay = $1", job)
}

// Take leases a share. See jobs.JobTx.
func (t jobTx) Take(ctx context.Context, job uuid.UUID, gateway string, number int64, by string, lease time.Duration) (bool, error) {
	taken, err := t.tx.ExecContext(ctx, `UPDATE replay_shares SET lease = lease + 1, taken_by = $4, lease_until = clock_timestamp() + $5 * interval '1 second'
		WHERE replay = $1 AND gateway = $2 AND lease = $3 AND ended_at IS NULL`, job, gateway, number, storable(by), lease.Seconds())
	if err != nil {
		return false, wrap(err)
	}
	n, err := taken.RowsAffected()
	return n > 0, err
}

// Renew has a lease last longer. See jobs.JobTx.
func (t jobTx) Renew(ctx context.Context, job uuid.UUID, gateway string, number int64, lease time.Duration) (status replay.JobStatus, held bool, err error) {
	err = t.tx.QueryRowContext(ctx, `UPDATE replay_shares s SET lease_until = clock_timestamp() + $4 * interval '1 second' FROM replays r
		WHERE r.id = s.replay AND s.replay = $1 AND s.gateway = $2 AND s.lease = $3 AND s.ended_at IS NULL RETURNING r.status`,
		job, gateway, number, lease.Seconds()).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return status, err == nil, wrap(err)
}

// Free has shares be free from now on. See jobs.JobTx.
func (t jobTx) Free(ctx context.Context, job uuid.UUID, gateways []string) error {
	return t.exec(ctx, "UPDATE replay_shares SET lease_until = NULL, free_since = clock_timestamp() WHERE replay = $1 AND gateway = ANY($2)", job, pq.Array(gateways))
}

// End ends shares. See jobs.JobTx.
func (t jobTx) End(ctx context.Context, job uuid.UUID, gateways []string) error {
	return t.exec(ctx, "UPDATE replay_shares SET lease_until = NULL, ended_at = clock_timestamp() WHERE replay = $1 AND gateway = ANY($2) AND ended_at IS NULL",
		job, pq.Array(gateways))
}
