package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// aliveTime is how recently an instance was seen that counts as live; it is listed for listedTime.
	aliveTime, listedTime = 10 * time.Second, time.Hour
	// instancesPoll bounds how long it stays unseen that an instance is alive no more.
	instancesPoll = time.Second
)

// Register writes an instance, or its heartbeat and the version that it serves now. The file has one process: there is one at a
// time, besides those that ran before it. LastSeen and Live of instance are ignored.
func (s *Store) Register(ctx context.Context, instance scenario.Instance) error {
	if instance.Gateways == nil {
		instance.Gateways = []scenario.Gateway{}
	}
	written, err := validation.Document("instance", instance)
	if err != nil {
		return err
	}
	applied := int64(-1)
	err = s.inTransaction(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, "SELECT instance ->> 'applied_version' FROM instances WHERE id = ?", instance.ID).Scan(&applied)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO instances (id, last_seen_at, instance) VALUES (?, ?, ?)", instance.ID, s.now().UnixMicro(), written)
		return err
	})
	if err != nil {
		return s.wrap(err)
	}
	if applied != instance.AppliedVersion { // Heartbeats are many, and of no interest to those who wait for a version.
		s.watchers.wake()
	}
	return nil
}

// Deregister removes an instance that stops in order.
func (s *Store) Deregister(ctx context.Context, id string) error {
	if _, err := s.writer.ExecContext(ctx, "DELETE FROM instances WHERE id = ?", id); err != nil {
		return s.wrap(err)
	}
	s.watchers.wake()
	return nil
}

// Instances returns the instances that were seen within the last hour, by name; Live are those of the last 10 s.
func (s *Store) Instances(ctx context.Context) ([]scenario.Instance, error) {
	instances := []scenario.Instance{}
	now := s.now()
	err := s.query(ctx, "SELECT last_seen_at, instance FROM instances WHERE last_seen_at > ? ORDER BY instance ->> 'name', id LIMIT 1000", []any{now.Add(-listedTime).UnixMicro()}, func(rows *sql.Rows) error {
		for rows.Next() {
			var i scenario.Instance
			var seen time.Time
			if err := rows.Scan((*microseconds)(&seen), document{&i}); err != nil {
				return err
			}
			i.LastSeen, i.Live = seen, seen.After(now.Add(-aliveTime))
			instances = append(instances, i)
		}
		return nil
	})
	return instances, err
}

// WatchInstances calls seen with the instances, and again when one has changed, until ctx ends. See api.WatchedInstances. While the
// file cannot be read there are no calls. A store that is closed is an api.ErrUnavailable.
func (s *Store) WatchInstances(ctx context.Context, seen func([]scenario.Instance)) error {
	due, leave := s.watchers.join()
	defer leave()
	poll := time.NewTicker(instancesPoll)
	defer poll.Stop()
	for ctx.Err() == nil {
		if instances, err := s.Instances(ctx); err == nil && ctx.Err() == nil {
			seen(instances)
		}
		select {
		case <-ctx.Done():
		case <-s.closed:
			return api.ErrUnavailable
		case <-due:
		case <-poll.C:
		}
	}
	return nil
}
