package mockforgeextension

import (
	"context"
	"errors"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/telemetry"
)

var _ recorder.Tapped = (*mockforge)(nil)

// Tap hands recordings to receivers, which start after the extension and stop before it.
func (m *mockforge) Tap(o recorder.TapOptions) (*recorder.Tap, error) {
	if m.recorder == nil {
		return nil, errors.New("nothing is recorded: recorder::enabled of the extension is false")
	}
	return m.recorder.Tap(o)
}

// startTapsAlone records for receivers, and stores nothing: there is no store.
func (m *mockforge) startTapsAlone() error {
	options, err := m.recorderOptions()
	if err != nil {
		return err
	}
	m.startRecording(options)
	m.onShutdown(func(ctx context.Context) error { m.recorder.Shutdown(ctx); return nil })
	return nil
}

// recorderOptions returns what recorders have in common, wherever they store.
func (m *mockforge) recorderOptions() (recorder.Options, error) {
	c := m.config.Recorder
	sampler, err := recorder.NewSampler(c.Sampling)
	if err != nil {
		return recorder.Options{}, fmt.Errorf("recorder::sampling: %w", err)
	}
	return recorder.Options{
		Sampler: sampler, Redactor: m.redactor, Metrics: m.metrics, Logger: m.log, BufferSize: c.BufferSize,
		BufferBytes: int64(c.BufferMaxMB) << 20, Exclude: c.ExcludePaths, Taps: tapMetrics{m.metrics}, Exporters: m.config.Middleware.ExportersName,
	}, nil
}

func (m *mockforge) startRecording(o recorder.Options) {
	m.recorder = recorder.New(o)
	m.recorder.Start()
}

// tapQueues returns how many recordings wait for each receiver.
func (m *mockforge) tapQueues() map[string]int {
	if m.recorder == nil {
		return nil
	}
	return m.recorder.TapQueues()
}

// tapMetrics counts for Prometheus what happens at taps.
type tapMetrics struct{ *telemetry.Metrics }

// TapOpened begins what is counted of a receiver.
func (m tapMetrics) TapOpened(name string) { m.DeclareTap(name, recorder.LostReasons()) }
