package api

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// The ports of this file are of those who use a store beside the handler: collectors write and serve by them, data sources read.
// Package apitest holds implementations to them.

// RejectedError says that some recordings of a batch cannot be stored, now or later. The others were stored.
type RejectedError struct {
	IDs []uuid.UUID
	// Err is what the store said of the first; it may quote contents of the recording.
	Err error
	// Cause is why the first cannot be stored, for logs, without contents of the recording; empty where Err has none.
	Cause string
}

func (e *RejectedError) Error() string {
	return fmt.Sprintf("%d recordings cannot be stored: %v", len(e.IDs), e.Err)
}

// Unwrap returns what the store said of the first.
func (e *RejectedError) Unwrap() error { return e.Err }

// Reason returns why the first cannot be stored, for logs: nothing of the recording is in it.
func (e *RejectedError) Reason() string {
	if e.Cause != "" {
		return e.Cause
	}
	return e.Err.Error()
}

// RecordingWriter stores recordings.
type RecordingWriter interface {
	// WriteRecordings stores a batch, all or nothing. A recording that is there already, since an earlier attempt succeeded without
	// the caller learning of it, is left as it is. After ErrUnavailable the same batch may be tried again later; after
	// *RejectedError it must not, the rest of the batch having been stored. What cannot be text of the store is changed
	// as recording.AsText does, a time before 2000 or after 2199 is taken from the ID, and no recording is rejected for a length.
	WriteRecordings(ctx context.Context, recordings []recording.Recording) error
}

// RecordingSums counts recordings by one thing.
type RecordingSums interface {
	// Values gives the values that recordings of a filter have for one of the filter's own lists (field: protocols, gateways,
	// methods, routes, modes, consumers, statuses, rules, faults, tags, failed_by or failure_kind), the most frequent first,
	// then in the order of the texts, at most limit (1 to 1000) of them.
	Values(ctx context.Context, filter recording.Filter, field string, limit int) ([]recording.Count, error)
	// Volume counts the recordings of a filter, which must have a time range, by severity (error, warning, info) and step.
	// Keys are the beginnings of steps, multiples of step; steps without recordings are left out.
	Volume(ctx context.Context, filter recording.Filter, step time.Duration) (map[string]map[time.Time]int64, error)
}

// TrafficWriter keeps what instances count.
type TrafficWriter interface {
	// WriteTraffic stores intervals. Writing the same ones again changes nothing.
	WriteTraffic(ctx context.Context, intervals []traffic.Interval) error
}

// TrafficSeries is traffic broken down.
type TrafficSeries interface {
	// Series breaks the traffic of the fleet in [from, to) down by a dimension, in steps that begin at multiples of step.
	// It gives the limit (1 to 1000) busiest series.
	Series(ctx context.Context, from, to time.Time, step time.Duration, by traffic.Dimension, selection traffic.Selection, limit int) (traffic.Breakdown, error)
}

// Changes is the history of the scenario by time.
type Changes interface {
	// Changes gives the newest changes of the scenario within [from, to], at most limit, newest first, and after them the
	// one that was in force at from where there is room.
	Changes(ctx context.Context, from, to time.Time, limit int) ([]scenario.Change, error)
}

// Published is what collectors make known of their configuration.
type Published interface {
	// PublishDefault makes known what is in force where nothing was ever set.
	PublishDefault(ctx context.Context, definition scenario.Definition) error
	// PublishPresets makes the configured ones among presets the configured presets of the fleet, in place of those before.
	// Where there is no configured one, nothing changes: a collector without presets does not take away those of others.
	PublishPresets(ctx context.Context, presets []scenario.Preset) error
}

// Registry is where collectors say that they run.
type Registry interface {
	// Register says that the instance is alive, what it serves and with which limits.
	Register(ctx context.Context, instance scenario.Instance) error
	// Deregister signs it off.
	Deregister(ctx context.Context, id string) error
}

// ReplayServer is how a collector takes part in replays. Its methods work for the named gateways until ctx ends, and then return
// nil once what they have begun is over or was given back.
type ReplayServer interface {
	ServeReplays(ctx context.Context, name string, gateways []string, run replay.RunOne) error
	ServeReplayJobs(ctx context.Context, name string, gateways []string, begin replay.Begin) error
}
