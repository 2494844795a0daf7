package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// pageTables are by resolution, in the order of traffic.Resolutions, and by detail. Those of seconds are no pages.
var pageTables = [len(traffic.Resolutions)][traffic.Details]string{
	1: {"traffic_10s", "traffic_10s_routes"}, 2: {"traffic_1m", "traffic_1m_routes"}, 3: {"traffic_1h", "traffic_1h_routes"}, 4: {"traffic_1d", "traffic_1d_routes"},
}

// trafficWriteLock is held by who writes intervals, together with others, and by who rolls up, alone: what is rolled up is then all that
// was written, and who writes later knows that its intervals are late.
const trafficWriteLock = "hashtextextended('mockforge traffic intervals', 0)"

// trafficLateLock is held by who writes intervals of a time that was rolled up already.
const trafficLateLock = "hashtextextended('mockforge late traffic', 0)"

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
