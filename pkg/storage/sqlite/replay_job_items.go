package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
)

// AddItems adds recordings that wait. See jobs.JobTx.
func (t *jobTx) AddItems(ctx context.Context, job uuid.UUID, items []jobs.Item) error {
	insert, err := t.tx.PrepareContext(ctx, "INSERT INTO replay_items (replay, sequence, gateway, recording_id, recorded_at) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return t.store.wrap(err)
	}
	defer insert.Close()
	for i := range items {
		item := &items[i]
		if _, err := insert.ExecContext(ctx, job[:], item.Sequence, item.Gateway, item.ID[:], item.RecordedAt.UnixMicro()); err != nil {
			return t.store.wrap(err)
		}
	}
	return nil
}

// Waiting returns the recordings of a share that wait. See jobs.JobTx.
func (t *jobTx) Waiting(ctx context.Context, job uuid.UUID, gateway string) ([]replay.Item, error) {
	rows, err := t.tx.QueryContext(ctx, "SELECT sequence, recording_id, recorded_at FROM replay_items WHERE replay = ? AND gateway = ? AND outcome = 'waiting' ORDER BY sequence", job[:], gateway)
	if err != nil {
		return nil, t.store.wrap(err)
	}
	defer rows.Close()
	var items []replay.Item
	for rows.Next() {
		var item replay.Item
		if err := rows.Scan(&item.Sequence, &item.Recording, (*microseconds)(&item.RecordedAt)); err != nil {
			return nil, t.store.wrap(err)
		}
		items = append(items, item)
	}
	return items, t.store.wrap(rows.Err())
}

// First returns the first recording of a job that is not over. See jobs.JobTx.
func (t *jobTx) First(ctx context.Context, job uuid.UUID) (int, error) {
	var first sql.NullInt64
	err := t.tx.QueryRowContext(ctx, "SELECT min(sequence) FROM replay_items WHERE replay = ? AND outcome IN ('waiting', 'sending')", job[:]).Scan(&first)
	return int(first.Int64), t.store.wrap(err)
}

// Send has recordings be sending. See jobs.JobTx.
func (t *jobTx) Send(ctx context.Context, job uuid.UUID, gateway string, sequences []int) (granted []int, err error) {
	for _, sequence := range sequences {
		n, err := t.exec(ctx, "UPDATE replay_items SET outcome = 'sending' WHERE replay = ? AND gateway = ? AND sequence = ? AND outcome IN ('waiting', 'sending')", job[:], gateway, sequence)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			granted = append(granted, sequence)
		}
	}
	return granted, nil
}

// Write writes results of recordings that are sending. See jobs.JobTx.
func (t *jobTx) Write(ctx context.Context, job uuid.UUID, gateway string, results []replay.ItemResult) error {
	written := map[replay.Outcome]int64{}
	for i := range results {
		r := &results[i]
		n, err := t.exec(ctx, `UPDATE replay_items SET outcome = ?, response_status = ?, response_time_ms = ?, recorded_status = ?, recorded_time_ms = ?, differences = ?, more = ?, problem = ?
			WHERE replay = ? AND gateway = ? AND sequence = ? AND outcome = 'sending'`, string(r.Outcome), r.ResponseStatus, recording.Finite(r.ResponseTimeMS), r.RecordedStatus,
			recording.Finite(r.RecordedTimeMS), inJSON(r.Differences), r.More, r.Problem, job[:], gateway, r.Sequence)
		if err != nil {
			return err
		}
		written[r.Outcome] += n
	}
	for outcome, n := range written {
		if err := t.count(ctx, job, gateway, outcome, n); err != nil {
			return err
		}
	}
	return nil
}

// Move has recordings of one outcome have another. See jobs.JobTx.
func (t *jobTx) Move(ctx context.Context, job uuid.UUID, gateways []string, from, to replay.Outcome, problem string) error {
	for _, gateway := range gateways {
		n, err := t.exec(ctx, "UPDATE replay_items SET outcome = ?, problem = ? WHERE replay = ? AND gateway = ? AND outcome = ?", string(to), problem, job[:], gateway, string(from))
		if err != nil {
			return err
		}
		if err := t.count(ctx, job, gateway, to, n); err != nil {
			return err
		}
	}
	return nil
}

// count adds to what a share counts of an outcome. Those that have none yet are not counted.
func (t *jobTx) count(ctx context.Context, job uuid.UUID, gateway string, outcome replay.Outcome, n int64) error {
	var column string
	switch outcome {
	case replay.Same:
		column = "same"
	case replay.Different:
		column = "different"
	case replay.Failed:
		column = "failed"
	case replay.Skipped:
		column = "skipped"
	default:
		return nil
	}
	_, err := t.exec(ctx, fmt.Sprintf("UPDATE replay_shares SET %[1]s = %[1]s + ? WHERE replay = ? AND gateway = ?", column), n, job[:], gateway)
	return err
}
