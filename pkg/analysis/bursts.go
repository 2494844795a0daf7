package analysis

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"
)

// minBurstFailures is the least number of failures that make a burst.
const minBurstFailures = 5

// bursts finds stretches in which a call, whoever makes it, fails far more often than elsewhere; what we injected and
// what the upstream did apart from each other.
//
// Stretches are the maximal ones by the log-likelihood ratio of a failing call to the call at its usual rate of failures;
// in calls that fail independently of each other a stretch of that score in n calls has a chance below n·exp(-score)
// (Karlin and Altschul 1990).
func (t *traffic) bursts(ctx context.Context) []Pattern {
	byCall := make([][]event, len(t.calls))
	callers := make([]map[string]bool, len(t.calls))
	for c := range t.each(ctx) {
		for _, e := range c.events {
			if e.failed && e.apart {
				continue // A burst is of the upstream's errors, or of ours.
			}
			byCall[e.call] = append(byCall[e.call], e)
			if e.failed {
				if callers[e.call] == nil {
					callers[e.call] = map[string]bool{}
				}
				callers[e.call][c.name] = true
			}
		}
	}
	tests := 0
	for _, names := range callers {
		if len(names) > 0 {
			tests++
		}
	}
	var patterns []Pattern
	for index, events := range byCall {
		if ctx.Err() != nil {
			break
		}
		if len(callers[index]) == 0 {
			continue
		}
		slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
		for _, injected := range []bool{false, true} {
			kept := make([]event, 0, len(events))
			for _, e := range events {
				if !e.failed || e.injected == injected {
					kept = append(kept, e)
				}
			}
			if stretches := failing(kept, t.options.Significance/float64(2*tests)); len(stretches) > 0 {
				patterns = append(patterns, t.burst(int32(index), injected, len(kept), stretches, callers[index]))
			}
		}
	}
	return patterns
}

// failing returns the stretches that fail significantly more often than the rest.
func failing(events []event, significance float64) [][]event {
	failures := 0
	for _, e := range events {
		if e.failed {
			failures++
		}
	}
	if failures < minBurstFailures {
		return nil
	}
	usual := float64(failures) / float64(len(events))
	threshold := math.Log(float64(len(events)) / significance)
	var stretches [][]event
	// Twice: the usual rate of failures is that outside of bursts, which are known only after the first time.
	for range 2 {
		base := min(max(usual, 0.005), 0.45)
		burst := min(max(3*base, 0.3), 0.9)
		stretches = maximal(events, math.Log(burst/base), math.Log((1-burst)/(1-base)), threshold)
		inside, failed := 0, 0
		for _, s := range stretches {
			inside += len(s)
			failed += failuresIn(s)
		}
		usual = float64(failures-failed+1) / float64(len(events)-inside+2)
		if inside > 0 && len(events) > inside+10 && float64(failed)/float64(inside) < 2*usual {
			return nil
		}
	}
	return slices.DeleteFunc(stretches, func(s []event) bool { return failuresIn(s) < minBurstFailures })
}

func failuresIn(events []event) int {
	n := 0
	for _, e := range events {
		if e.failed {
			n++
		}
	}
	return n
}

// maximal cuts out the stretches whose score, with failure and success for each event, reaches the threshold.
func maximal(events []event, failure, success, threshold float64) [][]event {
	var found [][]event
	score, peak := 0.0, 0.0
	start, end := 0, 0
	closeStretch := func() {
		if peak >= threshold {
			found = append(found, events[start:end])
		}
		score, peak = 0, 0
	}
	for i, e := range events {
		if e.failed {
			if score == 0 {
				start = i
			}
			if score += failure; score > peak {
				peak, end = score, i+1
			}
		} else if score += success; score <= 0 || peak-score > threshold {
			closeStretch()
		}
	}
	closeStretch()
	return found
}

func (t *traffic) burst(index int32, injected bool, total int, stretches [][]event, callers map[string]bool) Pattern {
	failures := tally{statuses: map[int]int{}}
	calls := 0
	var evidence []uuid.UUID
	for _, s := range stretches {
		calls += len(s)
		for _, e := range s {
			failures.add(e)
			if e.failed && len(evidence) < t.options.MaxEvidence {
				evidence = append(evidence, e.id)
			}
		}
	}
	failed := failures.injected + failures.organic
	cause := "by the upstream"
	kind := "organic"
	if injected {
		cause, kind = "injected", "injected"
	}
	status := "no answer"
	if s := mostFrequent(failures.statuses); s != 0 {
		status = itoa(s)
	}
	how := fmt.Sprintf("fails in %d bursts", len(stretches))
	switch {
	case 10*calls >= 9*total:
		how = "fails all the time"
	case len(stretches) == 1:
		how = "fails in one burst"
	}
	name := t.name(index)
	first, last := stretches[0], stretches[len(stretches)-1]
	consumer := ""
	if len(callers) == 1 {
		for consumer = range callers {
		}
	}
	return Pattern{
		ID:              identity("error_burst", t.key(index), kind),
		Type:            ErrorPattern,
		Description:     fmt.Sprintf("%s %s: %d of %d calls, mostly %s, %s", name, how, failed, calls, status, cause),
		FirstSeen:       first[0].at,
		LastSeen:        last[len(last)-1].at,
		OccurrenceCount: int64(len(stretches)),
		Confidence:      round(float64(failed) / float64(calls)),
		RelatedRequests: evidence,
		Metadata: failures.describe(map[string]any{
			"kind":     "error_burst",
			"consumer": consumer,
			"gateways": t.gateways(index),
			"routes":   []string{name},
			"support":  failed,
			"calls":    calls,
		}),
	}
}
