package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// jobTx is a transaction on jobs. There is one at a time that writes, so that each is alone, and has locked all. See jobs.JobTx.
type jobTx struct {
	store *Store
	tx    *sql.Tx
	// undone and done are what to do in memory once the transaction has failed, or was committed.
	undone, done []func()
}

// Change runs f in a transaction. See jobs.JobStore.
func (r replayRows) Change(ctx context.Context, f func(jobs.JobTx) error) error {
	t := jobTx{store: r.store}
	err := r.store.inTransaction(ctx, func(tx *sql.Tx) error {
		t.tx = tx
		return f(&t)
	})
	after := t.done
	if err != nil {
		after = t.undone
	}
	for _, each := range after {
		each()
	}
	return r.store.wrap(err)
}

func (t *jobTx) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, t.store.wrap(err)
	}
	return result.RowsAffected()
}

func (t *jobTx) now() int64 { return t.store.now().UnixMicro() }

// Alone has nothing to wait for. See jobs.JobTx.
func (t *jobTx) Alone(context.Context) error { return nil }

// Open returns the jobs that are not over. See jobs.JobStore.
func (t *jobTx) Open(ctx context.Context) ([]jobs.Job, error) { return t.read(ctx, selectOpenJobs) }

// Lock returns a job, which nobody else can change. See jobs.JobTx.
func (t *jobTx) Lock(ctx context.Context, id uuid.UUID, _ bool) (jobs.Job, bool, error) {
	all, err := t.read(ctx, selectJobs+"WHERE r.id = ? ORDER BY s.gateway", id[:])
	if err != nil || len(all) == 0 {
		return jobs.Job{}, false, err
	}
	return all[0], true, nil
}

func (t *jobTx) read(ctx context.Context, statement string, args ...any) ([]jobs.Job, error) {
	rows, err := t.tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, t.store.wrap(err)
	}
	defer rows.Close()
	all, err := scanJobs(rows, t.store.now())
	return all, t.store.wrap(err)
}

// Wake tells who listens, once it is committed. See jobs.JobTx.
func (t *jobTx) Wake(context.Context, uuid.UUID) error {
	t.done = append(t.done, t.store.replaying.bell.Ring)
	return nil
}

// Insert makes a job. The values of its headers stay in memory. See jobs.JobTx.
func (t *jobTx) Insert(ctx context.Context, job jobs.Job, headers map[string]string) error {
	request, err := json.Marshal(job.Request)
	if err != nil {
		return err
	}
	if len(headers) > 0 {
		// Before it is committed: whoever sees the job has to find them.
		t.store.replaying.put(job.ID, headers)
		t.undone = append(t.undone, func() { t.store.replaying.drop(job.ID) })
	}
	_, err = t.exec(ctx, "INSERT INTO replays (id, name, status, request, headers, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?)",
		job.ID[:], job.Name, string(job.Status), string(request), job.Headers, t.now(), recording.AsText(job.CreatedBy))
	return err
}

// AddShares adds the shares of a job. See jobs.JobTx.
func (t *jobTx) AddShares(ctx context.Context, job uuid.UUID, origin time.Time, shares []jobs.Share) error {
	total := 0
	for _, share := range shares {
		total += share.Total
		if _, err := t.exec(ctx, "INSERT INTO replay_shares (replay, gateway, total, free_since) VALUES (?, ?, ?, ?)", job[:], share.Gateway, share.Total, t.now()); err != nil {
			return err
		}
	}
	_, err := t.exec(ctx, "UPDATE replays SET total = ?, origin = ? WHERE id = ?", total, origin.UnixMicro(), job[:])
	return err
}

// Set writes where a job stands. See jobs.JobTx.
func (t *jobTx) Set(ctx context.Context, job uuid.UUID, state jobs.State) error {
	var started, ended any
	if state.Status == replay.JobRunning {
		started = t.now()
	}
	if state.Status.Over() {
		ended = t.now()
	}
	_, err := t.exec(ctx, "UPDATE replays SET status = ?, problem = ?, started_at = coalesce(started_at, ?), ended_at = coalesce(ended_at, ?) WHERE id = ?",
		string(state.Status), state.Problem, started, ended, job[:])
	return err
}

// HeaderValues returns the values of headers, unless another process had them. See jobs.JobTx.
func (t *jobTx) HeaderValues(_ context.Context, job uuid.UUID) (map[string]string, bool, error) {
	values, found := t.store.replaying.get(job)
	return values, found, nil
}

// DropHeaderValues forgets the values of headers, once it is committed. See jobs.JobTx.
func (t *jobTx) DropHeaderValues(_ context.Context, job uuid.UUID) error {
	t.done = append(t.done, func() { t.store.replaying.drop(job) })
	return nil
}

func (r *replaying) put(job uuid.UUID, headers map[string]string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.headers[job] = maps.Clone(headers)
}

func (r *replaying) get(job uuid.UUID) (map[string]string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	values, found := r.headers[job]
	return maps.Clone(values), found
}

func (r *replaying) drop(job uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.headers, job)
}

// Take leases a share. See jobs.JobTx.
func (t *jobTx) Take(ctx context.Context, job uuid.UUID, gateway string, number int64, by string, lease time.Duration) (bool, error) {
	n, err := t.exec(ctx, "UPDATE replay_shares SET lease = lease + 1, taken_by = ?, lease_until = ? WHERE replay = ? AND gateway = ? AND lease = ? AND ended_at IS NULL",
		recording.AsText(by), t.now()+lease.Microseconds(), job[:], gateway, number)
	return n > 0, err
}

// Renew has a lease last longer. See jobs.JobTx.
func (t *jobTx) Renew(ctx context.Context, job uuid.UUID, gateway string, number int64, lease time.Duration) (status replay.JobStatus, held bool, err error) {
	n, err := t.exec(ctx, "UPDATE replay_shares SET lease_until = ? WHERE replay = ? AND gateway = ? AND lease = ? AND ended_at IS NULL",
		t.now()+lease.Microseconds(), job[:], gateway, number)
	if err != nil || n == 0 {
		return "", false, err
	}
	err = t.tx.QueryRowContext(ctx, "SELECT status FROM replays WHERE id = ?", job[:]).Scan(&status)
	return status, err == nil, t.store.wrap(err)
}

// Free has shares be free from now on. See jobs.JobTx.
func (t *jobTx) Free(ctx context.Context, job uuid.UUID, gateways []string) error {
	for _, gateway := range gateways {
		if _, err := t.exec(ctx, "UPDATE replay_shares SET lease_until = 0, free_since = ? WHERE replay = ? AND gateway = ?", t.now(), job[:], gateway); err != nil {
			return err
		}
	}
	return nil
}

// End ends shares. See jobs.JobTx.
func (t *jobTx) End(ctx context.Context, job uuid.UUID, gateways []string) error {
	for _, gateway := range gateways {
		if _, err := t.exec(ctx, "UPDATE replay_shares SET lease_until = 0, ended_at = ? WHERE replay = ? AND gateway = ? AND ended_at IS NULL", t.now(), job[:], gateway); err != nil {
			return err
		}
	}
	return nil
}
