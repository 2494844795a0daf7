package mockforgereceiver

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap/exp/zapslog"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
)

const (
	// The pipeline is given batchSize recordings at once, or as many as hold batchBytes.
	batchSize  = 1000
	batchBytes = 2 << 20
	// flushLimit is how long Shutdown waits at most for the pipeline to take what was recorded before.
	flushLimit = 5 * time.Second
)

// recordings is the receiver: a goroutine between a tap of the extension and a pipeline.
//
//	extension ─▶ recorder ─▶ redaction ─┬─▶ storage
//	                                    └─▶ tap (bounded) ─▶ receive ─▶ deliver ─▶ pipeline
type recordings struct {
	config *Config
	id     component.ID
	log    *slog.Logger
	next   consumer.Logs
	report *receiverhelper.ObsReport
	mapper mapper

	host component.Host
	tap  *recorder.Tap
	// trouble is of the goroutine that delivers: what is wrong with the pipeline.
	trouble trouble
	// stopping is closed when nothing is tried again any more, flushing ends when nothing is tried at all.
	stopping chan struct{}
	flushing context.Context
	abort    context.CancelFunc
	running  sync.WaitGroup
	stop     sync.Once
}

func newReceiver(config *Config, set receiver.Settings, next consumer.Logs) (*recordings, error) {
	report, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: "internal", LongLivedCtx: true, ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, err
	}
	r := &recordings{
		config: config, id: set.ID, log: slog.New(zapslog.NewHandler(set.Logger.Core())), next: next, report: report,
		mapper: newMapper(config, set.BuildInfo.Version), stopping: make(chan struct{}),
	}
	r.flushing, r.abort = context.WithCancel(context.Background())
	return r, nil
}

// Start begins to receive. The extension is there already: extensions start first.
func (r *recordings) Start(_ context.Context, host component.Host) error {
	extension, found := host.GetExtensions()[r.config.Extension]
	if !found {
		return fmt.Errorf("extension: there is no extension %s: add it to service::extensions", r.config.Extension)
	}
	tapped, ok := extension.(recorder.Tapped)
	if !ok {
		return fmt.Errorf("extension: %s has no recordings: name one of type mockforge", r.config.Extension)
	}
	tap, err := tapped.Tap(recorder.TapOptions{
		Name: r.id.String(), BufferSize: r.config.BufferSize, BufferBytes: int64(r.config.BufferMaxMB) << 20, Exporters: r.config.IncludeExporters,
	})
	if err != nil {
		return fmt.Errorf("extension: %s: %w", r.config.Extension, err)
	}
	r.host, r.tap = host, tap
	r.running.Go(r.receive)
	return nil
}

// Shutdown gives the pipeline what was recorded so far, within ctx and five seconds, and counts the rest as lost. It may be called without
// Start, and again.
func (r *recordings) Shutdown(ctx context.Context) error {
	defer r.abort()
	if r.tap == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushLimit)
	defer cancel()
	r.stop.Do(func() {
		r.tap.Close(ctx)
		close(r.stopping)
	})
	defer context.AfterFunc(ctx, r.abort)()
	r.running.Wait()
	return nil
}

// receive hands over what comes out of the tap until it is closed and empty.
func (r *recordings) receive() {
	for {
		batch := r.tap.Take(r.flushing, batchSize, batchBytes)
		if len(batch) == 0 {
			r.tap.Abandon(recorder.LostShutdown)
			r.sayLost()
			return
		}
		r.deliver(batch)
	}
}
