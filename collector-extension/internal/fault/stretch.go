package fault

import (
	"context"
	"time"
)

// KindStretch is what recordings and metrics call Stretch.
const KindStretch = "stretch"

// Stretch makes the upstream's own latency longer: the exchange then takes Multiplier times as long up to the first
// byte of the answer, and Floor at least.
type Stretch struct {
	Multiplier float64
	Floor      time.Duration
}

// Inject does nothing: what there is to stretch is known at the first byte.
func (Stretch) Inject(context.Context, *Exchange) (bool, error) { return false, nil }

// FirstByte waits for what is missing.
func (s Stretch) FirstByte(ctx context.Context, x *Exchange, upstream time.Duration) error {
	missing := max(time.Duration(float64(upstream)*s.Multiplier), s.Floor) - upstream
	if missing <= 0 {
		return nil
	}
	x.did(KindStretch, milliseconds(missing))
	return x.Wait(ctx, missing)
}
