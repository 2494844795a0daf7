package postgres

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

const (
	// jobLock is held by those who make or take jobs, so that what they count stays true.
	jobLock = "SELECT pg_advisory_xact_lock(hashtextextended('mockforge replays', 0))"
	// noCollector is how long the share of a gateway waits for a collector that has it.
	noCollector = "interval '30 seconds'"
	// free is a share that no collector works on.
	free = "(lease_until IS NULL OR lease_until < now())"
)

// loseFlying says of what was under way in shares whose collector is gone that nobody knows how it went.
func loseFlying(ctx context.Context, tx *sql.Tx, job uuid.UUID, gateways []string) error {
	_, err := tx.ExecContext(ctx, `WITH lost AS (
			UPDATE replay_items SET outcome = 'failed', problem = $3 WHERE replay = $1 AND gateway = ANY($2) AND outcome = 'sending' RETURNING gateway)
		UPDATE replay_shares s SET failed = s.failed + n FROM (SELECT gateway, count(*) AS n FROM lost GROUP BY gateway) AS counted
		WHERE s.replay = $1 AND s.gateway = counted.gateway`, job, pq.Array(gateways), replay.NotSentAgain)
	return err
}

// endShares ends shares of a job in the caller's lock of it, and the job with the last of them.
func endShares(ctx context.Context, tx *sql.Tx, job uuid.UUID, gateways []string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE replay_shares SET ended_at = now(), lease_until = NULL
		WHERE replay = $1 AND gateway = ANY($2) AND ended_at IS NULL`, job, pq.Array(gateways)); err != nil {
		return err
	}
	ended, err := tx.ExecContext(ctx, `UPDATE replays SET ended_at = now(), status = CASE status WHEN 'stopping' THEN 'stopped' ELSE 'done' END
		WHERE id = $1 AND ended_at IS NULL AND NOT EXISTS (SELECT FROM replay_shares WHERE replay = $1 AND ended_at IS NULL)`, job)
	if err != nil {
		return err
	}
	if n, err := ended.RowsAffected(); err != nil || n == 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM replay_headers WHERE replay = $1", job)
	return err
}

// failJob ends a job with a problem that is for people.
func failJob(ctx context.Context, tx *sql.Tx, job uuid.UUID, status replay.JobStatus, problem string) error {
	for _, statement := range []string{
		"UPDATE replay_shares SET ended_at = now(), lease_until = NULL WHERE replay = $1 AND ended_at IS NULL",
		"DELETE FROM replay_headers WHERE replay = $1",
	} {
		if _, err := tx.ExecContext(ctx, statement, job); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "UPDATE replays SET status = $2, problem = $3, ended_at = now() WHERE id = $1 AND ended_at IS NULL", job, string(status), problem)
	return err
}

// settleStopping ends the shares of a job that is stopping on which nobody works.
func settleStopping(ctx context.Context, tx *sql.Tx, job uuid.UUID) error {
	gateways, err := column(ctx, tx, "SELECT gateway FROM replay_shares JOIN replays r ON r.id = replay WHERE replay = $1 AND r.status = 'stopping' AND replay_shares.ended_at IS NULL AND "+free, job)
	if err != nil || len(gateways) == 0 {
		return err
	}
	if err := loseFlying(ctx, tx, job, gateways); err != nil {
		return err
	}
	return endShares(ctx, tx, job, gateways)
}

// settleJobs looks after jobs that no collector works on any more: those that were stopped meanwhile, those that take too
// long, and shares of gateways that no running collector has. Any number of instances may call it at once.
func (s *Store) settleJobs(ctx context.Context) error {
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM replays WHERE ended_at IS NULL AND (created_at < now() - $1 * interval '1 second'
		OR EXISTS (SELECT FROM replay_shares s WHERE replay = id AND s.ended_at IS NULL AND `+free+`
			AND (status = 'stopping' OR greatest(free_since, lease_until) < now() - `+noCollector+`)))`, replay.MaxJobTime.Seconds())
	if err != nil {
		return err
	}
	var jobs []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			rows.Close()
			return err
		}
		jobs = append(jobs, id)
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range jobs {
		if err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error { return settleJob(ctx, tx, id) }); err != nil {
			return fmt.Errorf("replay %s: %w", id, err)
		}
	}
	return nil
}

func settleJob(ctx context.Context, tx *sql.Tx, job uuid.UUID) error {
	var status replay.JobStatus
	var old bool
	err := tx.QueryRowContext(ctx, "SELECT status, created_at < now() - $2 * interval '1 second' FROM replays WHERE id = $1 AND ended_at IS NULL FOR UPDATE SKIP LOCKED",
		job, replay.MaxJobTime.Seconds()).Scan(&status, &old)
	if err != nil {
		return ignoreNoRows(err) // another instance is at it
	}
	switch {
	case old:
		all, err := column(ctx, tx, "SELECT gateway FROM replay_shares WHERE replay = $1", job)
		if err != nil {
			return err
		}
		if err := loseFlying(ctx, tx, job, all); err != nil {
			return err
		}
		return failJob(ctx, tx, job, replay.JobStopped, "It took longer than "+replay.MaxJobTime.String()+", so it was stopped.")
	case status == replay.JobStopping:
		return settleStopping(ctx, tx, job)
	case status == replay.JobPaused:
		return nil
	}
	abandoned, err := column(ctx, tx, `SELECT gateway FROM replay_shares s WHERE replay = $1 AND ended_at IS NULL AND `+free+`
		AND greatest(free_since, lease_until) < now() - `+noCollector+` AND NOT EXISTS (SELECT FROM instances
			WHERE last_seen_at > now() - `+aliveInterval+` AND EXISTS (SELECT FROM jsonb_array_elements(gateways) AS g
				WHERE g->>'name' = s.gateway AND (g->>'upstream' LIKE '%://%' OR g ? 'replay_targets')))`, job)
	if err != nil || len(abandoned) == 0 {
		return err
	}
	if err := loseFlying(ctx, tx, job, abandoned); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `WITH left_out AS (
			UPDATE replay_items SET outcome = 'skipped', problem = 'no running collector has the gateway ' || gateway
			WHERE replay = $1 AND gateway = ANY($2) AND outcome = 'waiting' RETURNING gateway)
		UPDATE replay_shares s SET skipped = s.skipped + n FROM (SELECT gateway, count(*) AS n FROM left_out GROUP BY gateway) AS counted
		WHERE s.replay = $1 AND s.gateway = counted.gateway`, job, pq.Array(abandoned)); err != nil {
		return err
	}
	return endShares(ctx, tx, job, abandoned)
}

// column returns a statement's only column.
func column(ctx context.Context, tx *sql.Tx, statement string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, rows.Err()
}
