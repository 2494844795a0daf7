package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// counting adds what a statement has written, in a table expression named over with gateway and outcome, to the counts of shares.
const counting = `, counted AS (SELECT gateway, count(*) FILTER (WHERE outcome = 'same') AS same, count(*) FILTER (WHERE outcome = 'different') AS different,
		count(*) FILTER (WHERE outcome = 'failed') AS failed, count(*) FILTER (WHERE outcome = 'skipped') AS skipped FROM over GROUP BY gateway)
	UPDATE replay_shares s SET same = s.same + counted.same, different = s.different + counted.different,
		failed = s.failed + counted.failed, skipped = s.skipped + counted.skipped
	FROM counted WHERE s.replay = $1 AND s.gateway = counted.gateway`

// AddItems adds recordings that wait. See jobs.JobTx.
func (t jobTx) AddItems(ctx context.Context, job uuid.UUID, items []jobs.Item) error {
	sequences, gateways := make([]int64, len(items)), make([]string, len(items))
	ids, times := make([]string, len(items)), make([]string, len(items))
	for i := range items {
		sequences[i], gateways[i], ids[i], times[i] = int64(items[i].Sequence), items[i].Gateway, items[i].ID.String(), items[i].RecordedAt.Format(time.RFC3339Nano)
	}
	return t.exec(ctx, `INSERT INTO replay_items (replay, sequence, gateway, recording_id, recorded_at)
		SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::uuid[], $5::timestamptz[])`, job, pq.Array(sequences), pq.Array(gateways), pq.Array(ids), pq.Array(times))
}

// Waiting returns the recordings of a share that wait. See jobs.JobTx.
func (t jobTx) Waiting(ctx context.Context, job uuid.UUID, gateway string) ([]replay.Item, error) {
	rows, err := t.tx.QueryContext(ctx, "SELECT sequence, recording_id, recorded_at FROM replay_items WHERE replay = $1 AND gateway = $2 AND outcome = 'waiting' ORDER BY sequence",
		job, gateway)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var items []replay.Item
	for rows.Next() {
		var item replay.Item
		if err := rows.Scan(&item.Sequence, &item.Recording, &item.RecordedAt); err != nil {
			return nil, wrap(err)
		}
		items = append(items, item)
	}
	return items, wrap(rows.Err())
}

// First returns the first recording of a job that is not over. See jobs.JobTx.
func (t jobTx) First(ctx context.Context, job uuid.UUID) (int, error) {
	var first sql.NullInt64
	err := t.tx.QueryRowContext(ctx, "SELECT min(sequence) FROM replay_items WHERE replay = $1 AND outcome IN ('waiting', 'sending')", job).Scan(&first)
	return int(first.Int64), wrap(err)
}

// Send has recordings be sending. See jobs.JobTx.
func (t jobTx) Send(ctx context.Context, job uuid.UUID, gateway string, sequences []int) ([]int, error) {
	claim := make([]int64, len(sequences))
	for i, sequence := range sequences {
		claim[i] = int64(sequence)
	}
	rows, err := t.tx.QueryContext(ctx, `UPDATE replay_items SET outcome = 'sending' WHERE replay = $1 AND gateway = $2 AND sequence = ANY($3) AND outcome IN ('waiting', 'sending')
		RETURNING sequence`, job, gateway, pq.Array(claim))
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	var granted []int
	for rows.Next() {
		var sequence int
		if err := rows.Scan(&sequence); err != nil {
			return nil, wrap(err)
		}
		granted = append(granted, sequence)
	}
	return granted, wrap(rows.Err())
}

// Write writes results of recordings that are sending. See jobs.JobTx.
func (t jobTx) Write(ctx context.Context, job uuid.UUID, gateway string, results []replay.ItemResult) error {
	document, err := json.Marshal(results)
	if err != nil {
		return fmt.Errorf("the results cannot be written: %w", err)
	}
	return t.exec(ctx, `WITH over AS (
			UPDATE replay_items i SET outcome = r.outcome, response_status = r.response_status, response_time_ms = r.response_time_ms,
				recorded_status = r.recorded_status, recorded_time_ms = r.recorded_time_ms, differences = r.differences, more = coalesce(r.more, false), problem = coalesce(r.problem, '')
			FROM json_to_recordset($3::json) AS r(sequence integer, outcome text, response_status integer, response_time_ms double precision,
				recorded_status integer, recorded_time_ms double precision, differences json, more boolean, problem text)
			WHERE i.replay = $1 AND i.gateway = $2 AND i.sequence = r.sequence AND i.outcome = 'sending' RETURNING i.gateway, i.outcome)`+counting,
		job, gateway, string(document))
}

// Move has recordings of one outcome have another. See jobs.JobTx.
func (t jobTx) Move(ctx context.Context, job uuid.UUID, gateways []string, from, to replay.Outcome, problem string) error {
	return t.exec(ctx, `WITH over AS (
			UPDATE replay_items SET outcome = $4, problem = $5 WHERE replay = $1 AND gateway = ANY($2) AND outcome = $3 RETURNING gateway, outcome)`+counting,
		job, pq.Array(gateways), string(from), string(to), problem)
}
