package sqlite

import (
	"context"
	"database/sql"
	"time"
)

// deleteBatch is how many recordings one transaction deletes, so that none keeps writers waiting for long.
const deleteBatch = 500

// DeleteOld deletes the recordings of days of UTC that are more than so many days before that of now, with all that goes with them;
// 0 days keep everything. It returns how many were deleted. What they took is used again by what is written later.
func (s *Store) DeleteOld(ctx context.Context, days int, now time.Time) (deleted int64, err error) {
	if days <= 0 {
		return 0, nil
	}
	first := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days).UnixMicro()
	for {
		var n int64
		err := s.inTransaction(ctx, func(tx *sql.Tx) error {
			n, err = deleteBefore(ctx, tx, first)
			return err
		})
		deleted += n
		if err != nil {
			return deleted - n, s.wrap(err)
		}
		if n < deleteBatch {
			break
		}
	}
	if deleted > 0 {
		s.logger.InfoContext(ctx, "old recordings deleted", "recordings", deleted, "kept_days", days)
	}
	return deleted, nil
}

func deleteBefore(ctx context.Context, tx *sql.Tx, first int64) (int64, error) {
	const old = "(SELECT number FROM recordings WHERE timestamp < ? ORDER BY timestamp, id LIMIT ?)"
	for _, statement := range []string{
		"DELETE FROM messages WHERE recording IN " + old,
		"DELETE FROM search WHERE rowid IN " + old,
	} {
		if _, err := tx.ExecContext(ctx, statement, first, deleteBatch); err != nil {
			return 0, err
		}
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM recordings WHERE number IN "+old, first, deleteBatch)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
