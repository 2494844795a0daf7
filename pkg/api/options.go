package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Actor is who sends a request.
type Actor struct {
	// Name goes into the history.
	Name string
	// CanWrite reports whether the actor may change anything; all may read.
	CanWrite bool
	// CanReadBodies reports whether that includes bodies, headers, trailers, messages and query parameters of recordings.
	CanReadBodies bool
	// Represented reports whether somebody else sends the request for the actor, see Delegates.
	Represented bool
}

// ErrUnauthenticated is what Authorize returns (wrapped or not) where a request has no valid credentials: 401. A
// *Problem of it is the answer, every other error is 403.
var ErrUnauthenticated = errors.New("authentication is required")

// Options are what New builds on. A port that is nil answers 503, with a problem document that says so.
type Options struct {
	Scenarios Scenarios
	// Stops is for changes that take harm away; where it is nil, they are as other changes of Scenarios.
	Stops      Stops
	Instances  Instances
	Recordings Recordings
	Traffic    Traffic
	Replays    Replays
	ReplayJobs ReplayJobs
	Patterns   Patterns
	// Sums, Series and Changes are what dashboards read.
	Sums    RecordingSums
	Series  TrafficSeries
	Changes Changes
	// About says who answers.
	About func(context.Context) About
	// Importer takes recordings from files.
	Importer Importer

	// Authorize says who sends a request. Where it is nil, all may read and none may write.
	Authorize func(*http.Request) (Actor, error)
	// Limits are the limits of the configuration.
	Limits scenario.Limits
	// FleetLimits are the limits of the collectors, for where there is no configuration; the stricter ones count. nil: none.
	FleetLimits FleetLimits
	// Live starts a stream of updates that ends, and closes its channel, with the context. It mounts GET /ws/metrics;
	// where it is nil there is none. A WebSocket outlives http.Server.Shutdown: close the channel to end it.
	Live func(context.Context) <-chan traffic.Update
	// Ending is closed when the server begins to end: changes that wait for collectors are then answered at once. nil: never.
	Ending <-chan struct{}
	// Capacity is how much is done at once; the zero value is what suits a collector.
	Capacity Capacity
	// CrossOrigin refuses changes that other sites' pages send through a browser. Set it where browsers can reach the
	// handler directly; nil checks nothing.
	CrossOrigin *http.CrossOriginProtection
	// Logger gets a line per change and per internal failure, none per request; nil discards.
	Logger *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}
