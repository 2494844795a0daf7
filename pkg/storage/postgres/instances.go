package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// aliveInterval is how recently an instance was seen that counts as live.
const aliveInterval = "interval '10 seconds'"

// Register writes an instance, or its heartbeat and the version that it serves now. Live and LastSeen are by the
// clock of PostgreSQL, so that clocks of machines that differ do no harm; those of instance are ignored. What its Retention wants kept is
// kept until a week after its last heartbeat (see MaintainPartitions), also where it deregisters.
func (s *Store) Register(ctx context.Context, instance scenario.Instance) error {
	gateways := instance.Gateways
	if gateways == nil {
		gateways = []scenario.Gateway{}
	}
	document, err := marshal("gateways", gateways)
	if err != nil {
		return err
	}
	limits, err := marshal("limits", instance.Limits)
	if err != nil {
		return err
	}
	whole := registration{instance.Name, instance.Build, document, limits, instance.Started.UnixNano(), instance.Retention}
	if s.registered.knows(instance.ID, whole) {
		if there, err := s.beat(ctx, instance); err != nil || there {
			return wrap(err)
		}
	}
	// First: an instance that is there without a claim counts as one that wants all kept.
	if err := s.claim(ctx, instance); err != nil {
		return wrap(err)
	}
	// Who waits for a version reads all instances until they have it: were each of a fleet to notify all others, a change would
	// take as many messages as the square of their number.
	_, err = s.db.ExecContext(ctx, `WITH before AS (SELECT FROM instances WHERE id = $1), written AS (INSERT INTO instances (id, name, build, started_at, applied_version, applied_at, gateways, limits)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, build = excluded.build, started_at = excluded.started_at, last_seen_at = now(),
			applied_version = excluded.applied_version, applied_at = excluded.applied_at, gateways = excluded.gateways, limits = excluded.limits RETURNING id)
		SELECT pg_notify($9, '') FROM written WHERE NOT EXISTS (SELECT FROM before)`,
		storable(instance.ID), storable(instance.Name), storable(instance.Build), instance.Started, instance.AppliedVersion, instance.AppliedAt, document, limits, instancesChannel)
	if err == nil {
		s.registered.note(instance.ID, whole)
	}
	return wrap(err)
}

// beatStatement has no wait for the disk at its commit: a server that crashes forgets at most the last second of it, and the next
// heartbeat says it again.
const beatStatement = `UPDATE instances SET last_seen_at = now(), applied_version = $2, applied_at = $3
	WHERE id = $1 AND set_config('synchronous_commit', 'off', true) = 'off'
	RETURNING (SELECT version FROM scenario_state WHERE only_row)`

// beat writes what changes of an instance that was registered, and reports whether it is there. Watch hears from it which version
// is the latest.
func (s *Store) beat(ctx context.Context, instance scenario.Instance) (there bool, err error) {
	var version int64
	err = s.often(ctx, &s.beats, beatStatement, storable(instance.ID), instance.AppliedVersion, instance.AppliedAt).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		s.latest.tell(version)
	}
	return err == nil, err
}

// Deregister removes an instance that stops in order.
func (s *Store) Deregister(ctx context.Context, id string) error {
	s.registered.forget(id)
	_, err := s.db.ExecContext(ctx, "WITH gone AS (DELETE FROM instances WHERE id = $1 RETURNING id) SELECT pg_notify($2, '') FROM gone", storable(id), instancesChannel)
	return wrap(err)
}

// Instances returns the instances that were seen within the last hour, by name; Live are those of the last 10 s.
func (s *Store) Instances(ctx context.Context) ([]scenario.Instance, error) {
	instances, _, err := s.instancesAndVersion(ctx)
	return instances, err
}

// instancesAndVersion returns the version of the scenario besides, as far as there is an instance.
func (s *Store) instancesAndVersion(ctx context.Context) ([]scenario.Instance, int64, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, instances.name, build, started_at, instances.last_seen_at, applied_version, applied_at, gateways, limits,
			coalesce(recording_days, 0), coalesce(history_days, 0), instances.last_seen_at > now() - `+aliveInterval+`, (SELECT version FROM scenario_state WHERE only_row)
		FROM instances LEFT JOIN retention_claims ON instance = id
		WHERE instances.last_seen_at > now() - interval '1 hour' ORDER BY instances.name, id LIMIT 1000`)
	if err != nil {
		return nil, 0, wrap(err)
	}
	defer rows.Close()
	instances := []scenario.Instance{}
	var version int64
	for rows.Next() {
		var i scenario.Instance
		var gateways, limits []byte
		if err := rows.Scan(&i.ID, &i.Name, &i.Build, &i.Started, &i.LastSeen, &i.AppliedVersion, &i.AppliedAt, &gateways, &limits, &i.Retention.RecordingDays, &i.Retention.HistoryDays, &i.Live, &version); err != nil {
			return nil, 0, wrap(err)
		}
		if err := json.Unmarshal(gateways, &i.Gateways); err != nil {
			return nil, 0, fmt.Errorf("the gateways of instance %s cannot be read: %w", i.ID, err)
		}
		if err := json.Unmarshal(limits, &i.Limits); err != nil {
			return nil, 0, fmt.Errorf("the limits of instance %s cannot be read: %w", i.ID, err)
		}
		i.Started, i.LastSeen = i.Started.UTC(), i.LastSeen.UTC()
		if i.AppliedAt != nil {
			*i.AppliedAt = i.AppliedAt.UTC()
		}
		instances = append(instances, i)
	}
	return instances, version, wrap(rows.Err())
}
