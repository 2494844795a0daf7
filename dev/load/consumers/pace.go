package consumers

import (
	"context"
	"math/rand/v2"
	"time"
)

// repeat waits for about one period, a fifth more or less, and reports whether ctx is still in force.
func repeat(ctx context.Context, period time.Duration) bool {
	return pause(ctx, time.Duration(float64(period)*(0.8+0.4*rand.Float64())))
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
