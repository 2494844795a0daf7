package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpreadIsTheMedianBetweenTheExtremes(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"one round", []float64{0.5}, "0.50 (0.50 to 0.50)"},
		{"odd", []float64{3, 1, 2}, "2.00 (1.00 to 3.00)"},
		{"even", []float64{4, 1, 2, 3}, "2.50 (1.00 to 4.00)"},
		{"none", nil, "NaN (NaN to NaN)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := spreadOf(c.values).text(2); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRatiosCompareRoundWithRound(t *testing.T) {
	if diff := cmp.Diff([]float64{0.5, 2}, ratios([]float64{1, 4, 9}, []float64{2, 2})); diff != "" {
		t.Error(diff)
	}
}
