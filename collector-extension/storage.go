package mockforgeextension

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/spool"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/state"
	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/api/memory"
	"github.com/mockforge/mockforge-observability-app/pkg/live"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage"
)

// bus is where the state of the fleet is: in a store, or in memory where there is none.
type bus struct {
	scenarios scenarios
	fleet     fleet
	// store and follower are nil where state is in memory.
	store    storage.Store
	follower *state.Follower
}

// scenarios are read, changed and stopped.
type scenarios interface {
	api.Scenarios
	api.Stops
}

// fleet is what is known of all collectors, or of this one where there is no store.
type fleet interface {
	api.WatchedInstances
	api.Traffic
	live.Store
}

// startStorage opens what the configuration names. It connects to nothing: PostgreSQL may be away.
func (m *mockforge) startStorage(ctx context.Context) (bus, error) {
	presets, err := m.config.Scenarios.presets()
	if err != nil {
		return bus{}, fmt.Errorf("scenarios: %w", err)
	}
	stops := state.NewStopFile(m.config.Recorder.Storage.SpoolDirectory)
	stopped := m.stopped(stops)
	store, err := m.openStore()
	if err != nil {
		return bus{}, fmt.Errorf("recorder::storage: %w", err)
	}
	if store == nil {
		if m.config.Recorder.Enabled {
			if err := m.startTapsAlone(); err != nil {
				return bus{}, err
			}
		}
		return m.startMemory(presets, stops, stopped)
	}
	m.onShutdown(func(context.Context) error { return store.Close() })
	serve, err := m.replays(store)
	if err != nil {
		return bus{}, err
	}
	// Stopped after all that is written, since it may still be preparing the schema; started when the gateways are known.
	follower := state.NewFollower(state.FollowerOptions{
		Store: store, Live: m.live, Default: m.config.Scenarios.defaultScenario().Definition,
		Presets: append(scenario.BuiltInPresets(), presets...), Logger: m.log,
		RetentionDays: m.config.Recorder.Storage.RetentionDays, HistoryDays: m.config.Scenarios.HistoryDays,
		TrafficDays: m.config.Recorder.Storage.TrafficDays,
		Limits:      m.config.Scenarios.limits(), StopFile: stops, Pending: stopped, Serve: serve,
	})
	m.onShutdown(severing(store, farewell, follower.Shutdown))
	if _, mayBeAway := store.(storage.Severer); !mayBeAway {
		if err := follower.Prepare(ctx); err != nil {
			m.log.Warn("the scenario cannot be read yet, and is the default until it can", "error", err)
		}
	}
	if m.config.Recorder.Enabled {
		if err := m.startRecorder(store); err != nil {
			return bus{}, err
		}
	}
	reporter := m.startReporter(store)
	m.onShutdown(severing(store, farewell, reporter.Shutdown))
	return bus{scenarios: follower.Scenarios(store), fleet: store, store: store, follower: follower}, nil
}

// startMemory keeps scenarios, and the figures of this collector, in its memory.
func (m *mockforge) startMemory(presets []scenario.Preset, stops *state.StopFile, stopped *scenario.Stop) (bus, error) {
	initial := m.config.Scenarios.defaultScenario()
	if stopped != nil {
		initial = stopped.Over(initial)
		if err := m.live.Store(initial); err != nil {
			return bus{}, err
		}
	}
	var solo *state.Solo
	scenarios, err := memory.New(memory.Options{
		Initial: initial, Presets: presets,
		OnChange: func(s scenario.Scenario) { m.apply(s); solo.Changed() },
	})
	if err != nil {
		return bus{}, err
	}
	solo = state.NewSolo(state.SoloOptions{
		Current:  scenarios.Current,
		Applied:  func() scenario.Scenario { return m.engine().Scenario() },
		Instance: m.currentInstance,
	})
	reporter := m.startReporter(solo)
	m.onShutdown(func(ctx context.Context) error { reporter.Shutdown(ctx); return nil })
	return bus{scenarios: state.NewSoloScenarios(scenarios, stops, stopped, m.log), fleet: solo}, nil
}

// stopped returns what was stopped in an earlier run, and not lifted since; nil for nothing.
func (m *mockforge) stopped(stops *state.StopFile) *scenario.Stop {
	stopped, err := stops.Load()
	switch {
	case err != nil:
		m.log.Error("a stop is on the disk that cannot be read: everything is stopped, until somebody sets a scenario", "error", err)
	case stopped != nil:
		m.log.Info("a stop of an earlier run is in force", "action", stopped.Action, "set_by", stopped.By, "stopped_at", stopped.At)
	}
	return stopped
}

// startReporter writes what is counted once a second.
func (m *mockforge) startReporter(to state.TrafficStore) *state.Reporter {
	reporter := state.NewReporter(to, m.counter, m.log)
	reporter.Start()
	return reporter
}

// startRecorder records what gateways capture, with a spool where one is configured.
func (m *mockforge) startRecorder(store storage.Store) error {
	options, err := m.recorderOptions()
	if err != nil {
		return err
	}
	options.Sink, options.Writers = sink{store, m.log}, m.config.Recorder.Storage.writers()
	if directory := m.config.Recorder.Storage.SpoolDirectory; directory != "" {
		opened, err := spool.Open(spool.Options{Directory: directory, MaxBytes: int64(m.config.Recorder.Storage.SpoolMaxMB) << 20})
		if err != nil {
			return fmt.Errorf("recorder::storage::spool_directory: %s %w", directory, err)
		}
		if n := opened.Len(); n > 0 {
			m.log.Info("recordings of an earlier run wait on disk for the database", "count", n, "bytes", opened.Bytes())
		}
		m.onShutdown(func(context.Context) error { return opened.Close() })
		options.Spool = opened
	}
	m.startRecording(options)
	m.onShutdown(severing(store, flush, m.recorder.Shutdown))
	return nil
}

// apply puts a scenario in force that was set in memory.
func (m *mockforge) apply(s scenario.Scenario) {
	if err := m.live.Store(s); err != nil {
		m.log.Error("the scenario is invalid; what was in force stays", "error", err)
		return
	}
	m.log.Info("scenario in force", "mode", s.Mode, "version", s.Version, "set_by", s.SetBy)
}

// sink writes recordings to a store.
type sink struct {
	store storage.Store
	log   *slog.Logger
}

func (s sink) WriteRecordings(ctx context.Context, batch []*recording.Recording) (int, error) {
	err := s.store.WriteBatch(ctx, batch)
	if rejected, ok := errors.AsType[*api.RejectedError](err); ok {
		s.log.ErrorContext(ctx, "recordings cannot be stored", "count", len(rejected.IDs), "first", rejected.IDs[0], "reason", rejected.Reason())
		return len(rejected.IDs), nil
	}
	if storage.TooMuch(s.store, err) {
		err = fmt.Errorf("%w: %w", recorder.ErrTooMuch, err)
	}
	return 0, err
}
