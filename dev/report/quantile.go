package report

import (
	"cmp"
	"math"
)

// Quantile of ascending values, by the nearest rank; q is above 0 and at most 1. There must be a value.
func Quantile[T cmp.Ordered](ascending []T, q float64) T {
	rank := int(math.Ceil(q * float64(len(ascending))))
	return ascending[min(max(rank, 1), len(ascending))-1]
}
