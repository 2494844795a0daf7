package postgres

import (
	"context"
	"database/sql"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

const (
	// claimTime is for how long after a collector was last seen what it wants kept is kept: one that is replaced, or away for a
	// weekend, finds its recordings again.
	claimTime = 7 * 24 * time.Hour
	// leastHistoryDays are kept of the history whatever is wanted.
	leastHistoryDays = 90
)

// claim makes known how long a collector wants things kept. It is written once a minute at most, since heartbeats are many.
func (s *Store) claim(ctx context.Context, instance scenario.Instance) error {
	if instance.Retention == (scenario.Retention{}) {
		return nil // Not known: see claims.
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO retention_claims AS old (instance, name, recording_days, history_days, traffic_days) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (instance) DO UPDATE SET name = excluded.name, recording_days = excluded.recording_days, history_days = excluded.history_days,
			traffic_days = excluded.traffic_days, last_seen_at = now()
		WHERE old.last_seen_at < now() - interval '1 minute'
			OR (old.recording_days, old.history_days, old.traffic_days) IS DISTINCT FROM (excluded.recording_days, excluded.history_days, excluded.traffic_days)`,
		storable(instance.ID), storable(instance.Name), daysOrNull(instance.Retention.RecordingDays), daysOrNull(instance.Retention.HistoryDays), trafficDays(instance.Retention.Traffic))
	return err
}

// trafficDays are by resolution, null where they are not known.
func trafficDays(days traffic.Days) any {
	if days == (traffic.Days{}) {
		return nil
	}
	return pq.Array([]int{days.Seconds, days.TenSeconds, days.Minutes, days.Hours})
}

// trafficDaysOf returns what trafficDays wrote; nothing of what another version did.
func trafficDaysOf(wanted pq.Int64Array) traffic.Days {
	if len(wanted) != 4 {
		return traffic.Days{}
	}
	return traffic.Days{Seconds: int(wanted[0]), TenSeconds: int(wanted[1]), Minutes: int(wanted[2]), Hours: int(wanted[3])}
}

func daysOrNull(days int) sql.NullInt64 { return sql.NullInt64{Int64: int64(days), Valid: days > 0} }

// kept is how long something is kept, and whose wish that is. 0 days are for ever.
type kept struct {
	days int
	by   string
}

// atLeast returns the longer of both.
func (k kept) atLeast(days int, by string) kept {
	if k.days != 0 && (days == 0 || days > k.days) {
		return kept{days, by}
	}
	return k
}

// before returns the first day that is kept.
func (k kept) before(now time.Time) time.Time { return dayOf(now).AddDate(0, 0, -k.days) }

// longest returns how long recordings and the history are kept at now: as long as any collector wants that was seen within
// claimTime. An instance that does not say so, of an earlier version, may want anything: all is kept while it is there.
func (s *Store) longest(ctx context.Context, q rowsQueryer, own scenario.Retention, now time.Time) (recordings, history kept, err error) {
	const self = "this collector"
	recordings, history = kept{own.RecordingDays, self}, kept{own.HistoryDays, self}
	rows, err := q.QueryContext(ctx, `SELECT name, coalesce(recording_days, 0), coalesce(history_days, 0) FROM retention_claims WHERE last_seen_at > $1
		UNION ALL SELECT i.name, 0, 0 FROM instances i WHERE i.last_seen_at > $1 AND NOT EXISTS (SELECT FROM retention_claims c WHERE c.instance = i.id)`,
		now.Add(-claimTime))
	if err != nil {
		return recordings, history, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var wanted scenario.Retention
		if err := rows.Scan(&name, &wanted.RecordingDays, &wanted.HistoryDays); err != nil {
			return recordings, history, err
		}
		recordings, history = recordings.atLeast(wanted.RecordingDays, name), history.atLeast(wanted.HistoryDays, name)
	}
	return recordings, history.atLeast(leastHistoryDays, "the least"), rows.Err()
}
