// Package fault has the kinds of harm that are done to an exchange, one file each.
//
// To add a fault: write a type with Inject, in a file of its own, and add it to From. Every wait goes through
// Exchange.Wait, so that it ends when the client gives up or the gateway stops.
package fault

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Fault is one kind of harm done to one exchange, before it is forwarded.
type Fault interface {
	// Inject harms x. It returns whether x has its answer, so that nothing is forwarded; the error is that of ctx
	// where the client gave up.
	Inject(ctx context.Context, x *Exchange) (answered bool, err error)
}

// FirstByter is a fault that waits for the upstream: FirstByte is called when its response headers are there, upstream
// after the exchange was forwarded, and before the client sees them.
type FirstByter interface {
	FirstByte(ctx context.Context, x *Exchange, upstream time.Duration) error
}

// Exchange is what faults can do with the exchange that they harm, and what they did.
type Exchange struct {
	// Answer answers with an HTTP status, in the terms of the exchange's protocol.
	Answer func(status int)
	// Stopping is closed when the gateway stops: waits then end at once.
	Stopping <-chan struct{}
	// Injected are the faults that were done, in order.
	Injected []recording.Fault
	// Delay is how long faults have made the exchange wait in total.
	Delay time.Duration
}

// Wait waits for d and adds it to the delay. It returns early without an error when the gateway stops, so that what was
// delayed still gets through, and with the error of ctx when the client gives up.
func (x *Exchange) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	start := time.Now()
	defer func() { x.Delay += time.Since(start) }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-x.Stopping:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (x *Exchange) did(kind, detail string) {
	x.Injected = append(x.Injected, recording.Fault{Kind: kind, Detail: detail})
}

// From returns the faults of a decision, in the order in which they are injected; none for one that injects nothing.
func From(d scenario.Decision) []Fault {
	if !d.Injects() {
		return nil
	}
	faults := make([]Fault, 0, 3)
	if d.Delay > 0 {
		faults = append(faults, Latency{Delay: d.Delay})
	}
	if d.Timeout > 0 {
		return append(faults, Timeout{Limit: d.Timeout})
	}
	if d.Status != 0 {
		return append(faults, Error{Status: d.Status})
	}
	if d.Multiplier > 1 {
		faults = append(faults, Stretch{Multiplier: d.Multiplier, Floor: d.Floor})
	}
	return faults
}

// Header is the value of the X-MockForge-Fault header: what answered first, then what delayed and for how long, as in
// "error;latency=120ms". It is empty where nothing was done.
func Header(faults []recording.Fault) string {
	var parts []string
	for _, f := range faults {
		switch f.Kind {
		case KindLatency, KindStretch:
			parts = append(parts, f.Kind+"="+f.Detail)
		default:
			parts = slices.Insert(parts, 0, f.Kind)
		}
	}
	return strings.Join(parts, ";")
}

// milliseconds is how delays are shown to people.
func milliseconds(d time.Duration) string { return d.Round(time.Millisecond).String() }
