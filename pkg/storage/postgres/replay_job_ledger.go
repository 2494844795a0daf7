package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

const (
	// leaseTime is how long a collector that is not heard of keeps its share.
	leaseTime = "interval '10 seconds'"
	// maxJobsOfGateway is how many jobs may be at work on one gateway, in the whole fleet.
	maxJobsOfGateway = 4
)

// lease is one share that this instance works on.
type lease struct {
	store  *Store
	job    uuid.UUID
	name   string
	number int64
	share  replay.Share
}

var _ replay.Ledger = (*lease)(nil)

// takeShare leases the share of the oldest job that waits for a collector of one of the gateways; nil where there is none.
func (s *Store) takeShare(ctx context.Context, instance string, gateways []string) (*lease, error) {
	const waiting = `SELECT s.replay, s.gateway FROM replay_shares s JOIN replays r ON r.id = s.replay
		WHERE s.ended_at IS NULL AND s.gateway = ANY($1) AND r.status IN ('queued', 'running') AND ` + free
	var some bool
	if err := s.db.QueryRowContext(ctx, "SELECT EXISTS ("+waiting+")", pq.Array(gateways)).Scan(&some); err != nil || !some {
		return nil, err
	}
	var taken *lease
	err := s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, jobLock); err != nil {
			return err
		}
		l := lease{store: s}
		err := tx.QueryRowContext(ctx, waiting+` AND (SELECT count(*) FROM replay_shares o WHERE o.gateway = s.gateway AND o.ended_at IS NULL AND o.lease_until >= now()) < $2
			ORDER BY r.created_at, s.gateway LIMIT 1 FOR UPDATE SKIP LOCKED`, pq.Array(gateways), maxJobsOfGateway).Scan(&l.job, &l.name)
		if err != nil {
			return ignoreNoRows(err)
		}
		if err := loseFlying(ctx, tx, l.job, []string{l.name}); err != nil {
			return err
		}
		l.share = replay.Share{Job: l.job, Gateway: l.name}
		err = tx.QueryRowContext(ctx, `UPDATE replay_shares SET lease = lease + 1, taken_by = $3, lease_until = clock_timestamp() + `+leaseTime+`
			WHERE replay = $1 AND gateway = $2 RETURNING lease, total`, l.job, l.name, storable(instance)).Scan(&l.number, &l.share.Total)
		if err != nil {
			return err
		}
		lost, err := l.load(ctx, tx)
		if err != nil || lost {
			return err
		}
		taken = &l
		return nil
	})
	return taken, err
}

// load reads what there is to do; lost reports whether it cannot be done any more.
func (l *lease) load(ctx context.Context, tx *sql.Tx) (lost bool, err error) {
	var request []byte
	var headers bool
	var origin sql.NullTime
	var elapsed float64
	err = tx.QueryRowContext(ctx, `UPDATE replays SET status = 'running', started_at = coalesce(started_at, clock_timestamp()) WHERE id = $1
		RETURNING request, headers, total, origin, extract(epoch FROM clock_timestamp() - started_at)`, l.job).
		Scan(&request, &headers, &l.share.JobTotal, &origin, &elapsed)
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(request, &l.share.Request); err != nil {
		return false, err
	}
	if headers {
		var document []byte
		err := tx.QueryRowContext(ctx, "SELECT headers FROM replay_headers WHERE replay = $1", l.job).Scan(&document)
		if errors.Is(err, sql.ErrNoRows) {
			// An unlogged table is emptied by a crash of the server.
			return true, failJob(ctx, tx, l.job, replay.JobFailed, "The values of header_overrides were lost when the database crashed, so nothing more is sent. Start it again.")
		}
		if err != nil {
			return false, err
		}
		l.share.Request.HeaderOverrides = nil
		if err := json.Unmarshal(document, &l.share.Request.HeaderOverrides); err != nil {
			return false, err
		}
	}
	rows, err := tx.QueryContext(ctx, "SELECT sequence, recording_id, recorded_at FROM replay_items WHERE replay = $1 AND gateway = $2 AND outcome = 'waiting' ORDER BY sequence",
		l.job, l.name)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var item replay.Item
		if err := rows.Scan(&item.Sequence, &item.Recording, &item.RecordedAt); err != nil {
			return false, err
		}
		l.share.Items = append(l.share.Items, item)
	}
	// The shares of a job that has just begun go in step; one that goes on begins with what is left.
	const justBegun = 5
	if elapsed < justBegun && len(l.share.Items) == l.share.Total {
		l.share.Origin, l.share.Elapsed = origin.Time, time.Duration(elapsed*float64(time.Second))
	} else if len(l.share.Items) > 0 {
		l.share.Origin = l.share.Items[0].RecordedAt
	}
	return false, rows.Err()
}

// Recording reads one recording. See replay.Ledger.
func (l *lease) Recording(ctx context.Context, id uuid.UUID) (recording.Recording, bool, error) {
	r, err := l.store.Get(ctx, id)
	if errors.Is(err, api.ErrNotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// Advance writes results and grants items. See replay.Ledger.
func (l *lease) Advance(ctx context.Context, step replay.Step) (standing replay.Standing, err error) {
	results, err := json.Marshal(step.Results)
	if err != nil {
		return standing, err
	}
	err = l.store.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE replay_shares s SET lease_until = clock_timestamp() + `+leaseTime+` FROM replays r
			WHERE r.id = s.replay AND s.replay = $1 AND s.gateway = $2 AND s.lease = $3 AND s.ended_at IS NULL RETURNING r.status`,
			l.job, l.name, l.number).Scan(&standing.Status)
		if errors.Is(err, sql.ErrNoRows) {
			return replay.ErrTakenOver
		}
		if err != nil {
			return err
		}
		if len(step.Results) > 0 {
			if err := l.write(ctx, tx, string(results)); err != nil {
				return err
			}
		}
		standing.Granted = nil
		if len(step.Claim) == 0 || standing.Status != replay.JobRunning {
			return nil
		}
		return l.grant(ctx, tx, step, &standing)
	})
	return standing, wrap(err)
}

func (l *lease) write(ctx context.Context, tx *sql.Tx, results string) error {
	_, err := tx.ExecContext(ctx, `WITH over AS (
			UPDATE replay_items i SET outcome = r.outcome, response_status = r.response_status, response_time_ms = r.response_time_ms,
				recorded_status = r.recorded_status, recorded_time_ms = r.recorded_time_ms, differences = r.differences, more = coalesce(r.more, false), problem = coalesce(r.problem, '')
			FROM json_to_recordset($3::json) AS r(sequence integer, outcome text, response_status integer, response_time_ms double precision,
				recorded_status integer, recorded_time_ms double precision, differences json, more boolean, problem text)
			WHERE i.replay = $1 AND i.gateway = $2 AND i.sequence = r.sequence AND i.outcome = 'sending' RETURNING i.outcome),
		counted AS (SELECT count(*) FILTER (WHERE outcome = 'same') AS same, count(*) FILTER (WHERE outcome = 'different') AS different,
			count(*) FILTER (WHERE outcome = 'failed') AS failed, count(*) FILTER (WHERE outcome = 'skipped') AS skipped FROM over)
		UPDATE replay_shares s SET same = s.same + counted.same, different = s.different + counted.different,
			failed = s.failed + counted.failed, skipped = s.skipped + counted.skipped
		FROM counted WHERE s.replay = $1 AND s.gateway = $2`, l.job, l.name, results)
	return err
}

// grant takes the claimed items. One that is under way already was claimed by this lease in a transaction whose end was
// not heard of, and was not sent.
func (l *lease) grant(ctx context.Context, tx *sql.Tx, step replay.Step, standing *replay.Standing) error {
	statement := "UPDATE replay_items i SET outcome = 'sending' WHERE replay = $1 AND gateway = $2 AND sequence = ANY($3) AND outcome IN ('waiting', 'sending')"
	if step.InOrder {
		statement += ` AND NOT EXISTS (SELECT FROM replay_items o WHERE o.replay = i.replay AND o.sequence < i.sequence AND o.outcome IN ('waiting', 'sending'))`
	}
	claim := make([]int64, len(step.Claim))
	for i, sequence := range step.Claim {
		claim[i] = int64(sequence)
	}
	rows, err := tx.QueryContext(ctx, statement+" RETURNING sequence", l.job, l.name, pq.Array(claim))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sequence int
		if err := rows.Scan(&sequence); err != nil {
			return err
		}
		standing.Granted = append(standing.Granted, sequence)
	}
	return rows.Err()
}

// release gives the share back, or ends it where nothing is left to do.
func (l *lease) release(ctx context.Context) error {
	return wrap(l.store.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		var status replay.JobStatus
		if err := tx.QueryRowContext(ctx, "SELECT status FROM replays WHERE id = $1 FOR UPDATE", l.job).Scan(&status); err != nil {
			return ignoreNoRows(err)
		}
		freed, err := tx.ExecContext(ctx, `UPDATE replay_shares SET lease_until = NULL, free_since = now()
			WHERE replay = $1 AND gateway = $2 AND lease = $3 AND ended_at IS NULL`, l.job, l.name, l.number)
		if err != nil {
			return err
		}
		if n, err := freed.RowsAffected(); err != nil || n == 0 {
			return err
		}
		// Claimed in a transaction whose end was not heard of, and not sent.
		if _, err := tx.ExecContext(ctx, "UPDATE replay_items SET outcome = 'waiting' WHERE replay = $1 AND gateway = $2 AND outcome = 'sending'", l.job, l.name); err != nil {
			return err
		}
		var left bool
		err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM replay_items WHERE replay = $1 AND gateway = $2 AND outcome = 'waiting')", l.job, l.name).Scan(&left)
		if err != nil || left && status != replay.JobStopping {
			return err
		}
		if err := endShares(ctx, tx, l.job, []string{l.name}); err != nil {
			return err
		}
		return settleStopping(ctx, tx, l.job)
	}))
}
