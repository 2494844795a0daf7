package main

import (
	"fmt"
	"math"
	"slices"
)

// spread is the median of some rounds, with the least and the most.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{math.NaN(), math.NaN(), math.NaN()}
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := sorted[len(sorted)/2]
	if len(sorted)%2 == 0 {
		middle = (sorted[len(sorted)/2-1] + middle) / 2
	}
	return spread{middle, sorted[0], sorted[len(sorted)-1]}
}

// ratios returns the ratios of rounds that ran next to each other.
func ratios(of, to []float64) []float64 {
	result := make([]float64, min(len(of), len(to)))
	for i := range result {
		result[i] = of[i] / to[i]
	}
	return result
}

// text has the spread with so many digits after the point.
func (s spread) text(digits int) string {
	return fmt.Sprintf("%.*f (%.*f to %.*f)", digits, s.median, digits, s.least, digits, s.most)
}
