package shop

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// weather is how the API behaves by itself: the latencies and failures that no scenario has made.
type weather struct {
	errorRate    float64
	latencyScale float64
}

// wait holds the caller for a time whose median is the given one. Latencies of services are about log-normal: most
// answers near the median, a few far above it.
func (w weather) wait(ctx context.Context, median time.Duration) error {
	d := time.Duration(float64(median) * w.latencyScale * math.Exp(0.4*rand.NormFloat64()))
	d = min(d, 10*median)
	if d <= 0 {
		return ctx.Err()
	}
	return pause(ctx, d)
}

// fails reports whether this request is drawn to fail, factor times as often as the configured rate.
func (w weather) fails(factor float64) bool { return rand.Float64() < w.errorRate*factor }

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
