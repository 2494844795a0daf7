package scenario

import (
	"math"
	"math/rand/v2"
	"time"
)

// DelayAt is the latency of message or part n of the exchange, counted from 0; 0 for kinds other than latency.
func (d Drawn) DelayAt(n int) time.Duration {
	if d.Kind != FaultLatency {
		return 0
	}
	return d.latency(d.random(drawLatency, n+1))
}

// latency draws from the distribution with a source that begins at seed. The source and its normal numbers are fixed by
// Go's compatibility promise; rounding to microseconds then hides the last bits, in which the exponential functions of
// different processors differ.
func (f *Fault) latency(seed uint64) time.Duration {
	if f.DelayMS != nil && f.distribution() == Fixed {
		return rounded(*f.DelayMS)
	}
	var source rand.PCG
	source.Seed(seed, mix(seed))
	var ms float64
	switch f.distribution() {
	case Uniform:
		ms = *f.MinMS + float64((*f.MaxMS-*f.MinMS)*unit(source.Uint64()))
	case Normal:
		ms = *f.DelayMS + float64(*f.DeviationMS*rand.New(&source).NormFloat64())
	case LogNormal:
		ms = *f.DelayMS * math.Exp(*f.Sigma*rand.New(&source).NormFloat64())
	case Pareto:
		ms = *f.DelayMS * math.Pow(1-unit(source.Uint64()), -1 / *f.Alpha)
	}
	low, high := 0.0, float64(MaxDelayMS)
	if f.MinMS != nil {
		low = *f.MinMS
	}
	if f.MaxMS != nil {
		high = *f.MaxMS
	}
	return rounded(min(max(ms, low), high))
}

func rounded(ms float64) time.Duration {
	return time.Duration(math.Round(ms*1000)) * time.Microsecond
}
