package jobs

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

const (
	// leaseTime is how long a collector that is not heard of keeps its share.
	leaseTime = 10 * time.Second
	// noCollector is how long the share of a gateway waits for a collector that has it.
	noCollector = 30 * time.Second
	// maxOpenJobs is how many jobs may wait, run or be paused.
	maxOpenJobs = 100
	// maxJobsOfGateway is how many jobs may be at work on one gateway, in the whole fleet.
	maxJobsOfGateway = 4
	// jobLookout bounds how long a job whose notification was lost waits, and how long the lease of a collector that died is
	// noticed late.
	jobLookout = time.Second
	// farewell is how long the last word on a replay may take to be written once the collector stops.
	farewell = 2 * time.Second
)

// Config is what replays need of others.
type Config struct {
	Jobs       JobStore
	Ones       OneStore
	Recordings Recordings
	// Selector, where it is not nil, makes jobs of filters quicker than Recordings can: only where both are in one store.
	Selector Selector
	// Instances are the collectors that run.
	Instances api.Instances
	// Logger gets what happens to jobs; nil logs nothing.
	Logger *slog.Logger
	// TakeWithin is how long a replay of one recording waits for a collector, AnswerWithin for its answer; 0 is 5 s and 28 s, both
	// within the 30 s that servers in front commonly allow.
	TakeWithin, AnswerWithin time.Duration
}

// Replays asks for replays, and serves them. It is safe for use by any number of goroutines.
type Replays struct {
	jobs       JobStore
	ones       OneStore
	recordings Recordings
	selector   Selector
	instances  api.Instances
	log        *slog.Logger

	takeWithin, answerWithin time.Duration
}

var (
	_ api.Replays      = (*Replays)(nil)
	_ api.ReplayJobs   = (*Replays)(nil)
	_ api.ReplayServer = (*Replays)(nil)
)

// New returns replays over stores.
func New(c Config) *Replays {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Replays{
		jobs: c.Jobs, ones: c.Ones, recordings: c.Recordings, selector: c.Selector, instances: c.Instances, log: c.Logger,
		takeWithin: cmp.Or(c.TakeWithin, takeWithin), answerWithin: cmp.Or(c.AnswerWithin, answerWithin),
	}
}
