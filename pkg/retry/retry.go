// Package retry tries again what failed since something else is away: after a short while, then ever more seldom up to a bound.
// Each wait is drawn at random around its length, so that the processes of a fleet do not all come back at once to a database
// that has just come back itself.
package retry

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// jitter is how far a wait may be from its length, as a share of it.
const jitter = 0.25

// Pace gives how long to wait before the next attempt. It is not safe for use by several goroutines.
type Pace struct{ waits *backoff.ExponentialBackOff }

// NewPace waits for about first, twice as long each time, and never longer than most.
func NewPace(first, most time.Duration) Pace {
	waits := backoff.NewExponentialBackOff()
	waits.Multiplier, waits.RandomizationFactor = 2, jitter
	// The library bounds what it draws around.
	waits.MaxInterval = time.Duration(float64(most) / (1 + jitter))
	waits.InitialInterval = min(first, waits.MaxInterval)
	return Pace{waits}
}

// Next returns how long to wait now.
func (p Pace) Next() time.Duration { return p.waits.NextBackOff() }

// Reset begins anew, after an attempt that has succeeded.
func (p Pace) Reset() { p.waits.Reset() }

// Wait waits for as long as it is time to, and returns the error of ctx where that ends first.
func (p Pace) Wait(ctx context.Context) error {
	timer := time.NewTimer(p.Next())
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Until tries at a pace until try succeeds, and returns how often it has failed before. The error is that of ctx, where it ends
// first. failed, which may be nil, is told the first failure, so that a log says once that something is away.
func Until(ctx context.Context, pace Pace, try func() error, failed func(error)) (failures int, err error) {
	_, err = backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, try() },
		backoff.WithBackOff(pace.waits), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) {
			if failures++; failures == 1 && failed != nil {
				failed(err)
			}
		}))
	if err != nil {
		// The library gives up for nothing else.
		err = ctx.Err()
	}
	return failures, err
}
