package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// minChains is how many retry chains of a kind are told.
const minChains = 3

// retries finds consumers that send the same request again after it failed, and says how that ends.
//
// The null model is a consumer that does not care: it repeats requests after failures as soon, and as seldom, as after
// successes. A poller that goes on polling does not retry.
func (t *traffic) retries(ctx context.Context) []Pattern {
	var found []retrier
	tests := 0
	var horizon time.Time
	for _, c := range t.consumers {
		if last := c.events[len(c.events)-1].at; last.After(horizon) {
			horizon = last
		}
	}
	for c := range t.each(ctx) {
		byCall := map[int32][]event{}
		for _, e := range c.events {
			byCall[e.call] = append(byCall[e.call], e)
		}
		for index := range int32(len(t.calls)) {
			events := byCall[index]
			if !slices.ContainsFunc(events, func(e event) bool { return e.failed }) {
				continue
			}
			// The same body tells a retry from the next request, so that slow retries are told from quick successors; but
			// there are consumers that change something in it, such as the time.
			var best *retrier
			for _, sameBody := range []bool{true, false} {
				if sameBody && !slices.ContainsFunc(events, func(e event) bool { return e.body != 0 }) {
					continue
				}
				r := retrier{consumer: c.name, call: index, sameBody: sameBody}
				if !r.follow(events, horizon, t.options) {
					continue
				}
				tests++
				if best == nil || len(best.chains) == 0 || best.chance > t.options.Significance && r.chance < best.chance {
					best = &r
				}
			}
			if best != nil {
				found = append(found, *best)
			}
		}
	}
	var patterns []Pattern
	for _, r := range found {
		if r.chance*float64(tests) > t.options.Significance {
			continue
		}
		var exhausted, recovered [][]event
		for _, chain := range r.chains {
			if chain[len(chain)-1].failed {
				exhausted = append(exhausted, chain)
			} else {
				recovered = append(recovered, chain)
			}
		}
		if len(exhausted) >= minChains {
			patterns = append(patterns, t.retry(r, "retry_exhausted", exhausted))
		}
		if len(recovered) >= minChains {
			patterns = append(patterns, t.retry(r, "retry_recovered", recovered))
		}
	}
	return patterns
}

// retrier is a consumer that may retry a call. A chain is a first attempt with all its retries.
type retrier struct {
	consumer string
	call     int32
	sameBody bool
	chains   [][]event
	window   time.Duration
	chance   float64
}

// follow finds the chains among the events of one call. horizon is when the recordings end: what failed shortly
// before may still be retried. It reports whether there is anything to tell retries by.
func (r *retrier) follow(events []event, horizon time.Time, options Options) bool {
	type request struct{ session, target, body uint64 }
	groups := map[request][]event{}
	var order []request
	for _, e := range events {
		k := request{session: e.session, target: e.target}
		if r.sameBody {
			k.body = e.body
		}
		if _, known := groups[k]; !known {
			order = append(order, k)
		}
		groups[k] = append(groups[k], e)
	}
	const never = time.Duration(math.MaxInt64)
	var afterSuccess, afterFailure []time.Duration
	for _, k := range order {
		for i, e := range groups[k] {
			wait := never
			if i+1 < len(groups[k]) {
				wait = groups[k][i+1].at.Sub(e.end)
			}
			if !e.failed {
				afterSuccess = append(afterSuccess, wait)
			} else if wait != never {
				afterFailure = append(afterFailure, wait)
			}
		}
	}
	r.window = options.RetryWindow
	expected := 0.25
	if len(afterSuccess) >= 5 {
		slices.Sort(afterSuccess)
		r.window = min(r.window, afterSuccess[len(afterSuccess)/4]/2)
		soon := 0
		for _, wait := range afterSuccess {
			if wait >= 0 && wait <= r.window {
				soon++
			}
		}
		expected = float64(soon+1) / float64(len(afterSuccess)+2)
	} else if p := pause(afterFailure); p > 0 {
		r.window = min(r.window, p)
	} else if len(order) < minChains {
		return false
	}
	failures, repeated := 0, 0
	for _, k := range order {
		group := groups[k]
		for i := 0; i < len(group); {
			chain := group[i : i+1]
			open := false
			for i++; chain[len(chain)-1].failed; i++ {
				last := chain[len(chain)-1]
				if i == len(group) {
					open = horizon.Sub(last.end) <= r.window
					break
				}
				if wait := group[i].at.Sub(last.end); wait < 0 || wait > r.window {
					break
				}
				chain = chain[:len(chain)+1]
				repeated++
			}
			for _, e := range chain {
				if e.failed {
					failures++
				}
			}
			if open {
				failures--
			} else if len(chain) > 1 {
				r.chains = append(r.chains, chain)
			}
		}
	}
	r.chance = tail(repeated, failures, expected)
	slices.SortStableFunc(r.chains, func(a, b []event) int { return a[0].at.Compare(b[0].at) })
	return true
}

func (t *traffic) retry(r retrier, kind string, chains [][]event) Pattern {
	counts := map[int]int{}
	total := 0
	var first, last time.Time
	var evidence []uuid.UUID
	failures := tally{statuses: map[int]int{}}
	for i, chain := range chains {
		counts[len(chain)-1]++
		total += len(chain) - 1
		for _, e := range chain {
			failures.add(e)
			if len(evidence) < t.options.MaxEvidence {
				evidence = append(evidence, e.id)
			}
			if e.end.After(last) {
				last = e.end
			}
		}
		if i == 0 {
			first = chain[0].at
		}
	}
	usual := mostFrequent(counts)
	name := t.name(r.call)
	how := "after " + retriesIn(usual)
	if 10*counts[usual] < 6*len(chains) {
		how = fmt.Sprintf("after %.1f retries on average", float64(total)/float64(len(chains)))
	}
	verb := "fails"
	if kind == "retry_recovered" {
		verb = "succeeds"
	}
	return Pattern{
		ID:              identity(kind, r.consumer, t.key(r.call)),
		Type:            ErrorPattern,
		Description:     fmt.Sprintf("%s %s %s of %s (%s, %s)", r.consumer, verb, how, name, times(len(chains)), failures.cause()),
		FirstSeen:       first,
		LastSeen:        last,
		OccurrenceCount: int64(len(chains)),
		Confidence:      round(float64(len(chains)) / float64(len(r.chains))),
		RelatedRequests: evidence,
		Metadata: failures.describe(map[string]any{
			"kind":           kind,
			"consumer":       r.consumer,
			"gateways":       t.gateways(r.call),
			"routes":         []string{name},
			"support":        len(chains),
			"retries":        usual,
			"window_seconds": round(r.window.Seconds()),
			"p_value":        round(r.chance),
		}),
	}
}

func retriesIn(n int) string {
	if n == 1 {
		return "1 retry"
	}
	return strconv.Itoa(n) + " retries"
}

// tally counts failures by who caused them and by status; 0 is no answer.
type tally struct {
	injected, organic int
	// apart are those of clients themselves, and of limits.
	apart    int
	statuses map[int]int
}

func (f *tally) add(e event) {
	if !e.failed {
		return
	}
	f.statuses[int(e.status)]++
	switch {
	case e.injected:
		f.injected++
	case e.apart:
		f.apart++
	default:
		f.organic++
	}
}

// cause says for people which of the failures are ours.
func (f *tally) cause() string {
	switch {
	case f.organic+f.injected == 0:
		return "no failure of the upstream"
	case f.organic+f.apart == 0:
		return "all failures injected"
	case f.injected == 0:
		return "no failure injected"
	}
	return fmt.Sprintf("%d of %d failures injected", f.injected, f.injected+f.organic+f.apart)
}

func (f *tally) describe(metadata map[string]any) map[string]any {
	metadata["injected"], metadata["organic"] = f.injected, f.organic
	switch {
	case f.organic+f.injected == 0 && f.apart > 0:
		metadata["cause"] = "client"
	case f.organic == 0:
		metadata["cause"] = "injected"
	case f.injected == 0:
		metadata["cause"] = "organic"
	default:
		metadata["cause"] = "mixed"
	}
	statuses := map[string]int{}
	for s, n := range f.statuses {
		statuses[strconv.Itoa(s)] = n
	}
	metadata["statuses"] = statuses
	return metadata
}

// mostFrequent returns the key with the highest count, the smallest of several.
func mostFrequent(counts map[int]int) int {
	keys := make([]int, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	return slices.MinFunc(keys, func(a, b int) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
}
