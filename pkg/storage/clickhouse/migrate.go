package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// errNotMigrated is a database or a table that is not there; it is an api.ErrUnavailable, too.
var errNotMigrated = fmt.Errorf("%w: its schema is not up to date, the migration has not run", api.ErrUnavailable)

func isNotMigrated(err error) bool { return errors.Is(err, errNotMigrated) }

// Migrate makes the database and its tables where they are not there, on every shard of the cluster. Any number of instances may call
// it at once. A schema that is newer than this program is left as it is.
func (s *Store) Migrate(ctx context.Context) error {
	v, err := s.version(ctx)
	if err != nil {
		return err
	}
	server, err := s.Server(ctx)
	if err != nil {
		return err
	}
	if server.SchemaVersion >= schemaVersion {
		return nil
	}
	place, err := s.survey(ctx)
	if err != nil {
		return err
	}
	endpoints := s.client.endpoints[:1]
	if place.cluster != "" && !place.keeper {
		endpoints = s.client.endpoints
	}
	for _, endpoint := range endpoints {
		for _, statement := range place.statements(v) {
			if err := s.client.execute(ctx, request{statement: statement, nowhere: true, endpoint: endpoint}); err != nil {
				return fmt.Errorf("migrate ClickHouse: %w", err)
			}
		}
	}
	// The version is written last, on every shard: where this fails in the middle the next migration does what is left.
	for _, endpoint := range endpoints {
		row := rowWriter{}
		row.uint32(schemaVersion)
		if err := s.client.execute(ctx, request{statement: "INSERT INTO " + place.part(schemaTable) + " FORMAT RowBinary", rows: row.bytes, endpoint: endpoint}); err != nil {
			return fmt.Errorf("migrate ClickHouse: %w", err)
		}
	}
	s.logger.InfoContext(ctx, "ClickHouse migrated", "version", schemaVersion, "cluster", place.cluster)
	return nil
}

// survey returns where tables go, as far as servers say it.
func (s *Store) survey(ctx context.Context) (place, error) {
	at := s.place
	if at.cluster == "" {
		return at, nil
	}
	var servers uint64
	err := s.client.query(ctx, request{statement: "SELECT count(), max(replica_num) FROM system.clusters WHERE cluster = " + quoted(at.cluster), nowhere: true}, func(r *rowReader) {
		servers, at.replicated = r.uint64(), r.uint32() > 1
	})
	if err != nil {
		return at, err
	}
	if servers == 0 {
		return at, validation.Errorf("cluster", "must be one of remote_servers of ClickHouse's configuration, is %q", at.cluster)
	}
	var known uint64
	err = s.client.query(ctx, request{statement: "SELECT count() FROM system.tables WHERE database = 'system' AND name = 'zookeeper'", nowhere: true}, func(r *rowReader) { known = r.uint64() })
	if err != nil {
		return at, err
	}
	at.keeper = known > 0
	switch {
	case at.replicated && !at.keeper:
		return at, validation.Errorf("cluster", "has replicas, for which ClickHouse needs a Keeper or ZooKeeper, which %q has not", at.cluster)
	case !at.keeper && uint64(len(s.client.endpoints)) != servers:
		return at, validation.Errorf("endpoint", "must have the URLs of all %d servers of %q, with commas between: they have no Keeper by which they would make tables on each other", servers, at.cluster)
	case !at.keeper && len(slices.Compact(slices.Sorted(slices.Values(s.client.endpoints)))) != len(s.client.endpoints):
		return at, validation.Errorf("endpoint", "must name every server once")
	}
	return at, nil
}
