package state

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// SoloScenarios are the scenarios of a collector without a database. A stop outlives a restart where the collector has a
// directory for it, until the next change.
type SoloScenarios struct {
	api.Scenarios
	file *StopFile
	log  *slog.Logger
	// changing makes the disk follow the changes in their order, and guards what it keeps.
	changing sync.Mutex
	kept     *scenario.Stop
}

var (
	_ api.Scenarios = (*SoloScenarios)(nil)
	_ api.Stops     = (*SoloScenarios)(nil)
)

// NewSoloScenarios makes them of a store in memory, which puts in force what it is given before it returns. kept is the
// stop of an earlier run with which it began, nil for none.
func NewSoloScenarios(memory api.Scenarios, file *StopFile, kept *scenario.Stop, log *slog.Logger) *SoloScenarios {
	return &SoloScenarios{Scenarios: memory, file: file, kept: kept, log: log}
}

// Change changes the scenario in the store; an earlier stop is forgotten by it.
func (s *SoloScenarios) Change(ctx context.Context, audit api.Audit, ifVersion *int64, change func(*scenario.Scenario) error) (scenario.Scenario, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	changed, err := s.Scenarios.Change(ctx, audit, ifVersion, change)
	if err != nil {
		return changed, err
	}
	s.kept = nil
	if err := s.file.Remove(); err != nil {
		s.log.Error("a stop cannot be removed from recorder::storage::spool_directory: it is in force again after a restart", "error", err)
	}
	return changed, nil
}

// Stop takes harm away, and keeps that on disk. See api.Stops.
func (s *SoloScenarios) Stop(ctx context.Context, audit api.Audit, ifVersion *int64, relief scenario.Relief) (scenario.Scenario, api.Reach, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	// A client that has left wanted it all the same.
	changed, err := s.Scenarios.Change(context.WithoutCancel(ctx), audit, ifVersion, func(next *scenario.Scenario) error {
		*next = relief.From(*next)
		return nil
	})
	if err != nil {
		return changed, api.Reach{}, err
	}
	reach := api.Reach{Collector: api.InForce, Fleet: api.Told, Durable: true}
	stop := scenario.Stop{Relief: relief, By: audit.By, Action: audit.Action, Reason: audit.Reason, At: changed.SetAt}
	if s.kept != nil {
		stop = s.kept.Then(stop)
	}
	s.kept = &stop
	switch err := s.file.Save(stop); {
	case errors.Is(err, errNoDirectory):
		reach.Durable, reach.Detail = false, "It is in memory only, since "+err.Error()+": a restart brings back default_mode."
	case err != nil:
		s.log.Error("the disk cannot keep what is stopped: make room in recorder::storage::spool_directory, and let it be written to", "error", err)
		reach.Durable, reach.Detail = false, "This collector could not keep it on its disk: a restart brings back default_mode."
	}
	return changed, reach, nil
}
