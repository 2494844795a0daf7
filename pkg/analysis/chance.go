package analysis

import (
	"math"
	"slices"
	"time"
)

// tail bounds the chance that k and more of n independent trials succeed, where they do with probability p on average
// (Hoeffding 1963, theorem 1; the probabilities of the trials may differ). It errs on the side of chance.
func tail(k, n int, p float64) float64 {
	if n == 0 || k == 0 {
		return 1
	}
	q := float64(k) / float64(n)
	switch {
	case q <= p:
		return 1
	case p <= 0:
		return 0
	case q >= 1:
		return math.Pow(p, float64(n))
	}
	divergence := q*math.Log(q/p) + (1-q)*math.Log((1-q)/(1-p))
	return math.Exp(-float64(n) * divergence)
}

// pause finds the time that separates short waits from long ones, where there clearly are both: a void in which the
// next longer wait is at least three times as long. Waits that come by chance at a constant rate have no such void
// among the middle of them. It returns 0 where there is none.
func pause(waits []time.Duration) time.Duration {
	if len(waits) < 10 {
		return 0
	}
	sorted := slices.Clone(waits)
	slices.Sort(sorted)
	// At least 5 % of the waits are above, at least a third below, and three of each.
	low, high := max(len(sorted)/3, 3), len(sorted)-max(len(sorted)/20, 3)
	best, at := 3.0, time.Duration(0)
	for i := low; i <= high && i < len(sorted); i++ {
		below, above := max(sorted[i-1], time.Millisecond), sorted[i]
		if ratio := float64(above) / float64(below); ratio > best {
			best, at = ratio, time.Duration(math.Sqrt(float64(below)*float64(above)))
		}
	}
	return at
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// round keeps three figures, so that stored metadata is short.
func round(x float64) float64 {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	scale := math.Pow(10, 3-math.Ceil(math.Log10(math.Abs(x))))
	if math.IsInf(scale, 0) || scale == 0 {
		return 0
	}
	return math.Round(x*scale) / scale
}
