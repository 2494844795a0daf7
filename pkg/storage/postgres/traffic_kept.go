package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// trafficTables are by resolution, in the order of traffic.Resolutions.
var trafficTables = [len(traffic.Resolutions)]string{"traffic_intervals", "traffic_10s", "traffic_1m", "traffic_1h"}

// trafficWriteLock is held by who writes intervals, together with others, and by who rolls up, alone: what is rolled up is then all that
// was written, and who writes later knows that its intervals are late.
const trafficWriteLock = "hashtextextended('mockforge traffic intervals', 0)"

// Kept returns which traffic is kept. See traffic.Rollups.
func (s *Store) Kept(ctx context.Context) (traffic.Kept, error) {
	kept, err := trafficKept(ctx, s.db)
	return kept, wrap(err)
}

func trafficKept(ctx context.Context, q rowsQueryer) (kept traffic.Kept, err error) {
	// Where a crash has emptied the table of seconds, what there is of them begins where they are not rolled up yet.
	rows, err := q.QueryContext(ctx, `SELECT seconds, kept_from, rolled_to FROM traffic_kept
		UNION ALL SELECT 1, CASE WHEN EXISTS (SELECT FROM traffic_kept_seconds) THEN (SELECT max(kept_from) FROM traffic_kept_seconds)
			ELSE (SELECT rolled_to FROM traffic_kept WHERE seconds = 10) END, NULL`)
	if err != nil {
		return kept, err
	}
	defer rows.Close()
	for rows.Next() {
		var seconds int64
		var from, to sql.NullTime
		if err := rows.Scan(&seconds, &from, &to); err != nil {
			return kept, err
		}
		for level, resolution := range traffic.Resolutions {
			if resolution == time.Duration(seconds)*time.Second {
				kept[level] = traffic.Extent{From: utc(from), To: utc(to)}
			}
		}
	}
	return kept, rows.Err()
}

// utc is the zero time for null.
func utc(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// orNull is null for the zero time.
func orNull(t time.Time) sql.NullTime { return sql.NullTime{Time: t, Valid: !t.IsZero()} }
