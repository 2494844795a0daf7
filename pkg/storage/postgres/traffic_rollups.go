package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

var _ traffic.Rollups = (*Store)(nil)

// RollUpTraffic rolls up the traffic that is due, and deletes what is older than own and all other collectors want it (see Register).
// Any number of instances may call it, every minute or so: one does the work.
func (s *Store) RollUpTraffic(ctx context.Context, own scenario.Retention) error {
	now, err := s.clock(ctx)
	if err != nil {
		return wrap(err)
	}
	days := own.Traffic
	rows, err := s.db.QueryContext(ctx, "SELECT traffic_days FROM retention_claims WHERE last_seen_at > $1 AND traffic_days IS NOT NULL", now.Add(-claimTime))
	if err != nil {
		return wrap(err)
	}
	defer rows.Close()
	for rows.Next() {
		var wanted pq.Int64Array
		if err := rows.Scan(&wanted); err != nil {
			return wrap(err)
		}
		if len(wanted) == len(traffic.Resolutions) {
			days = days.AtLeast(traffic.Days{Seconds: int(wanted[0]), TenSeconds: int(wanted[1]), Minutes: int(wanted[2]), Hours: int(wanted[3])})
		}
	}
	if err := rows.Err(); err != nil {
		return wrap(err)
	}
	if days == (traffic.Days{}) {
		days = traffic.DefaultDays()
	}
	return traffic.Maintain(ctx, s, days, now)
}

// Exclusively runs f in a transaction while nobody writes traffic. See traffic.Rollups.
func (s *Store) Exclusively(ctx context.Context, f func(traffic.Rows) error) (mine bool, err error) {
	err = s.inTransaction(ctx, nil, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended('mockforge traffic rollup', 0))").Scan(&mine)
		if err != nil || !mine {
			return err
		}
		// Those who write next wait behind it, so it must not wait long for one that hangs: what was not done is done a minute later.
		if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock("+trafficWriteLock+")"); err != nil {
			return err
		}
		return f(trafficRows{tx})
	})
	return mine && err == nil, wrap(err)
}

// DeleteBefore deletes what is not kept any more. See traffic.Rollups.
func (s *Store) DeleteBefore(ctx context.Context, level int, from time.Time) error {
	condition := "start < $1"
	if level == 0 {
		// A collector that did not learn whether its intervals were stored writes them again when the database is back.
		condition = middle + " < $1 AND start < $1 AND stored_at < now() - interval '24 hours'"
	}
	_, err := s.deleteRows(ctx, trafficTables[level], condition, from)
	return wrap(err)
}

// trafficRows are the rows of traffic in a transaction. See traffic.Rows.
type trafficRows struct{ tx *sql.Tx }

func (r trafficRows) Kept(ctx context.Context) (traffic.Kept, error) { return trafficKept(ctx, r.tx) }

func (r trafficRows) Oldest(ctx context.Context, level int, from time.Time) (*time.Time, error) {
	condition := "start >= $1"
	if level == 0 {
		condition = "start >= $1::timestamptz - interval '1 minute' AND " + middle + " >= $1"
	}
	var oldest sql.NullTime
	err := r.tx.QueryRowContext(ctx, "SELECT (SELECT start FROM "+trafficTables[level]+" WHERE "+condition+" ORDER BY start LIMIT 1)", from).Scan(&oldest)
	if err != nil || !oldest.Valid {
		return nil, err
	}
	at := utc(oldest)
	return &at, nil
}

func (r trafficRows) KeepFrom(ctx context.Context, level int, from time.Time) error {
	if level > 0 {
		_, err := r.tx.ExecContext(ctx, "UPDATE traffic_kept SET kept_from = $2 WHERE seconds = $1", seconds(level), from)
		return err
	}
	_, err := r.tx.ExecContext(ctx, `WITH updated AS (UPDATE traffic_kept_seconds SET kept_from = $1 RETURNING 1)
		INSERT INTO traffic_kept_seconds SELECT $1 WHERE NOT EXISTS (SELECT FROM updated)`, from)
	return err
}

func seconds(level int) int64 { return int64(traffic.Resolutions[level] / time.Second) }

// Add rolls up in the database, as traffic.RollUp does.
func (r trafficRows) Add(ctx context.Context, roll traffic.Roll) error {
	if roll.From.Before(roll.To) {
		source := rollSource(roll.Level)
		for _, statement := range []string{
			`SELECT at, gateway, protocol, route, mode, ` + countSums("nullif(%f(%s), 0)") + `, NULL::bigint, NULL::jsonb
				FROM ` + source + ` WHERE requests > 0 GROUP BY at, gateway, protocol, route, mode`,
			`SELECT at, gateway, '', '', '', ` + countSums("NULL::%t") + `, active, plugins FROM (
					SELECT at, gateway, sum(active)::bigint AS active FROM (
						SELECT DISTINCT ON (at, instance, gateway) at, instance, gateway, active FROM ` + source + `
						WHERE active IS NOT NULL ORDER BY at, instance, gateway, start DESC, active DESC) AS last GROUP BY at, gateway) AS gateways
				LEFT JOIN (
					SELECT at, gateway, ` + pluginObject + ` AS plugins FROM (
						SELECT at, gateway, key, ` + pluginSums + ` FROM ` + source + `, jsonb_each(plugins) GROUP BY at, gateway, key) AS summed
					GROUP BY at, gateway) AS of_plugins USING (at, gateway)`,
		} {
			if _, err := r.tx.ExecContext(ctx, addStatement(roll.Level, statement), roll.From, roll.To); err != nil {
				return err
			}
		}
	}
	_, err := r.tx.ExecContext(ctx, "UPDATE traffic_kept SET rolled_to = $2 WHERE seconds = $1", seconds(roll.Level), roll.To)
	if err != nil || roll.Level > 1 {
		return err
	}
	// After a crash the seconds begin again where they are rolled up from now on: what there was of them before is lost.
	_, err = r.tx.ExecContext(ctx, "INSERT INTO traffic_kept_seconds SELECT $1 WHERE NOT EXISTS (SELECT FROM traffic_kept_seconds)", roll.From)
	return err
}

// rollSource is what is rolled up into a level, from $1 to $2, with the beginning of its interval as at.
func rollSource(level int) string {
	moment, instance, condition := "start", "'' AS instance", "start >= $1 AND start < $2"
	if level == 1 {
		moment, instance = middle, "instance"
		condition = fmt.Sprintf("start >= $1::timestamptz - interval '1 minute' AND start < $2 AND %[1]s >= $1 AND %[1]s < $2", middle)
	}
	return fmt.Sprintf("(SELECT date_bin(interval '%d seconds', %s, timestamptz 'epoch') AS at, start, %s, gateway, protocol, route, mode, active, plugins, %s FROM %s WHERE %s) AS finer",
		seconds(level), moment, instance, eachColumn(countColumns, "%s"), trafficTables[level-1], condition)
}

// The counts of plugins are one document of all, by name.
const (
	pluginSums = `sum((value ->> 'executions')::bigint)::bigint AS executions, sum((value ->> 'errors')::bigint)::bigint AS errors,
		sum((value ->> 'duration_sum_ms')::double precision) AS duration_sum_ms`
	pluginObject = `jsonb_object_agg(key, jsonb_build_object('executions', executions, 'errors', errors, 'duration_sum_ms', duration_sum_ms))`
)

// rolledColumns are the columns of what was rolled up.
var rolledColumns = slices.Concat([]string{"start"}, trafficKeys, countColumns, []string{"active", "plugins"})

// addStatement adds rows to those of a level. The number of connections stays as it is where there is one.
func addStatement(level int, rows string) string {
	return "INSERT INTO " + trafficTables[level] + " AS old (" + strings.Join(rolledColumns, ", ") + ") " + rows + `
		ON CONFLICT (start, gateway, protocol, route, mode) DO UPDATE SET ` +
		eachColumn(countColumns, "%s = nullif(coalesce(old.%s, 0) + coalesce(excluded.%s, 0), 0)") + `,
			active = coalesce(old.active, excluded.active),
			plugins = CASE WHEN old.plugins IS NULL OR excluded.plugins IS NULL THEN coalesce(old.plugins, excluded.plugins) ELSE (
				SELECT ` + pluginObject + ` FROM (
					SELECT key, ` + pluginSums + ` FROM (SELECT * FROM jsonb_each(old.plugins) UNION ALL SELECT * FROM jsonb_each(excluded.plugins)) AS both_of
					GROUP BY key) AS summed) END`
}

// addRolled adds intervals that came late to a level.
func addRolled(ctx context.Context, tx *sql.Tx, level int, intervals []traffic.Interval) error {
	var values strings.Builder
	args := make([]any, 0, len(intervals)*len(rolledColumns))
	for i, in := range intervals {
		plugins, err := pluginsColumn(in.Plugins)
		if err != nil {
			return err
		}
		if i > 0 {
			values.WriteByte(',')
		}
		args = append(args, in.Start, in.Gateway, in.Protocol, in.Route, in.Mode)
		for _, count := range []int64{in.Requests, in.OrganicErrors, in.InjectedErrors, in.Injected} {
			args = append(args, sql.NullInt64{Int64: count, Valid: count != 0})
		}
		args = append(args, sql.NullFloat64{Float64: in.LatencySumMS, Valid: in.LatencySumMS != 0})
		for _, count := range in.Buckets {
			args = append(args, sql.NullInt64{Int64: count, Valid: count != 0})
		}
		ofGateway := in.Key == traffic.Key{Gateway: in.Gateway}
		args = append(args, sql.NullInt64{Int64: in.Active, Valid: ofGateway}, plugins)
		writePlaceholders(&values, i*len(rolledColumns), len(rolledColumns))
	}
	_, err := tx.ExecContext(ctx, addStatement(level, "VALUES "+values.String()), args...)
	return err
}
