package analysis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

const (
	// maxSequenceCalls is how many calls of one consumer, the most frequent ones, are paired with each other.
	maxSequenceCalls = 40
	// maxSequences is how many sequences are told of one consumer, the strongest ones.
	maxSequences = 20
)

// sequences finds the calls that come before others: A before B where, in the sessions of a consumer that have B, A
// comes before the first B.
//
// The null model is a consumer that makes the same calls in random order: in a session with a times A and b times B, the
// first of them all is an A with probability a/(a+b). Consumers whose calls never pause have no sessions; for them each
// B is held against the B before it, to which the same probability applies.
func (t *traffic) sequences(ctx context.Context) []Pattern {
	var all []pair
	tests := 0
	for c := range t.each(ctx) {
		sessions := c.sessions(t.options.SessionGap)
		pairs := pairsOf(sessions, frequentCalls(c.events), false)
		if len(sessions) < t.options.MinOccurrences {
			pairs = pairsOf(sessions, frequentCalls(c.events), true)
		}
		tests += len(pairs)
		for _, p := range pairs {
			p.consumer = c.name
			all = append(all, *p)
		}
	}
	var patterns []Pattern
	for _, group := range byConsumer(all) {
		if ctx.Err() != nil {
			break
		}
		found := slices.DeleteFunc(group, func(p pair) bool { return !p.holds(t.options, tests) })
		found = withoutDetours(withoutReversals(found))
		slices.SortFunc(found, func(a, b pair) int {
			return cmp.Or(cmp.Compare(b.lift(), a.lift()), cmp.Compare(b.before, a.before), cmp.Compare(a.first, b.first), cmp.Compare(a.then, b.then))
		})
		for _, p := range found[:min(len(found), maxSequences)] {
			patterns = append(patterns, t.sequence(p))
		}
	}
	return patterns
}

func (t *traffic) sequence(p pair) Pattern {
	first, then := t.name(p.first), t.name(p.then)
	how := "usually"
	if float64(p.before) >= 0.95*float64(p.cases) {
		how = "always"
	}
	return Pattern{
		ID:              identity("precedes", p.consumer, t.key(p.first), t.key(p.then)),
		Type:            Sequence,
		Description:     fmt.Sprintf("%s %s calls %s before %s (%d of %s)", p.consumer, how, first, then, p.before, times(p.cases)),
		FirstSeen:       p.firstSeen,
		LastSeen:        p.lastSeen,
		OccurrenceCount: int64(p.before),
		Confidence:      round(p.confidence()),
		RelatedRequests: p.evidence[:min(len(p.evidence), t.options.MaxEvidence)],
		Metadata: map[string]any{
			"kind":        "precedes",
			"consumer":    p.consumer,
			"gateways":    t.gateways(p.first, p.then),
			"routes":      []string{first, then},
			"support":     p.cases,
			"confidence":  round(p.confidence()),
			"lift":        round(p.lift()),
			"p_value":     round(p.chance()),
			"lag_seconds": round(p.lag.Seconds() / float64(p.before)),
		},
	}
}

// sessions splits the events of a consumer by client address and at its pauses.
func (c *consumer) sessions(gap time.Duration) [][]event {
	clients := map[uint64][]event{}
	var order []uint64
	for _, e := range c.events {
		if _, known := clients[e.session]; !known {
			order = append(order, e.session)
		}
		clients[e.session] = append(clients[e.session], e)
	}
	var sessions [][]event
	for _, client := range order {
		events := clients[client]
		waits := make([]time.Duration, 0, len(events))
		for i := 1; i < len(events); i++ {
			waits = append(waits, events[i].at.Sub(events[i-1].at))
		}
		limit := gap
		if p := pause(waits); p > 0 && p < gap {
			limit = p
		}
		start := 0
		for i, wait := range waits {
			if wait > limit {
				sessions = append(sessions, events[start:i+1])
				start = i + 1
			}
		}
		sessions = append(sessions, events[start:])
	}
	return sessions
}

func frequentCalls(events []event) map[int32]bool {
	counts := map[int32]int{}
	for _, e := range events {
		counts[e.call]++
	}
	calls := make([]int32, 0, len(counts))
	for c := range counts {
		calls = append(calls, c)
	}
	slices.SortFunc(calls, func(a, b int32) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	kept := map[int32]bool{}
	for _, c := range calls[:min(len(calls), maxSequenceCalls)] {
		kept[c] = true
	}
	return kept
}

// pair is two calls of a consumer, and how often the first came before the other.
type pair struct {
	consumer            string
	first, then         int32
	cases, before       int
	expected            float64 // the sum of the probabilities of all cases
	lag                 time.Duration
	firstSeen, lastSeen time.Time
	evidence            []uuid.UUID
}

func (p pair) confidence() float64 { return float64(p.before) / float64(max(p.cases, 1)) }
func (p pair) lift() float64 {
	if p.expected == 0 {
		return 0
	}
	return float64(p.before) / p.expected
}

func (p pair) chance() float64 {
	return tail(p.before, p.cases, p.expected/float64(max(p.cases, 1)))
}

func (p pair) holds(o Options, tests int) bool {
	return p.before >= o.MinOccurrences && p.confidence() >= o.MinConfidence && p.lift() >= o.MinLift &&
		p.chance()*float64(tests) <= o.Significance
}

// maxPairEvidence bounds the evidence of a pair while pairs are counted.
const maxPairEvidence = 40

// pairsOf counts all pairs of calls. A case is the first B of a session, or with each set, every B of a session.
func pairsOf(sessions [][]event, calls map[int32]bool, each bool) []*pair {
	pairs := map[[2]int32]*pair{}
	cases := map[int32]int{}
	for _, session := range sessions {
		counts := map[int32]int{}
		for _, e := range session {
			if calls[e.call] {
				counts[e.call]++
			}
		}
		// latest is the last event of a call before the one at hand; turn is its position, to tell what came since when.
		latest, position := map[int32]event{}, map[int32]int{}
		for i, e := range session {
			if !calls[e.call] {
				continue
			}
			since, again := position[e.call]
			if !again {
				since = -1
			}
			if each || !again {
				cases[e.call]++
				for a, n := range counts {
					if a == e.call {
						continue
					}
					key := [2]int32{a, e.call}
					p := pairs[key]
					if p == nil {
						p = &pair{first: a, then: e.call}
						pairs[key] = p
					}
					p.expected += float64(n) / float64(n+counts[e.call])
					if at, seen := position[a]; seen && at > since {
						p.count(latest[a], e)
					}
				}
			}
			latest[e.call], position[e.call] = e, i
		}
	}
	list := make([]*pair, 0, len(pairs))
	for _, p := range pairs {
		p.cases = cases[p.then]
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *pair) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.then, b.then)) })
	return list
}

func (p *pair) count(first, then event) {
	if p.before == 0 {
		p.firstSeen = first.at
	}
	p.before++
	p.lag += then.at.Sub(first.at)
	p.lastSeen = then.at
	if len(p.evidence) < maxPairEvidence {
		p.evidence = append(p.evidence, first.id, then.id)
	}
}

func byConsumer(pairs []pair) [][]pair {
	var groups [][]pair
	for i, p := range pairs {
		if i == 0 || pairs[i-1].consumer != p.consumer {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], p)
	}
	return groups
}

// withoutReversals keeps one direction where both hold, as they do for calls in a circle: the one with the shorter way.
func withoutReversals(pairs []pair) []pair {
	lags := map[[2]int32]time.Duration{}
	for _, p := range pairs {
		lags[[2]int32{p.first, p.then}] = p.lag / time.Duration(p.before)
	}
	var kept []pair
	for _, p := range pairs {
		own := lags[[2]int32{p.first, p.then}]
		other, both := lags[[2]int32{p.then, p.first}]
		if !both || own < other || own == other && p.first < p.then {
			kept = append(kept, p)
		}
	}
	return kept
}

// withoutDetours leaves A before C out where A before B and B before C are told and lead there on a shorter way.
func withoutDetours(pairs []pair) []pair {
	find := map[[2]int32]pair{}
	for _, p := range pairs {
		find[[2]int32{p.first, p.then}] = p
	}
	mean := func(p pair) time.Duration { return p.lag / time.Duration(p.before) }
	return slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool {
		for _, q := range pairs {
			if q.first != p.first || q.then == p.then {
				continue
			}
			rest, ok := find[[2]int32{q.then, p.then}]
			if ok && mean(q) < mean(p) && mean(rest) < mean(p) && 10*min(q.before, rest.before) >= 9*p.before {
				return true
			}
		}
		return false
	})
}
