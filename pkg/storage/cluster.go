package storage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/replay/jobs"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

// ClickHouse is the type of a cluster: a ClickHouse for recordings and traffic, and a PostgreSQL for all else.
const ClickHouse Type = "clickhouse"

// ClickHouseConfig names a ClickHouse. See clickhouse.Options.
type ClickHouseConfig struct {
	Endpoint, Database, Cluster, User string
	// Password is quoted by no error.
	Password string
}

// given returns the key of the first field that is set.
func (c *ClickHouseConfig) given() string {
	for _, field := range []struct{ key, value string }{
		{"endpoint", c.Endpoint}, {"database", c.Database}, {"cluster", c.Cluster}, {"user", c.User}, {"password", c.Password},
	} {
		if field.value != "" {
			return field.key
		}
	}
	return ""
}

// options are those of a store without tags.
func (c *ClickHouseConfig) options() clickhouse.Options {
	return clickhouse.Options{Endpoint: c.Endpoint, Database: c.Database, Cluster: c.Cluster, User: c.User, Password: c.Password}
}

func (c *ClickHouseConfig) validate() error {
	options := c.options()
	options.Tags = postgres.TagsByHand{}
	store, err := clickhouse.Open(options) // It parses, and connects to nothing.
	if err != nil {
		return err
	}
	return store.Close()
}

// cluster has its recordings and what was counted in ClickHouse, and the rest in PostgreSQL:
//
//	scenarios, presets, instances,   ┌──────────┐
//	patterns, jobs, tags by hand ───▶│ postgres │  steering goes on while ClickHouse is away
//	                                 └──────────┘
//	                                 ┌────────────┐
//	recordings, traffic ────────────▶│ clickhouse │
//	                                 └────────────┘
//
// What it has of each is embedded by what it is of, so that something new that stores must have is missing here until somebody says
// where it is.
type cluster struct {
	Steering
	*clickhouse.Store
	*jobs.Replays

	rest      *postgres.Store
	analysing analysis.OneAtATime
	config    Config
	options   Options
}

var (
	_ Store   = (*cluster)(nil)
	_ Severer = (*cluster)(nil)
	_ Sizer   = (*cluster)(nil)
	_ Divider = (*cluster)(nil)
)

func openCluster(config Config, options Options) (Store, error) {
	rest, err := postgres.Open(config.DSN, postgres.Options{
		Logger: options.Logger, ApplicationName: options.Name, MaxConnections: config.MaxConnections,
	})
	if err != nil {
		return nil, err
	}
	of := config.ClickHouse.options()
	of.Tags, of.Logger = rest.TagsByHand(), options.Logger
	rows, err := clickhouse.Open(of)
	if err != nil {
		return nil, errors.Join(err, rest.Close())
	}
	replaying := rest.Replaying()
	replaying.Recordings, replaying.Selector = rows, nil
	return &cluster{rest, rows, jobs.New(replaying), rest, analysis.NewOneAtATime(), config, options}, nil
}

// Another opens the same stores with connections of its own. See Divider.
func (c *cluster) Another(name string, connections int) (Store, error) {
	config, options := c.config, c.options
	config.MaxConnections, options.Name = connections, name
	return openCluster(config, options)
}

// Migrate brings both schemas up to date.
func (c *cluster) Migrate(ctx context.Context) error {
	return errors.Join(c.rest.Migrate(ctx), c.Store.Migrate(ctx))
}

// MaintainPartitions does so in both stores. See Store.
func (c *cluster) MaintainPartitions(ctx context.Context, own scenario.Retention) error {
	if err := c.rest.MaintainPartitions(ctx, own); err != nil {
		return err
	}
	days, now, err := c.rest.KeptRecordings(ctx, own)
	if err != nil {
		return err
	}
	return c.Maintain(ctx, days, now)
}

// IndexForSearch settles what was written to ClickHouse, which has nothing else to index.
func (c *cluster) IndexForSearch(ctx context.Context) error { return c.Settle(ctx) }

// Ping checks that both answer.
func (c *cluster) Ping(ctx context.Context) error {
	if err := c.rest.Ping(ctx); err != nil {
		return err
	}
	if err := c.Store.Ping(ctx); err != nil {
		return fmt.Errorf("ClickHouse: %w", err)
	}
	return nil
}

// Close closes both.
func (c *cluster) Close() error { return errors.Join(c.rest.Close(), c.Store.Close()) }

// TooMuch reports whether a smaller batch may be stored. See Sizer.
func (c *cluster) TooMuch(err error) bool { return clickhouse.TooMuch(err) }

// Sever gives up what waits for PostgreSQL; no statement of ClickHouse outlives its time limit. See Severer.
func (c *cluster) Sever() { c.rest.Sever() }

// Stored gives what earlier analyses found. See api.Patterns.
func (c *cluster) Stored(ctx context.Context, filter recording.Filter) (api.PatternReport, error) {
	return c.rest.Stored(ctx, filter)
}

// Detect analyses the newest recordings of a filter, and stores what it finds. See api.Patterns.
func (c *cluster) Detect(ctx context.Context, filter recording.Filter) (api.PatternReport, error) {
	if err := filter.Validate(); err != nil {
		return api.PatternReport{}, err
	}
	var report api.PatternReport
	organic := withoutReplays(filter)
	err := c.analysing.Do(ctx, func() error {
		found, err := analysis.DetectNewest(ctx, func(limit int) iter.Seq2[recording.Recording, error] { return c.Scan(ctx, organic, limit) })
		report = api.PatternReport{Patterns: found.Patterns, Analysed: found.Analysed, Truncated: found.Truncated}
		return err
	})
	if err != nil {
		return api.PatternReport{}, err
	}
	return report, c.rest.KeepPatterns(ctx, report.Patterns)
}

// withoutReplays leaves out replays, which say nothing of those who call.
func withoutReplays(f recording.Filter) recording.Filter {
	not := recording.Filter{}
	if f.Not != nil {
		not = *f.Not
	}
	not.Headers = maps.Clone(not.Headers)
	if not.Headers == nil {
		not.Headers = map[string]string{}
	}
	maps.DeleteFunc(not.Headers, func(name, _ string) bool {
		return recording.HeaderName(name) == recording.HeaderName(replay.Header)
	})
	not.Headers[replay.Header] = recording.AnyValue
	f.Not = &not
	return f
}

// RollUpTraffic does nothing: ClickHouse keeps the figures of each second for as long as it keeps any, a day and what has passed of this
// one. See clickhouse.Store.Maintain.
func (c *cluster) RollUpTraffic(context.Context, scenario.Retention) error { return nil }

// About describes ClickHouse; where PostgreSQL does not answer it is that which is told of.
func (c *cluster) About(ctx context.Context) *api.Storage {
	if about := c.rest.About(ctx); about.Problem != "" {
		return about
	}
	return api.StorageOf("ClickHouse", func() (string, int64, error) {
		server, err := c.Server(ctx)
		return server.Version, server.SchemaVersion, err
	})
}
