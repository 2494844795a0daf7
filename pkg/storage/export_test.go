package storage

import (
	"context"
	"errors"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// MaintainClusterAt maintains the partitions of a cluster at another time, for a collector that wants recordings kept for so many days.
func MaintainClusterAt(ctx context.Context, store Store, days int, now time.Time) error {
	whole := store.(*cluster)
	rest, err := postgres.Open(whole.config.DSN, postgres.Options{Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	then := &cluster{Store: whole.Store, rest: rest}
	return errors.Join(then.MaintainPartitions(ctx, scenario.Retention{RecordingDays: days}), rest.Close())
}
