package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// deleteBatch is how many rows one transaction deletes, so that none keeps writers waiting for long.
	deleteBatch = 500
	// leastHistoryDays are kept of the history whatever is wanted.
	leastHistoryDays = 90
	// aheadTime is how far figures of traffic may be dated ahead: those that are farther are of a clock that was wrong.
	aheadTime = time.Hour
	// vanishedTime is how long an instance is kept that has vanished.
	vanishedTime = 24 * time.Hour
)

// MaintainPartitions deletes what is older than own wants kept: recordings of whole days of UTC with all that goes with them, patterns,
// changes of the scenario; and instances that have vanished. The file has one collector, whose wish is all that
// counts, also where it wants less than before. Then it does what IndexForSearch does, and gives the room of the log back. It is to be
// called every hour or so.
//
// What was deleted leaves room in the file, which is used again by what is written later: the file does not shrink.
func (s *Store) MaintainPartitions(ctx context.Context, own scenario.Retention) error {
	return s.maintain(ctx, own, s.now())
}

func (s *Store) maintain(ctx context.Context, own scenario.Retention, now time.Time) error {
	if own.RecordingDays > 0 {
		first := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -own.RecordingDays).UnixMicro()
		deleted, err := s.inBatches(ctx, func(tx *sql.Tx) (int64, error) { return deleteRecordings(ctx, tx, first) })
		if err != nil {
			return s.wrap(err)
		}
		if deleted > 0 {
			s.logger.InfoContext(ctx, "old recordings deleted", "recordings", deleted, "kept_days", own.RecordingDays)
		}
		// Not while a recording is there that was written in between.
		if err := s.deleteRows(ctx, "number_ranges", "time", "time < ? AND NOT EXISTS (SELECT 1 FROM recordings WHERE timestamp < ?)", rowOf(time.UnixMicro(first)), first); err != nil {
			return s.wrap(err)
		}
		if err := s.deleteReplays(ctx, first); err != nil {
			return err
		}
		if err := s.deleteRows(ctx, "behavior_patterns", "pattern_id", "last_seen < ?", first); err != nil {
			return s.wrap(err)
		}
	}
	if own.HistoryDays > 0 {
		// But for the last of these: what was in force when those that are kept began.
		before := now.AddDate(0, 0, -max(own.HistoryDays, leastHistoryDays)).UnixMicro()
		if err := s.deleteRows(ctx, "scenario_history", "version", "at < ? AND version < (SELECT max(version) FROM scenario_history WHERE at < ?)", before, before); err != nil {
			return s.wrap(err)
		}
	}
	// The rows that have no meaning after a while go by the clock of the store.
	present := s.now()
	for _, each := range []struct {
		table, key, over string
		args             []any
	}{
		{"traffic_intervals", "start, instance, gateway, protocol, route, mode", "start > ?", []any{present.Add(aheadTime).UnixMicro()}},
		{"instances", "id", "last_seen_at < ?", []any{present.Add(-vanishedTime).UnixMicro()}},
	} {
		if err := s.deleteRows(ctx, each.table, each.key, each.over, each.args...); err != nil {
			return s.wrap(err)
		}
	}
	if err := s.IndexForSearch(ctx); err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "some recordings are searched without an index; tried again at the next maintenance", "error", err)
	}
	// Figures of the tables, by which queries choose among indexes, where they have changed much.
	_, err := s.writer.ExecContext(ctx, "PRAGMA optimize")
	return s.wrap(err)
}

// inBatches deletes in one transaction after another, until one has found less than deleteBatch.
func (s *Store) inBatches(ctx context.Context, deleteSome func(*sql.Tx) (int64, error)) (deleted int64, err error) {
	for {
		var n int64
		err := s.inTransaction(ctx, func(tx *sql.Tx) error {
			n, err = deleteSome(tx)
			return err
		})
		if err != nil {
			return deleted, err
		}
		if deleted += n; n < deleteBatch {
			return deleted, nil
		}
	}
}

// deleteRows deletes the rows of a table that meet a condition. key is what tells its rows apart.
func (s *Store) deleteRows(ctx context.Context, table, key, condition string, args ...any) error {
	statement := fmt.Sprintf("DELETE FROM %[1]s WHERE (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE %[3]s LIMIT %[4]d)", table, key, condition, deleteBatch)
	_, err := s.inBatches(ctx, func(tx *sql.Tx) (int64, error) {
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	})
	return err
}

// deleteRecordings deletes some of the recordings before a time, with their messages and what the index for searching has of them.
func deleteRecordings(ctx context.Context, tx *sql.Tx, first int64) (int64, error) {
	const old = "(SELECT number FROM recordings WHERE timestamp < ? ORDER BY timestamp, id LIMIT ?)"
	for _, statement := range []string{
		"DELETE FROM messages WHERE recording IN " + old,
		"DELETE FROM search WHERE rowid IN " + old,
		"DELETE FROM marks WHERE rowid IN " + old,
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
