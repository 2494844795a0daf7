package datasource

import (
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// leastPassed is the part of a step, one in so many, that must have passed before the step is shown beside others: of less a figure
// says little.
const leastPassed = 4

// steps are those of a chart. The first and the last may be cut short: by the beginning of what is known and by the present, so that
// what was counted in them is of less time than a step.
type steps struct {
	first, since, until time.Time
	length              time.Duration
	n                   int
}

// newSteps returns the steps of [since, until) as far as anything is known of them.
func newSteps(since, until time.Time, breakdown traffic.Breakdown) steps {
	s := steps{length: breakdown.Step, until: until}
	if s.length <= 0 {
		return s // The question failed.
	}
	s.first = since.UTC().Truncate(s.length)
	s.since = s.first
	if oldest := breakdown.Oldest; oldest != nil && oldest.After(s.first) {
		s.first, s.since = oldest.UTC().Truncate(s.length), oldest.UTC()
	}
	if !s.first.Before(until) {
		return s
	}
	s.n = int((until.Sub(s.first) + s.length - 1) / s.length)
	if s.n > 1 && s.counted(s.n-1)*leastPassed < s.length {
		s.n--
	}
	return s
}

// start returns when a step begins.
func (s steps) start(at int) time.Time { return s.first.Add(time.Duration(at) * s.length) }

// at returns the number of the step of a moment, negative for one before the first.
func (s steps) at(t time.Time) int {
	if t.Before(s.first) {
		return -1
	}
	return int(t.Sub(s.first) / s.length)
}

// counted returns for how long was counted in a step, at least a second.
func (s steps) counted(at int) time.Duration {
	from, to := s.start(at), earlier(s.start(at+1), s.until)
	if from.Before(s.since) {
		from = s.since
	}
	return max(time.Second, to.Sub(from))
}
