package scenario_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const shareOf = 0.3

// sharing has rules that hit a share of the traffic of a path each: /0 by rule 0, /1 by rule 1.
func sharing(t *testing.T, by string, seed *uint64) *scenario.Engine {
	t.Helper()
	d := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Seed: seed}
	for i := range 2 {
		d.Rules = append(d.Rules, scenario.Rule{
			Name:     fmt.Sprintf("rule %d", i),
			Target:   scenario.Target{Path: fmt.Sprintf("/%d", i), Share: new(shareOf), ShareBy: by},
			Behavior: scenario.Behavior{Mode: scenario.Error},
		})
	}
	return compile(t, d)
}

// shares returns traffic of traces and consumers with four exchanges each, the same at each run, and its luck with each rule.
func shares(engine *scenario.Engine, seed uint64) (exchanges []scenario.Exchange, hits [2][]bool) {
	random := rand.New(rand.NewPCG(seed, 1))
	var id [16]byte
	for n := range draws {
		if n%4 == 0 {
			for i := range id {
				id[i] = byte(random.Uint32())
			}
		}
		x := scenario.Exchange{TraceID: id, Consumer: fmt.Sprintf("consumer-%d", n%(draws/4)), Luck: random.Uint64()}
		exchanges = append(exchanges, x)
		for i := range hits {
			x.Path = fmt.Sprintf("/%d", i)
			hits[i] = append(hits[i], engine.Decide(x).Rule != "")
		}
	}
	return exchanges, hits
}

// within holds a share of n independent draws to five standard deviations of the binomial distribution.
func within(t *testing.T, what string, hits, n int, want float64) {
	t.Helper()
	got, bound := float64(hits)/float64(n), 5*math.Sqrt(want*(1-want)/float64(n))
	if math.Abs(got-want) > bound {
		t.Errorf("%s: share %.4f of %d, want %.4f within %.4f", what, got, n, want, bound)
	}
}

func TestShareByIsWhatSharesTheirLuck(t *testing.T) {
	for by, of := range map[string]func(scenario.Exchange) any{
		"":         func(x scenario.Exchange) any { return x.TraceID },
		"trace":    func(x scenario.Exchange) any { return x.TraceID },
		"consumer": func(x scenario.Exchange) any { return x.Consumer },
		"exchange": func(x scenario.Exchange) any { return x.Luck },
	} {
		for _, seed := range []*uint64{nil, new(uint64(7))} {
			t.Run(fmt.Sprintf("by %q, seeded %t", by, seed != nil), func(t *testing.T) {
				exchanges, hits := shares(sharing(t, by, seed), 1)
				luck := [2]map[any]bool{{}, {}}
				for i, x := range exchanges {
					for rule := range hits {
						if before, known := luck[rule][of(x)]; known && before != hits[rule][i] {
							t.Fatalf("%v was hit by rule %d once, and once not", of(x), rule)
						}
						luck[rule][of(x)] = hits[rule][i]
					}
				}
				first, second, both := 0, 0, 0
				for one, hit := range luck[0] {
					first += number(hit)
					second += number(luck[1][one])
					both += number(hit && luck[1][one])
				}
				n := len(luck[0])
				within(t, "rule 0", first, n, shareOf)
				within(t, "rule 1", second, n, shareOf)
				// What one rule hits says nothing about the other.
				within(t, "both rules", both, n, shareOf*shareOf)
				// Nor does a hit of an exchange say anything about the next of its trace, or of its consumer, unless that is what shares.
				for other, apart := range map[string]int{"trace": 1, "consumer": draws / 4} {
					if other == by || by == "" && other == "trace" {
						continue
					}
					pairs := 0
					m := 0
					for i := 0; i+apart < len(exchanges); i += 4 {
						pairs += number(hits[0][i] && hits[0][i+apart])
						m++
					}
					within(t, "pairs of a "+other, pairs, m, shareOf*shareOf)
				}
			})
		}
	}
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Which traces and consumers are hit does not change from version to version, so that runs can be compared.
func TestSharesAreBitEqual(t *testing.T) {
	for by, want := range map[string]string{"trace": "x....x..xx..........xxx.", "consumer": "....x...x.....x........."} {
		engine, got := sharing(t, by, nil), ""
		for i := range uint64(24) {
			hit := engine.Decide(scenario.Exchange{Path: "/0", TraceID: traceID(i), Consumer: fmt.Sprint(i)}).Rule != ""
			got += map[bool]string{true: "x", false: "."}[hit]
		}
		if got != want {
			t.Errorf("by %s: hits %s, want %s", by, got, want)
		}
	}
}

// Without what it goes by, a share is still a share.
func TestWithoutATraceOrAConsumerEachExchangeIsDrawnFor(t *testing.T) {
	for _, by := range []string{"trace", "consumer", "exchange"} {
		engine, random := sharing(t, by, new(uint64(1))), rand.New(rand.NewPCG(2, 3))
		hits := 0
		for range draws {
			x := scenario.Exchange{Path: "/0", Luck: random.Uint64()}
			hit := engine.Decide(x).Rule != ""
			if again := engine.Decide(x).Rule != ""; again != hit {
				t.Fatalf("by %s: the same exchange was hit once, and once not", by)
			}
			hits += number(hit)
		}
		within(t, "by "+by, hits, draws, shareOf)
	}
}

// What a rule excludes by share is spared also where the exchange asks for faults itself: both go by one draw.
func TestARequestIsSparedByTheShareThatMatchedIt(t *testing.T) {
	engine := compile(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Error}, Rules: []scenario.Rule{
		{Name: "spared", Target: scenario.Target{Share: new(0.5), ShareBy: "exchange"}, Exclude: true, Behavior: scenario.Behavior{Mode: scenario.Healthy}},
	}})
	for range 1000 {
		got := engine.DecideRequested(scenario.Exchange{}, []scenario.Fault{{Kind: scenario.FaultReset}})
		if (got.Rule == "spared") == got.Injects() || got.Rule != "spared" && got.Rule != scenario.RequestedRule {
			t.Fatalf("decided %+v", got)
		}
	}
}
