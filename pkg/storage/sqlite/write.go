package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

var (
	insertRecording = "INSERT INTO recordings (" + namesOf(columns) + ") VALUES (" + places(len(columns)) + ") ON CONFLICT (id) DO NOTHING"
	insertMessage   = `INSERT INTO messages (recording, sequence, direction, offset_ms, kind, body_size, body_truncated, body_redacted, body_decoded, body)
		VALUES (` + places(10) + ")"
)

func places(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// WriteRecordings stores a batch, all or nothing, in one transaction. A recording whose id is there already, since an earlier
// attempt succeeded without the caller learning of it, is left as it is. After api.ErrUnavailable the same batch may be tried
// again later; after *api.RejectedError it must not, the rest of the batch having been stored.
func (s *Store) WriteRecordings(ctx context.Context, recordings []recording.Recording) error {
	batch := make([]*recording.Recording, len(recordings))
	for i := range recordings {
		batch[i] = &recordings[i]
	}
	return s.WriteBatch(ctx, batch)
}

// WriteBatch is WriteRecordings of recordings that are not in one place. It keeps none of them.
func (s *Store) WriteBatch(ctx context.Context, recordings []*recording.Recording) error {
	if len(recordings) == 0 {
		return nil
	}
	err := s.inTransaction(ctx, func(tx *sql.Tx) error { return writeAll(ctx, tx, recordings) })
	if !isOfContents(err) {
		return s.wrap(err)
	}
	// One of the recordings is at fault: find it by halves.
	if len(recordings) == 1 {
		return &api.RejectedError{IDs: []uuid.UUID{recordings[0].ID}, Err: s.wrap(err), Cause: reasonOf(err)}
	}
	rejected := &api.RejectedError{}
	for _, half := range [][]*recording.Recording{recordings[:len(recordings)/2], recordings[len(recordings)/2:]} {
		err := s.WriteBatch(ctx, half)
		if r, ok := errors.AsType[*api.RejectedError](err); ok {
			rejected.IDs = append(rejected.IDs, r.IDs...)
			if rejected.Err == nil {
				rejected.Err, rejected.Cause = r.Err, r.Cause
			}
		} else if err != nil {
			return err
		}
	}
	return rejected
}

func writeAll(ctx context.Context, tx *sql.Tx, recordings []*recording.Recording) error {
	one, err := tx.PrepareContext(ctx, insertRecording)
	if err != nil {
		return err
	}
	defer one.Close()
	message, err := tx.PrepareContext(ctx, insertMessage)
	if err != nil {
		return err
	}
	defer message.Close()
	row, ranges := make([]any, len(columns)), written{}
	for _, r := range recordings {
		for i, c := range columns {
			row[i] = c.value(r)
		}
		if err := writeOne(ctx, one, message, r, row, ranges); err != nil {
			return err
		}
	}
	return ranges.store(ctx, tx)
}

func writeOne(ctx context.Context, one, message *sql.Stmt, r *recording.Recording, row []any, ranges written) error {
	result, err := one.ExecContext(ctx, row...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err // It is there, with its messages.
	}
	number, err := result.LastInsertId()
	if err != nil {
		return err
	}
	ranges.add(r.StoredTime(), number)
	for i := range r.Messages {
		m := &r.Messages[i]
		if _, err := message.ExecContext(ctx, number, i, recording.AsText(m.Direction), recording.Finite(m.OffsetMS), recording.AsText(m.Kind),
			m.Body.Size, m.Body.Truncated, m.Body.Redacted, m.Body.Decoded, contentOf(&m.Body)); err != nil {
			return err
		}
	}
	return nil
}
