package main

import (
	"testing"
	"time"
)

func TestProcessorTimesOfProc(t *testing.T) {
	for stat, want := range map[string]time.Duration{
		"7 (postgres) S 1 7 7 0 -1 4194560 9 8 7 6 11 12 13 14 20 0 1 0": 270 * time.Millisecond,
		"7 (a) b) S 1 7 7 0 -1 4194560 9 8 7 6 11 12 0 0 20 0 1 0":       0,
		"7 (postgres) S 1 7": -1,
		"":                   -1,
		"7 (p) S 1 7 7 0 -1 4 9 8 7 6 11 12 x 14 20 0": -1,
		"7 (p) S 1 7 7 0 -1 4 9 8 7 6 11 12 13 x 20 0": -1,
	} {
		got, err := endedOf(stat)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %s, %v; want %s", stat, got, err, want)
		}
	}
	for schedstat, want := range map[string]time.Duration{"1500 20 3\n": 1500, "0 0 0": 0, "": -1, "x 1 2": -1} {
		got, err := ranOf(schedstat)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %s, %v; want %s", schedstat, got, err, want)
		}
	}
}
