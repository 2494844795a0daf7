package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// deleteBatch is how many rows one statement deletes, so that none holds its locks for long.
const deleteBatch = 1000

// transient are the rows that have no meaning after a while, by table. Live figures that are dated ahead are of a clock that is
// wrong, and nobody would see them before they are deleted.
var transient = []struct{ table, over string }{
	{"traffic_intervals", "start > now() + interval '1 hour'"},
	{"instances", "last_seen_at < now() - interval '24 hours'"},
	// Who waited for it has left long ago, and who took it has died.
	{"replay_jobs", "created_at < now() - interval '1 hour'"},
	{"retention_claims", "last_seen_at < now() - interval '30 days'"},
}

// MaintainPartitions makes the partitions of the days ahead and drops those that nobody wants any more, along with patterns, replays and
// changes of the scenario that are as old, old live figures, and instances that have vanished. Then it does what IndexForSearch does.
// Days end by the clock of the database, and are kept as long as own or any other collector wants that was seen within a week (see
// Register). Any number of instances may call it at once, every hour or so: one does the work, the others find it done.
func (s *Store) MaintainPartitions(ctx context.Context, own scenario.Retention) error {
	now, err := s.clock(ctx)
	if err != nil {
		return wrap(err)
	}
	s.noticeSkew(ctx)
	return s.maintain(ctx, own, now)
}

func (s *Store) maintain(ctx context.Context, own scenario.Retention, now time.Time) error {
	var ahead []time.Time
	for day := range daysAhead + 1 {
		ahead = append(ahead, dayOf(now).AddDate(0, 0, day))
	}
	if err := s.ensurePartitions(ctx, ahead); err != nil {
		return wrap(err)
	}
	recordings, history, err := s.longest(ctx, s.db, own, now)
	if err != nil {
		return wrap(err)
	}
	if err := s.dropOld(ctx, own, recordings, now); err != nil {
		return wrap(err)
	}
	if err := s.deleteHistory(ctx, history, now); err != nil {
		return wrap(err)
	}
	for _, each := range transient {
		if _, err := s.deleteRows(ctx, each.table, each.over); err != nil {
			return wrap(err)
		}
	}
	if err := s.indexForSearch(ctx, now); err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "some recordings are searched without an index; tried again at the next maintenance", "error", err)
	}
	return nil
}

// dropOld drops recordings, and what goes with them: patterns with those that they were found in, replays when they are as old.
func (s *Store) dropOld(ctx context.Context, own scenario.Retention, recordings kept, now time.Time) error {
	if recordings.days == 0 {
		if own.RecordingDays > 0 {
			s.logger.InfoContext(ctx, "recordings are kept, however old: a collector does not say how long it wants them", "collector", recordings.by)
		}
		return nil
	}
	first := recordings.before(now)
	if err := s.dropPartitions(ctx, own, now); err != nil {
		return err
	}
	for _, each := range []struct{ table, over string }{
		{"behavior_patterns", "last_seen < $1"},
		{"replays", "ended_at < $1"},
	} {
		n, err := s.deleteRows(ctx, each.table, each.over, first)
		if err != nil {
			return err
		}
		if n > 0 {
			s.logger.InfoContext(ctx, "what goes with old recordings deleted", "table", each.table, "rows", n, "kept_days", recordings.days, "wanted_by", recordings.by)
		}
	}
	return nil
}

// deleteHistory deletes changes of the scenario that are older than wanted, but for the last of these: what was in force when those
// that are kept began.
func (s *Store) deleteHistory(ctx context.Context, history kept, now time.Time) error {
	if history.days == 0 {
		return nil
	}
	n, err := s.deleteRows(ctx, "scenario_history", "stored_at < $1 AND version < (SELECT max(version) FROM scenario_history WHERE stored_at < $1)",
		now.AddDate(0, 0, -history.days))
	if n > 0 {
		s.logger.InfoContext(ctx, "old changes of the scenario deleted", "rows", n, "kept_days", history.days, "wanted_by", history.by)
	}
	return err
}

// deleteRows deletes the rows of a table that meet a condition, in batches.
func (s *Store) deleteRows(ctx context.Context, table, condition string, args ...any) (deleted int64, err error) {
	statement := fmt.Sprintf("DELETE FROM %[1]s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %[1]s WHERE %[2]s LIMIT %[3]d))", table, condition, deleteBatch)
	for {
		var result sql.Result
		if result, err = s.db.ExecContext(ctx, statement, args...); err != nil {
			return deleted, err
		}
		n, err := result.RowsAffected()
		deleted += n
		if err != nil || n < deleteBatch {
			return deleted, err
		}
	}
}
