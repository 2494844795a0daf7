package fault

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/punctual"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Exchange is what faults can do with the exchange that they harm, and what they did. Bodies are read in other goroutines
// than that of the exchange: its methods may be called from any.
type Exchange struct {
	// Answer answers in the terms of the exchange's protocol.
	Answer func(Answer)
	// Stopping is closed when the gateway stops, Released when the scenario that has decided is no longer in force
	// (scenario.Engine.Done): waits then end at once, and what has not happened yet does not. Nil is never.
	Stopping, Released <-chan struct{}

	mu       sync.Mutex
	injected []recording.Fault
	delay    time.Duration
	broken   BrokenError
	removed  []string
}

// Injected returns the faults that were done, or are being done to a body that is still under way, in order.
func (x *Exchange) Injected() []recording.Fault {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.injected) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(x.injected), func(f recording.Fault) bool { return f.Kind == "" })
}

// Delay returns how long faults have made the exchange wait in total.
func (x *Exchange) Delay() time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.delay
}

// Broken returns how a fault has broken the exchange off; empty where none has.
func (x *Exchange) Broken() BrokenError {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.broken
}

// Removed returns the names of headers that a fault has taken off the answer: servers must not put theirs in the place.
func (x *Exchange) Removed() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.removed
}

// Wait waits for d and adds it to the delay. It returns early without an error when the scenario is no longer in force or
// the gateway stops, so that what was delayed still gets through, and with the error of ctx when the client gives up.
func (x *Exchange) Wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	start := time.Now()
	defer func() {
		waited := time.Since(start)
		x.mu.Lock()
		defer x.mu.Unlock()
		x.delay += waited
	}()
	timer := punctual.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-x.Released:
		return nil
	case <-x.Stopping:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Over reports whether what was decided holds no longer: bodies pass as they are from then on.
func (x *Exchange) Over() bool {
	select {
	case <-x.Released:
		return true
	case <-x.Stopping:
		return true
	default:
		return false
	}
}

// released reports whether the scenario that has decided is no longer in force.
func (x *Exchange) released() bool {
	select {
	case <-x.Released:
		return true
	default:
		return false
	}
}

// Note adds a fault to those that were done. What it returns is for Withdraw.
func (x *Exchange) Note(kind scenario.FaultKind, detail string) (note int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.injected = append(x.injected, recording.Fault{Kind: string(kind), Detail: detail})
	return len(x.injected) - 1
}

// Withdraw takes back what was noted: it did not happen after all.
func (x *Exchange) Withdraw(note int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.injected[note] = recording.Fault{}
}

// Break notes that the exchange is broken off, and how. It returns b.
func (x *Exchange) Break(b BrokenError) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.broken == "" {
		x.broken = b
	}
	return b
}

func (x *Exchange) remove(name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.removed = append(x.removed, name)
}
