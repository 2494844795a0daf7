package traffic

// Quantile returns the latency in milliseconds below which the share q (0 to 1) of the counted exchanges lies, interpolated
// linearly within its bucket as Prometheus's histogram_quantile does. What is above the last bound counts as the last
// bound. Nil where nothing was counted.
func Quantile(buckets [len(Bounds) + 1]int64, q float64) *float64 {
	var total int64
	for _, n := range buckets {
		total += n
	}
	if total <= 0 {
		return nil
	}
	rank := min(max(q, 0), 1) * float64(total)
	var below int64
	for i, n := range buckets[:len(Bounds)] {
		if n > 0 && float64(below+n) >= rank {
			lower := 0.0
			if i > 0 {
				lower = Bounds[i-1]
			}
			at := lower + (Bounds[i]-lower)*(rank-float64(below))/float64(n)
			return &at
		}
		below += n
	}
	last := Bounds[len(Bounds)-1]
	return &last
}

// bucket returns the index of the first bucket whose bound is not below ms.
func bucket(ms float64) int {
	for i, bound := range Bounds {
		if ms <= bound {
			return i
		}
	}
	return len(Bounds)
}
