package storage

import (
	"context"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// ReplayTimeout is how long a collector may take for one replay, so that its answer is still waited for, whatever the store.
const ReplayTimeout = jobs.Timeout

// Store is everything that the product keeps. It is safe for use by any number of goroutines.
type Store interface {
	Steering
	Records
	Replays
	// Migrate brings the schema up to date, and may be repeated. It fails while a server is away.
	Migrate(ctx context.Context) error
	// MaintainPartitions makes room for the days to come, and drops what is older than own and all others who use the store want kept,
	// by the clock of the store. It is to be called every hour or so.
	MaintainPartitions(ctx context.Context, own scenario.Retention) error
	// IndexForSearch makes what was recorded by now quick to search, where that is due. It is to be called every minute or so.
	IndexForSearch(ctx context.Context) error
	// RollUpTraffic adds the figures of traffic up into longer intervals, and deletes what is older than own and all others who use the
	// store want kept. It is to be called every minute or so.
	RollUpTraffic(ctx context.Context, own scenario.Retention) error
	// About says what the store is, and what it lacks where it does not answer.
	About(ctx context.Context) *api.Storage
	// Ping checks that the store answers.
	Ping(ctx context.Context) error
	// Close waits for what is under way, or ends it, and gives back what the store holds.
	Close() error
}

// Steering is the scenario, and the collectors that follow it.
type Steering interface {
	api.Scenarios
	api.Changes
	api.Published
	api.WatchedInstances
	api.Registry
	api.FleetLimits
	// Relieve tells of a stop that is in force at a collector. It returns the scenario with it and true, or what somebody has set
	// after it and false; a stop that was told already is not told again.
	Relieve(ctx context.Context, stop scenario.Stop) (scenario.Scenario, bool, error)
	// Watch calls changed with the scenario whenever its version is another than before, beginning with that of version 0, one call
	// at a time, until ctx ends. While a server is away there are no calls.
	Watch(ctx context.Context, changed func(scenario.Scenario)) error
}

// Records are recordings, what is found in them, and what was counted.
type Records interface {
	api.Recordings
	api.RecordingSums
	api.RecordingWriter
	// WriteBatch is WriteRecordings of recordings that are not in one place. It keeps none of them.
	WriteBatch(ctx context.Context, recordings []*recording.Recording) error
	api.Patterns
	api.GatewayTraffic
	api.TrafficWriter
	api.TrafficSeries
}

// Replays are recordings that are sent again, and who sends them.
type Replays interface {
	api.Replays
	api.ReplayJobs
	api.ReplayServer
}
