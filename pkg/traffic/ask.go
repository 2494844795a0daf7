package traffic

import (
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// MaxSteps bounds how many steps a store is asked for at once; the API allows 1,000.
	MaxSteps = 10_000
	// MaxSeries bounds how many series it is asked for.
	MaxSeries = 1000
)

// CheckSteps refuses a range of time, or a step, that a store does not answer: *validation.Error of from or step.
func CheckSteps(from, to time.Time, step time.Duration) error {
	switch {
	case step < time.Second:
		return validation.Errorf("step", "must be at least 1s, is %s", step)
	case !from.Before(to):
		return validation.Errorf("from", "must be before to")
	case to.Sub(from)/step >= MaxSteps:
		return validation.Errorf("step", "must be larger: from and to are more than %d steps apart", MaxSteps)
	}
	return nil
}

// CheckSeries does as CheckSteps for a breakdown.
func CheckSeries(from, to time.Time, step time.Duration, by Dimension, limit int) error {
	switch {
	case !slices.Contains(Dimensions(), by):
		return validation.Errorf("by", "must be empty, gateway, protocol, route or mode, is %q", by)
	case limit < 1 || limit > MaxSeries:
		return validation.Errorf("limit", "must be between 1 and %d, is %d", MaxSeries, limit)
	}
	return CheckSteps(from, to, step)
}

// Columns returns what a dimension groups by, of gateway, protocol, route and mode.
func (d Dimension) Columns() []string {
	switch d {
	case ByGateway:
		return []string{"gateway"}
	case ByProtocol:
		return []string{"protocol"}
	case ByRoute: // Gateways may have the same routes.
		return []string{"gateway", "route"}
	case ByMode:
		return []string{"mode"}
	default:
		return nil
	}
}

// Add appends an interval to the series of its key, which is the last one or a new one.
func (b *Breakdown) Add(in Interval) {
	if n := len(b.Series); n == 0 || b.Series[n-1].Key != in.Key {
		b.Series = append(b.Series, Series{Key: in.Key})
	}
	last := &b.Series[len(b.Series)-1]
	last.Intervals = append(last.Intervals, in)
}
