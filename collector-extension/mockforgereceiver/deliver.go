package mockforgereceiver

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// format is what the Collector's own telemetry calls the form of what is received.
const format = "mockforge"

// trouble is there from the first batch that the pipeline refuses to the next that it takes whole.
type trouble struct {
	present bool
	// before is how many were lost before it.
	before int64
}

// deliver gives a batch to the pipeline, again and again where it refuses it for now, and counts what it took and what not.
func (r *recordings) deliver(batch []*recording.Recording) {
	ctx := r.report.StartLogsOp(r.flushing)
	lost, reason, err := r.send(ctx, batch)
	if taken := len(batch) - lost; taken > 0 && lost > 0 {
		r.report.EndLogsOp(ctx, format, taken, nil)
		ctx = r.report.StartLogsOp(r.flushing)
		r.report.EndLogsOp(ctx, format, lost, err)
	} else {
		r.report.EndLogsOp(ctx, format, len(batch), err)
	}
	r.tap.Delivered(len(batch) - lost)
	if lost == 0 {
		r.wellAgain()
		return
	}
	r.troubled(err)
	r.tap.Lost(reason, lost)
}

// send returns how many of a batch the pipeline did not take in the end, and why.
func (r *recordings) send(ctx context.Context, batch []*recording.Recording) (lost int, reason string, err error) {
	observed := time.Now()
	// Made anew for each try: what a pipeline has got, it may have changed.
	logs := func() plog.Logs { return r.mapper.logs(batch, observed) }
	lost = len(batch)
	waits := r.waits()
	for {
		err = r.next.ConsumeLogs(ctx, logs())
		switch {
		case err == nil:
			return 0, "", nil
		case consumererror.IsPermanent(err):
			return lost, recorder.LostRefused, err
		}
		if partly, ok := errors.AsType[consumererror.Logs](err); ok {
			rest := copied(partly.Data())
			if lost = rest.LogRecordCount(); lost == 0 {
				return 0, "", nil
			}
			logs = func() plog.Logs { return copied(rest) }
		}
		select {
		case <-r.stopping:
			return lost, recorder.LostShutdown, err
		default:
		}
		wait, again := waits()
		if !again {
			return lost, recorder.LostRetried, err
		}
		r.troubled(err)
		r.pause(wait)
	}
}

// pause waits, unless the receiver stops: then the next try is the last.
func (r *recordings) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.stopping:
	case <-r.flushing.Done():
	}
}

func copied(logs plog.Logs) plog.Logs {
	c := plog.NewLogs()
	logs.CopyTo(c)
	return c
}

// waits returns how long to wait before each try of a batch; again is false where there is none.
func (r *recordings) waits() func() (wait time.Duration, again bool) {
	c := r.config.RetryOnFailure
	growing := backoff.ExponentialBackOff{
		InitialInterval: c.InitialInterval, RandomizationFactor: c.RandomizationFactor, Multiplier: c.Multiplier, MaxInterval: c.MaxInterval,
	}
	growing.Reset()
	start := time.Now()
	return func() (time.Duration, bool) {
		if !c.Enabled {
			return 0, false
		}
		wait := growing.NextBackOff()
		return wait, c.MaxElapsedTime == 0 || time.Since(start)+wait <= c.MaxElapsedTime
	}
}

// troubled says once that the pipeline does not take recordings.
func (r *recordings) troubled(err error) {
	if r.trouble.present {
		return
	}
	r.trouble = trouble{present: true, before: r.tap.LostSoFar()}
	r.log.Warn("the pipeline refuses recordings: they wait in memory as far as there is room, and are lost to it beyond; traffic and storage are not affected", "error", err)
	componentstatus.ReportStatus(r.host, componentstatus.NewRecoverableErrorEvent(err))
}

// wellAgain says once that it does again.
func (r *recordings) wellAgain() {
	if !r.trouble.present {
		return
	}
	r.log.Info("the pipeline takes recordings again", "lost", r.tap.LostSoFar()-r.trouble.before)
	r.trouble = trouble{}
	componentstatus.ReportStatus(r.host, componentstatus.NewEvent(componentstatus.StatusOK))
}

// sayLost says at the end what the pipeline did not take since it is in trouble.
func (r *recordings) sayLost() {
	if lost := r.tap.LostSoFar() - r.trouble.before; r.trouble.present && lost > 0 {
		r.log.Error("recordings are lost to the pipeline, which did not take them", "count", lost)
	}
}
