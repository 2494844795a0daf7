package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// series is the periodic calls of one consumer.
type series struct {
	consumer *consumer
	calls    []int32
	// starts are the first events of each burst; spikes reports whether there are other calls of the same kind between them.
	starts []event
	spikes bool
	period float64 // seconds
	jitter float64 // seconds, the median deviation
	hits   int     // intervals that fit
	chance float64
}

// frequencies finds calls, or bursts of them, that come at regular intervals: most intervals between their beginnings
// are the period or a small multiple of it (beats may be missed), within a fifth of the period.
//
// The null model is a Poisson process, whose intervals are exponential: a quarter of them would fit by chance.
func (t *traffic) frequencies(ctx context.Context) []Pattern {
	var candidates []series
	tests := 0
	for c := range t.each(ctx) {
		byCall := map[int32][]event{}
		var order []int32
		for _, e := range c.events {
			if _, known := byCall[e.call]; !known {
				order = append(order, e.call)
			}
			byCall[e.call] = append(byCall[e.call], e)
		}
		for _, index := range order {
			events := byCall[index]
			if len(events) < t.options.MinOccurrences {
				continue
			}
			tests++
			s, found := periodic(bursts(events), t.options)
			for _, width := range []time.Duration{time.Second, 10 * time.Second, time.Minute} {
				if found {
					break
				}
				if starts := spikes(events, width); len(starts) >= t.options.MinOccurrences {
					tests++
					s, found = periodic(starts, t.options)
					s.spikes = found
				}
			}
			if found {
				s.consumer, s.calls = c, []int32{index}
				candidates = append(candidates, s)
			}
		}
	}
	var patterns []Pattern
	for _, s := range together(candidates) {
		if s.chance*float64(tests) <= t.options.Significance {
			patterns = append(patterns, t.frequency(s))
		}
	}
	return patterns
}

// bursts returns the first events after each pause; all events where there is no clear pause.
func bursts(events []event) []event {
	waits := make([]time.Duration, 0, len(events))
	for i := 1; i < len(events); i++ {
		waits = append(waits, events[i].at.Sub(events[i-1].at))
	}
	limit := pause(waits)
	if limit == 0 {
		return events
	}
	starts := []event{events[0]}
	for i, wait := range waits {
		if wait > limit {
			starts = append(starts, events[i+1])
		}
	}
	return starts
}

// spikes returns the first events of each run of bins of the width that hold many more events than most bins do.
func spikes(events []event, width time.Duration) []event {
	if len(events) < 50 {
		return nil
	}
	begin := events[0].at
	span := events[len(events)-1].at.Sub(begin)
	if span <= 0 || span/width > 20_000 {
		return nil
	}
	counts := make([]int, span/width+1)
	firsts := make([]int, len(counts))
	for i := len(events) - 1; i >= 0; i-- {
		bin := int(events[i].at.Sub(begin) / width)
		counts[bin]++
		firsts[bin] = i
	}
	sorted := slices.Clone(counts)
	slices.Sort(sorted)
	middle := float64(sorted[len(sorted)/2])
	limit := max(middle+6*math.Sqrt(middle+1), 3*middle, 5)
	var starts []event
	inside := false
	for bin, n := range counts {
		if float64(n) >= limit {
			if !inside {
				starts = append(starts, events[firsts[bin]])
			}
			inside = true
		} else {
			inside = false
		}
	}
	return starts
}

const (
	// tolerance is how far an interval may be from the period, as a share of it.
	tolerance = 0.2
	// fitByChance is the chance that an exponential interval is within tolerance of its median, or of two or three
	// times its median: (2^-0.8 - 2^-1.2) + (2^-1.8 - 2^-2.2) + (2^-2.8 - 2^-3.2) = 0.244.
	fitByChance = 0.25
)

func periodic(starts []event, options Options) (series, bool) {
	if len(starts) < options.MinOccurrences {
		return series{}, false
	}
	intervals := make([]float64, 0, len(starts)-1)
	for i := 1; i < len(starts); i++ {
		intervals = append(intervals, starts[i].at.Sub(starts[i-1].at).Seconds())
	}
	period := median(intervals)
	if period < options.MinPeriod.Seconds() || period <= 0 {
		return series{}, false
	}
	hits, single := 0, 0
	covered, periods := 0.0, 0.0
	var deviations []float64
	for _, interval := range intervals {
		beats := math.Round(interval / period)
		deviation := math.Abs(interval - beats*period)
		if beats < 1 || beats > 3 || deviation > tolerance*period {
			continue
		}
		hits++
		covered += interval
		periods += beats
		if beats == 1 {
			single++
		}
		deviations = append(deviations, deviation)
	}
	if hits > 0 {
		period = covered / periods
	}
	s := series{starts: starts, period: period, jitter: median(deviations), hits: hits, chance: tail(hits, len(intervals), fitByChance)}
	fits := float64(hits) >= options.MinConfidence*float64(len(intervals)) && 2*single >= len(intervals) && s.jitter <= 0.15*period
	return s, fits
}

// together joins the calls of a consumer that come at the same times: they are one habit.
func together(candidates []series) []series {
	var joined []series
next:
	for _, s := range candidates {
		for i := range joined {
			j := &joined[i]
			if j.consumer == s.consumer && j.spikes == s.spikes && math.Abs(j.period-s.period) <= 0.1*j.period &&
				3*min(len(j.starts), len(s.starts)) >= 2*max(len(j.starts), len(s.starts)) {
				j.calls = append(j.calls, s.calls...)
				if s.chance < j.chance {
					j.starts, j.period, j.jitter, j.hits, j.chance = s.starts, s.period, s.jitter, s.hits, s.chance
				}
				continue next
			}
		}
		joined = append(joined, s)
	}
	return joined
}

func (t *traffic) frequency(s series) Pattern {
	slices.SortFunc(s.calls, func(a, b int32) int { return cmp.Compare(t.key(a), t.key(b)) })
	parts := []string{"periodic", s.consumer.name}
	var names []string
	for _, c := range s.calls {
		parts = append(parts, t.key(c))
		names = append(names, t.name(c))
	}
	shown := names
	if len(shown) > 4 {
		shown = append(slices.Clone(names[:3]), fmt.Sprintf("%d more", len(names)-3))
	}
	verb := "calls"
	if s.spikes {
		verb = "makes a spike of calls to"
	}
	period := time.Duration(s.period * float64(time.Second))
	jitter := time.Duration(s.jitter * float64(time.Second))
	spread := ""
	if jitter >= 10*time.Millisecond {
		spread = " (±" + spell(jitter) + ")"
	}
	p := Pattern{
		ID:              identity(parts...),
		Type:            Frequency,
		Description:     fmt.Sprintf("%s %s %s every %s%s, %s", s.consumer.name, verb, list(shown), spell(period), spread, times(len(s.starts))),
		FirstSeen:       s.starts[0].at,
		LastSeen:        s.starts[len(s.starts)-1].at,
		OccurrenceCount: int64(len(s.starts)),
		Confidence:      round(float64(s.hits) / float64(len(s.starts)-1)),
		Metadata: map[string]any{
			"kind":           "periodic",
			"consumer":       s.consumer.name,
			"gateways":       t.gateways(s.calls...),
			"routes":         names,
			"support":        len(s.starts),
			"period_seconds": round(s.period),
			"jitter_seconds": round(s.jitter),
			"spikes":         s.spikes,
			"p_value":        round(s.chance),
		},
	}
	for _, e := range s.starts[:min(len(s.starts), t.options.MaxEvidence)] {
		p.RelatedRequests = append(p.RelatedRequests, e.id)
	}
	return p
}
