package postgres

import (
	"context"
	"encoding/json"
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
	// First: an instance that is there without a claim counts as one that wants all kept.
	if err := s.claim(ctx, instance); err != nil {
		return wrap(err)
	}
	// Heartbeats are many, and of no interest to those who wait for a version.
	_, err = s.db.ExecContext(ctx, `WITH before AS (SELECT applied_version FROM instances WHERE id = $1), written AS (INSERT INTO instances (id, name, build, started_at, applied_version, applied_at, gateways, limits)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, build = excluded.build, started_at = excluded.started_at, last_seen_at = now(),
			applied_version = excluded.applied_version, applied_at = excluded.applied_at, gateways = excluded.gateways, limits = excluded.limits RETURNING applied_version)
		SELECT pg_notify($9, '') FROM written WHERE NOT EXISTS (SELECT FROM before WHERE before.applied_version = written.applied_version)`,
		storable(instance.ID), storable(instance.Name), storable(instance.Build), instance.Started, instance.AppliedVersion, instance.AppliedAt, document, limits, instancesChannel)
	return wrap(err)
}

// Deregister removes an instance that stops in order.
func (s *Store) Deregister(ctx context.Context, id string) error {
	_, err := s.db.ExecContext(ctx, "WITH gone AS (DELETE FROM instances WHERE id = $1 RETURNING id) SELECT pg_notify($2, '') FROM gone", storable(id), instancesChannel)
	return wrap(err)
}

// Instances returns the instances that were seen within the last hour, by name; Live are those of the last 10 s.
func (s *Store) Instances(ctx context.Context) ([]scenario.Instance, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, instances.name, build, started_at, instances.last_seen_at, applied_version, applied_at, gateways, limits,
			coalesce(recording_days, 0), coalesce(history_days, 0), instances.last_seen_at > now() - `+aliveInterval+`
		FROM instances LEFT JOIN retention_claims ON instance = id
		WHERE instances.last_seen_at > now() - interval '1 hour' ORDER BY instances.name, id LIMIT 1000`)
	if err != nil {
		return nil, wrap(err)
	}
	defer rows.Close()
	instances := []scenario.Instance{}
	for rows.Next() {
		var i scenario.Instance
		var gateways, limits []byte
		if err := rows.Scan(&i.ID, &i.Name, &i.Build, &i.Started, &i.LastSeen, &i.AppliedVersion, &i.AppliedAt, &gateways, &limits, &i.Retention.RecordingDays, &i.Retention.HistoryDays, &i.Live); err != nil {
			return nil, wrap(err)
		}
		if err := json.Unmarshal(gateways, &i.Gateways); err != nil {
			return nil, fmt.Errorf("the gateways of instance %s cannot be read: %w", i.ID, err)
		}
		if err := json.Unmarshal(limits, &i.Limits); err != nil {
			return nil, fmt.Errorf("the limits of instance %s cannot be read: %w", i.ID, err)
		}
		i.Started, i.LastSeen = i.Started.UTC(), i.LastSeen.UTC()
		if i.AppliedAt != nil {
			*i.AppliedAt = i.AppliedAt.UTC()
		}
		instances = append(instances, i)
	}
	return instances, wrap(rows.Err())
}
