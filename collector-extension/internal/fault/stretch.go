package fault

import (
	"context"
	"time"
)

// KindStretch is what recordings and metrics call Stretch, which only degraded mode has.
const KindStretch = "stretch"

// Stretch makes the upstream's own latency longer: the exchange then takes Multiplier times as long up to the first
// byte of the answer, and Floor at least.
type Stretch struct {
	forwards
	Multiplier float64
	Floor      time.Duration
}

// FirstByte waits for what is missing.
func (s Stretch) FirstByte(ctx context.Context, x *Exchange, upstream time.Duration) error {
	missing := max(time.Duration(float64(upstream)*s.Multiplier), s.Floor) - upstream
	if missing <= 0 {
		return nil
	}
	x.Note(KindStretch, milliseconds(missing))
	return x.Wait(ctx, missing)
}
