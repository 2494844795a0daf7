package api

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// The errors that a store may return; the handler turns them into 404, 409, 409 and 503.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("the scenario was changed by someone else in the meantime")
	ErrReadOnly    = errors.New("the preset is built in or configured, and can be copied but not changed")
	ErrUnavailable = errors.New("the database cannot be reached")
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
	// Current is healthy, of a later version or the same, once the expiry has passed; the history then has one entry
	// with the action "expired".
	Current(ctx context.Context) (scenario.Scenario, error)
	// Change reads the state, applies change to it, sets SetAt, SetBy and Reason, validates it, gives it the next
	// version, stores it. Where
	// ifVersion is not nil and is not the current version it returns ErrConflict. What change returns as error is
	// returned as it is, and the state stays.
	Change(ctx context.Context, audit Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error)
	// History is newest first; before is the version to continue below, 0 for the newest.
	History(ctx context.Context, before int64, limit int) ([]scenario.Change, error)

	Presets(ctx context.Context) ([]scenario.Preset, error)
	Preset(ctx context.Context, name string) (scenario.Preset, error)
	// SavePreset creates or (replace) changes a preset of a user; ErrReadOnly for the others, ErrConflict where it
	// exists and replace is false, ErrNotFound where it does not and replace is true.
	SavePreset(ctx context.Context, preset scenario.Preset, replace bool) error
	DeletePreset(ctx context.Context, name string) error
}

// Instances lists the running collectors.
type Instances interface {
	Instances(ctx context.Context) ([]scenario.Instance, error)
}

// Recordings reads the flight recorder.
type Recordings interface {
	Query(ctx context.Context, query recording.Query) (recording.Page, error)
	Get(ctx context.Context, id uuid.UUID) (recording.Recording, error)
	Stats(ctx context.Context, filter recording.Filter) (recording.Stats, error)
}

// Traffic reads the counted traffic of the fleet.
type Traffic interface {
	// Points are in order of time, one per step between from and to; steps without traffic are there with zeros.
	Points(ctx context.Context, from, to time.Time, step time.Duration) ([]traffic.Point, error)
}
