package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/analysis"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// The errors that a store may return; the handler turns them into 404, 409, 409 and 503.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("the scenario was changed by someone else in the meantime")
	ErrReadOnly    = errors.New("the preset is built in or configured, and can be copied but not changed")
	ErrUnavailable = errors.New("the database cannot be reached")
	// ErrTooLong is an ErrUnavailable, too: the same may be tried again; the handler turns it into 504.
	ErrTooLong error = tooLong{}
)

// UnavailableError is an ErrUnavailable that says in its own words what cannot be reached.
type UnavailableError struct {
	// Detail is a sentence for users, without secrets.
	Detail string
	// Err is why, for logs.
	Err error
}

func (e *UnavailableError) Error() string { return e.Detail }

// Unwrap makes it an ErrUnavailable.
func (e *UnavailableError) Unwrap() []error { return []error{ErrUnavailable, e.Err} }

// The errors of a replay, besides ErrNotFound and *validation.Error; the handler turns them into 504, 504 and 502.
var (
	ErrReplayNotTaken = errors.New("no running collector has the gateway of the recording, so it was not sent")
	ErrReplayTooLong  = errors.New("the replay was sent, but its answer took too long")
	ErrReplayFailed   = errors.New("the collector could not send the recording; its log says why")
)

// The errors of jobs of replays, besides ErrNotFound and *validation.Error; the handler turns both into 409.
var (
	ErrReplayOver     = errors.New("the replay is over, or being stopped")
	ErrTooManyReplays = errors.New("100 replays are not over yet: stop some, or wait until they have ended")
)

// Audit says who changes the scenario, and why; it goes into the history.
type Audit struct {
	By     string
	Action string
	Reason string
}

// Scenarios keeps the live state. Every change is one transaction: state, history, notification.
// Package apitest holds implementations to this.
type Scenarios interface {
	// Current returns healthy, of a later version or the same, once the expiry has passed; the history then has one entry
	// with the action "expired".
	Current(ctx context.Context) (scenario.Scenario, error)
	// Change reads the state, applies change to it, sets SetAt, SetBy and Reason, validates it, gives it the next
	// version, stores it. Where
	// ifVersion is not nil and is not the current version it returns ErrConflict. What change returns as error is
	// returned as it is, and the state stays.
	Change(ctx context.Context, audit Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error)
	// History returns newest first; before is the version to continue below, 0 for the newest.
	History(ctx context.Context, before int64, limit int) ([]scenario.Change, error)

	Presets(ctx context.Context) ([]scenario.Preset, error)
	Preset(ctx context.Context, name string) (scenario.Preset, error)
	// SavePreset creates or (replace) changes a preset of a user; ErrReadOnly for the others, ErrConflict where it
	// exists and replace is false, ErrNotFound where it does not and replace is true.
	SavePreset(ctx context.Context, preset scenario.Preset, replace bool) error
	DeletePreset(ctx context.Context, name string) error
	// SavePresets saves all of them as presets of users, or none. One that is as it should be already is passed over,
	// whatever its source. Where one cannot be saved the error is a *PresetError about the first of those: ErrReadOnly for
	// those that are not of users, ErrConflict where it exists and replace is false.
	SavePresets(ctx context.Context, presets []scenario.Preset, replace bool) (SavedPresets, error)
}

// Stops takes harm away, whatever the state of the database.
type Stops interface {
	// Stop puts relief in force where it can be at once, before the database is asked, and tells all others. It returns
	// once they are told, or cannot be for now: then it says so in Reach, and they are told later. With an error nothing
	// was changed; ErrConflict is where ifVersion is not nil and is not the version that is known there.
	Stop(ctx context.Context, audit Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, Reach, error)
}

// SavedPresets counts what SavePresets did.
type SavedPresets struct {
	Created  int `json:"created"`
	Replaced int `json:"replaced"`
}

// PresetError says which of several presets could not be saved.
type PresetError struct {
	Index int
	Err   error
}

func (e *PresetError) Error() string { return fmt.Sprintf("presets[%d]: %v", e.Index, e.Err) }

// Unwrap returns why.
func (e *PresetError) Unwrap() error { return e.Err }

// Instances lists the running collectors.
type Instances interface {
	Instances(ctx context.Context) ([]scenario.Instance, error)
}

// WatchedInstances is Instances that tells of what changes. Where Options.Instances has it, changes of the scenario take wait.
// Package apitest holds implementations to this.
type WatchedInstances interface {
	Instances
	// WatchInstances calls seen with the instances as they are now, again soon after one has applied another version, has
	// come or has signed off, and now and then besides: never two calls at once. It returns once ctx ends, whatever the state
	// of the store, and before that only with an error. Any number may watch; they hold no connection of their own.
	WatchInstances(ctx context.Context, seen func([]scenario.Instance)) error
}

// Recordings reads the flight recorder.
type Recordings interface {
	Query(ctx context.Context, query recording.Query) (recording.Page, error)
	Get(ctx context.Context, id uuid.UUID) (recording.Recording, error)
	// SetTags replaces the tags of a recording with what recording.CheckTags gave; ErrNotFound where there is no recording.
	SetTags(ctx context.Context, id uuid.UUID, tags []string) error
	Stats(ctx context.Context, filter recording.Filter) (recording.Stats, error)
	// Scan gives the newest recordings of a filter, at most limit, whole and oldest first. It ends with the first error.
	Scan(ctx context.Context, filter recording.Filter, limit int) iter.Seq2[recording.Recording, error]
}

// Replays sends recordings again, each to the upstream of its gateway, once and in the name of by.
type Replays interface {
	Replay(ctx context.Context, id uuid.UUID, request replay.Request, by string) (replay.Comparison, error)
}

// ReplayJobs sends many recordings again. Header values of a request never come back.
type ReplayJobs interface {
	// CreateReplayJob queues a job of the recordings that are stored now, in the name of by. ErrTooManyReplays where too
	// many are not over yet; a filter that matches nothing, ids that do not exist and targets that no running collector has
	// are *validation.Error.
	CreateReplayJob(ctx context.Context, request replay.JobRequest, by string) (replay.Job, error)
	// ReplayJobs returns one page, newest first.
	ReplayJobs(ctx context.Context, cursor string, limit int) (replay.JobPage, error)
	ReplayJob(ctx context.Context, id uuid.UUID) (replay.Job, error)
	ReplayResults(ctx context.Context, id uuid.UUID, query replay.ResultQuery) (replay.ResultPage, error)
	// SteerReplayJob pauses, resumes or stops; ErrReplayOver where the job is over or stopping.
	SteerReplayJob(ctx context.Context, id uuid.UUID, action replay.JobAction, by string) (replay.Job, error)
}

// PatternReport is what was found in recordings.
type PatternReport struct {
	Patterns []analysis.Pattern `json:"patterns"`
	// Analysed is how many recordings were looked at, 0 where the patterns are those of earlier analyses. Truncated is
	// whether there were more: the newest were taken.
	Analysed  int  `json:"analysed"`
	Truncated bool `json:"truncated"`
}

// StoredPatternConditions are what patterns are told apart by that were found before.
var StoredPatternConditions = recording.Support{Of: "stored patterns", Fields: []string{"from", "to", "gateways", "routes", "consumers"}}

// Patterns finds patterns in recordings, and keeps them.
type Patterns interface {
	// Detect analyses the recordings of a filter, and stores what it finds.
	Detect(ctx context.Context, filter recording.Filter) (PatternReport, error)
	// Stored gives what earlier analyses found, as far as it is of the filter's time range, gateways, routes and consumers. A filter
	// with other conditions is refused by StoredPatternConditions.
	Stored(ctx context.Context, filter recording.Filter) (PatternReport, error)
}

// FleetLimits knows the limits that the running collectors are configured with.
type FleetLimits interface {
	// Limits returns the strictest of all.
	Limits(ctx context.Context) (scenario.Limits, error)
}

// Traffic reads the counted traffic of the fleet.
type Traffic interface {
	// Points returns points in order of time, one per step between from and to; steps without traffic are there with zeros.
	Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error)
}

// GatewayTraffic is Traffic that tells gateways apart. Where Options.Traffic has it, GET /traffic takes a gateway.
type GatewayTraffic interface {
	Traffic
	// GatewayPoints does as Points for one gateway.
	GatewayPoints(ctx context.Context, gateway string, from, to time.Time, step time.Duration) ([]traffic.Point, error)
}
