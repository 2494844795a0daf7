package fault

import (
	"context"
	"time"
)

// KindLatency is what recordings and metrics call Latency.
const KindLatency = "latency"

// Latency waits before the exchange is forwarded or answered.
type Latency struct {
	Delay time.Duration
}

// Inject waits.
func (l Latency) Inject(ctx context.Context, x *Exchange) (bool, error) {
	x.did(KindLatency, milliseconds(l.Delay))
	return false, x.Wait(ctx, l.Delay)
}
