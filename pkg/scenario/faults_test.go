package scenario_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func faults(faults ...scenario.Fault) scenario.Definition {
	return behavior(scenario.Behavior{Mode: scenario.Error, Faults: faults})
}

func latency(distribution scenario.Distribution, delay float64, more func(*scenario.Fault)) scenario.Fault {
	f := scenario.Fault{Kind: scenario.FaultLatency, Distribution: distribution, DelayMS: &delay}
	if more != nil {
		more(&f)
	}
	return f
}

func TestLatencyFollowsItsDistribution(t *testing.T) {
	// The quantiles are those of the distributions' textbook formulas.
	const z75 = 0.6744897501960817
	for _, test := range []struct {
		name           string
		fault          scenario.Fault
		quantiles      map[float64]float64
		mean           float64
		least, highest float64
	}{
		{"fixed", latency(scenario.Fixed, 12.5, nil), map[float64]float64{0.5: 12.5}, 12.5, 12.5, 12.5},
		{"uniform", scenario.Fault{Kind: scenario.FaultLatency, MinMS: new(100.0), MaxMS: new(300.0)}, map[float64]float64{0.25: 150, 0.5: 200, 0.9: 280}, 200, 100, 300},
		{
			"normal", latency(scenario.Normal, 200, func(f *scenario.Fault) { f.DeviationMS = new(20.0) }),
			map[float64]float64{0.25: 200 - 20*z75, 0.5: 200, 0.75: 200 + 20*z75},
			200, 0, 400,
		},
		{"lognormal", latency(scenario.LogNormal, 80, nil), map[float64]float64{0.25: 80 * math.Exp(-0.5*z75), 0.5: 80, 0.75: 80 * math.Exp(0.5*z75)}, 80 * math.Exp(0.125), 0, 3000},
		{"pareto", latency(scenario.Pareto, 10, func(f *scenario.Fault) { f.Alpha = new(3.0) }), map[float64]float64{0.5: 10 * math.Cbrt(2), 0.875: 20}, 15, 10, 3600e3},
		{
			"normal within bounds", latency(scenario.Normal, 100, func(f *scenario.Fault) { f.DeviationMS, f.MinMS, f.MaxMS = new(50.0), new(90.0), new(110.0) }),
			map[float64]float64{0.1: 90, 0.5: 100, 0.9: 110},
			100, 90, 110,
		},
		{"pareto within an hour", latency(scenario.Pareto, 1000, func(f *scenario.Fault) { f.Alpha = new(0.1) }), map[float64]float64{0.9: 3600e3}, 0, 1000, 3600e3},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []float64
			sum := 0.0
			for _, d := range decide(t, faults(test.fault)) {
				ms := float64(d.Faults[0].Delay) / float64(time.Millisecond)
				if ms < test.least || ms > test.highest {
					t.Fatalf("a draw of %v ms, want %v to %v", ms, test.least, test.highest)
				}
				got, sum = append(got, ms), sum+ms
			}
			slices.Sort(got)
			for q, want := range test.quantiles {
				if at := got[int(q*draws)]; math.Abs(at/want-1) > 0.03 {
					t.Errorf("quantile %v is %.2f ms, want about %.2f", q, at, want)
				}
			}
			if mean := sum / draws; test.mean > 0 && math.Abs(mean/test.mean-1) > 0.03 {
				t.Errorf("the mean is %.2f ms, want about %.2f", mean, test.mean)
			}
		})
	}
}

func TestFaultsHitTheirShareIndependently(t *testing.T) {
	all := decide(t, faults(
		scenario.Fault{Kind: scenario.FaultReset, Share: new(0.3)},
		scenario.Fault{Kind: scenario.FaultError, Share: new(0.5), StatusCodes: []int{502, 503}},
		scenario.Fault{Kind: scenario.FaultTimeout, Share: new(0.0)},
	))
	has := func(d scenario.Decision, kind scenario.FaultKind) bool {
		return slices.ContainsFunc(d.Faults, func(f scenario.Drawn) bool { return f.Kind == kind })
	}
	about(t, "first", share(all, func(d scenario.Decision) bool { return has(d, scenario.FaultReset) }), 0.3)
	about(t, "second", share(all, func(d scenario.Decision) bool { return has(d, scenario.FaultError) }), 0.5)
	about(t, "both", share(all, func(d scenario.Decision) bool { return len(d.Faults) == 2 }), 0.15)
	about(t, "none", share(all, func(d scenario.Decision) bool { return !d.Injects() }), 0.35)
	about(t, "code", share(all, func(d scenario.Decision) bool {
		return has(d, scenario.FaultError) && d.Faults[len(d.Faults)-1].Code == 503
	}), 0.25)
	if share(all, func(d scenario.Decision) bool { return has(d, scenario.FaultTimeout) }) > 0 {
		t.Error("a share of 0 is hit")
	}
}

// drawn returns what of a decision a seed has to fix.
func drawn(d scenario.Decision) []string {
	var all []string
	for _, f := range d.Faults {
		line := fmt.Sprintf("%s %v %d %d", f.Kind, f.Delay, f.Code, f.Random().Uint64())
		for n := range 5 {
			line += fmt.Sprintf(" %t %v", f.Hits(n), f.DelayAt(n))
		}
		all = append(all, line)
	}
	return all
}

func seededFaults() []scenario.Fault {
	return []scenario.Fault{
		{Kind: scenario.FaultError, Share: new(0.3)},
		{Kind: scenario.FaultLatency, Distribution: scenario.LogNormal, DelayMS: new(20.0), Share: new(0.5)},
		{Kind: scenario.FaultLatency, Distribution: scenario.Pareto, DelayMS: new(20.0), Share: new(0.5), At: scenario.AtMessage},
		{Kind: scenario.FaultDrop, Share: new(0.4)},
		{Kind: scenario.FaultCorrupt, Share: new(0.2)},
	}
}

func TestSeededFaultsAreThoseOfTheTrace(t *testing.T) {
	run := func(seed uint64, backwards bool, list []scenario.Fault) map[uint64][]string {
		d := faults(list...)
		d.Seed = &seed
		engine := compile(t, d)
		met := map[uint64][]string{}
		for i := range uint64(300) {
			if backwards {
				i = 299 - i
			}
			met[i] = drawn(engine.Decide(scenario.Exchange{TraceID: traceID(i)}))
		}
		return met
	}
	once := run(1, false, seededFaults())
	if diff := cmp.Diff(once, run(1, true, seededFaults())); diff != "" {
		t.Errorf("another engine in another order meets other faults:\n%s", diff)
	}
	if cmp.Equal(once, run(2, false, seededFaults())) {
		t.Error("another seed gives the same faults")
	}
	longer := run(1, false, append(seededFaults(), scenario.Fault{Kind: scenario.FaultReset}))
	for i := range longer {
		if n := len(longer[i]) - 1; n == 0 {
			longer[i] = nil
		} else {
			longer[i] = longer[i][:n]
		}
	}
	if diff := cmp.Diff(once, longer); diff != "" {
		t.Errorf("a fault at the end changes those before it:\n%s", diff)
	}
}

// A change of these numbers changes what a published seed means: it needs a note in the changelog.
func TestSeededFaultsStayTheSameAcrossVersions(t *testing.T) {
	d := faults(
		scenario.Fault{Kind: scenario.FaultError, Share: new(0.5)},
		scenario.Fault{Kind: scenario.FaultLatency, MinMS: new(0.0), MaxMS: new(1000.0)},
		latency(scenario.Normal, 100, func(f *scenario.Fault) { f.DeviationMS = new(10.0) }),
		latency(scenario.LogNormal, 100, nil),
		latency(scenario.Pareto, 100, nil),
		scenario.Fault{Kind: scenario.FaultDrop, Share: new(0.5)},
	)
	d.Seed = new(uint64(2026))
	var got []string
	for i := range uint64(4) {
		line := ""
		for _, f := range compile(t, d).Decide(scenario.Exchange{TraceID: traceID(i)}).Faults {
			switch f.Kind {
			case scenario.FaultError:
				line += fmt.Sprint(f.Code, " ")
			case scenario.FaultDrop:
				line += fmt.Sprint(f.Hits(0), f.Hits(1), f.Hits(2), " ", f.Random().IntN(1000))
			default:
				line += fmt.Sprint(f.Delay, " ")
			}
		}
		got = append(got, line)
	}
	want := []string{
		"500 182.927ms 115.528ms 84.942ms 770.375ms false false false 589",
		"237.684ms 90.329ms 287.921ms 119.943ms false false false 565",
		"813.507ms 104.294ms 134.04ms 118.089ms true false true 609",
		"184.888ms 91.761ms 143.145ms 259.07ms false true false 580",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("draws (-want +got):\n%s", diff)
	}
}

func TestFaultsWithoutASeedDiffer(t *testing.T) {
	engine := compile(t, faults(scenario.Fault{Kind: scenario.FaultLatency, MinMS: new(0.0), MaxMS: new(1000.0)}))
	seen := map[time.Duration]bool{}
	for range 100 {
		seen[engine.Decide(scenario.Exchange{TraceID: traceID(1)}).Faults[0].Delay] = true
	}
	if len(seen) < 50 {
		t.Errorf("100 draws gave %d delays", len(seen))
	}
}

func TestMessagesAreHitByShare(t *testing.T) {
	d := faults(scenario.Fault{Kind: scenario.FaultDrop, Share: new(0.25)}, scenario.Fault{Kind: scenario.FaultLatency, At: scenario.AtMessage, MinMS: new(10.0), MaxMS: new(20.0)})
	all := decide(t, d)
	hits, sum := 0, time.Duration(0)
	for i, one := range all {
		if len(one.Faults) != 2 || one.Faults[1].Delay != 0 {
			t.Fatalf("faults at messages are for every exchange, and wait for its messages: %+v", one.Faults)
		}
		if one.Faults[0].Hits(i % 7) {
			hits++
		}
		delay := one.Faults[1].DelayAt(i % 7)
		if !one.Faults[1].Hits(i%7) || delay < 10*time.Millisecond || delay > 20*time.Millisecond {
			t.Fatalf("a message waits %s", delay)
		}
		sum += delay
	}
	about(t, "dropped", float64(hits)/draws, 0.25)
	if mean := sum / draws; mean < 14900*time.Microsecond || mean > 15100*time.Microsecond {
		t.Errorf("messages wait %s on average, want 15 ms", mean)
	}
	one := all[0].Faults[1]
	if third, again := one.DelayAt(3), one.DelayAt(3); third == one.DelayAt(4) || third != again {
		t.Error("messages of one stream wait equally long, or the same one differently")
	}
}

func TestFaultsAfterMessages(t *testing.T) {
	got := compile(t, faults(scenario.Fault{Kind: scenario.FaultClose, AfterMessages: new(2)}, scenario.Fault{Kind: scenario.FaultClose})).Decide(scenario.Exchange{}).Faults
	if after := got[0]; after.AtMessages() || after.Hits(0) || after.Hits(1) || !after.Hits(2) || !after.Hits(3) {
		t.Error("the fault is not after two messages")
	}
	if got[1].Hits(0) {
		t.Error("a fault without after_messages hits messages")
	}
	if *got[1].CloseCode != scenario.DefaultCloseCode {
		t.Errorf("the default is not filled in: %v", *got[1].CloseCode)
	}
}

// clock stands until it is moved.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func compileAt(t testing.TB, d scenario.Definition, setAt time.Time, now func() time.Time) *scenario.Engine {
	t.Helper()
	engine, err := scenario.CompileAt(scenario.Scenario{Definition: d, Version: 7, SetAt: setAt}, now)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// pattern returns which of n exchanges are hit, as "x..x".
func pattern(engine *scenario.Engine, n int, x scenario.Exchange) string {
	out := ""
	for range n {
		if len(engine.Decide(x).Faults) > 0 {
			out += "x"
		} else {
			out += "."
		}
	}
	return out
}

func TestScheduledFaultsCountExchanges(t *testing.T) {
	for _, test := range []struct {
		name string
		when scenario.When
		want string
	}{
		{"every third", scenario.When{Every: new(3)}, "..x..x..x."},
		{"first two", scenario.When{First: new(2)}, "xx........"},
		{"bursts", scenario.When{BurstLength: new(2), BurstOf: new(5)}, "xx...xx..."},
		{"first bursts", scenario.When{BurstLength: new(2), BurstOf: new(5), First: new(6)}, "xx...x...."},
		{"no condition", scenario.When{}, "xxxxxxxxxx"},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine := compile(t, faults(scenario.Fault{Kind: scenario.FaultReset, When: &test.when}))
			if got := pattern(engine, 10, scenario.Exchange{}); got != test.want {
				t.Errorf("hits %s, want %s", got, test.want)
			}
		})
	}
}

func TestScheduledFaultsCountByScope(t *testing.T) {
	first := func(per scenario.Scope) *scenario.Engine {
		return compile(t, faults(scenario.Fault{Kind: scenario.FaultReset, When: &scenario.When{First: new(1), Per: per}}))
	}
	one := scenario.Exchange{Gateway: "shop", Route: "/a", Consumer: "web", TraceID: traceID(1)}
	others := map[scenario.Scope]scenario.Exchange{
		scenario.PerConsumer: {Gateway: "shop", Route: "/a", Consumer: "app", TraceID: traceID(1)},
		scenario.PerRoute:    {Gateway: "shop", Route: "/b", Consumer: "web", TraceID: traceID(1)},
		scenario.PerTrace:    {Gateway: "shop", Route: "/a", Consumer: "web", TraceID: traceID(2)},
	}
	for scope, other := range others {
		engine := first(scope)
		if got := pattern(engine, 2, one) + pattern(engine, 2, other) + pattern(engine, 1, one); got != "x.x.." {
			t.Errorf("per %s: hits %s, want x.x..", scope, got)
		}
		for unrelated, x := range others {
			if unrelated != scope && pattern(engine, 1, x) != "." {
				t.Errorf("per %s: another %s is counted apart", scope, unrelated)
			}
		}
	}
	other := one
	other.Gateway = "bank"
	engine := first(scenario.PerRoute)
	if got := pattern(engine, 2, one) + pattern(engine, 2, other); got != "x.x." {
		t.Errorf("the same route of another gateway: hits %s, want x.x.", got)
	}
}

func TestOnlyWhatTheRuleMatchedIsCounted(t *testing.T) {
	when := &scenario.When{Every: new(2)}
	engine := compile(t, scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy},
		Rules: []scenario.Rule{{Name: "r", Target: scenario.Target{Path: "/a"}, Behavior: scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{
			{Kind: scenario.FaultReset, When: when, Share: new(0.0)},
			{Kind: scenario.FaultClose, When: when},
		}}}},
	})
	a, b := scenario.Exchange{Path: "/a"}, scenario.Exchange{Path: "/b"}
	if got := pattern(engine, 1, a) + pattern(engine, 5, b) + pattern(engine, 3, a); got != "......x.x" {
		t.Errorf("hits %s", got)
	}
}

func TestCountsAreExactUnderLoad(t *testing.T) {
	const workers, each = 8, 2000
	engine := compile(t, faults(
		scenario.Fault{Kind: scenario.FaultReset, Share: new(1.0), When: &scenario.When{Every: new(10)}},
		scenario.Fault{Kind: scenario.FaultClose, When: &scenario.When{First: new(100), Per: scenario.PerConsumer}},
		scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(300), WindowMS: new(scenario.MaxWindowMS)},
	))
	var mu sync.Mutex
	counts := map[scenario.FaultKind]int{}
	passed := 0
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			mine, within := map[scenario.FaultKind]int{}, 0
			for range each {
				for _, f := range engine.Decide(scenario.Exchange{Consumer: fmt.Sprint(w % 4)}).Faults {
					mine[f.Kind]++
					if f.Quota != nil && !f.Quota.Exceeded {
						within++
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for k, n := range mine {
				counts[k] += n
			}
			passed += within
		})
	}
	group.Wait()
	want := map[scenario.FaultKind]int{scenario.FaultReset: workers * each / 10, scenario.FaultClose: 4 * 100, scenario.FaultRateLimit: workers * each}
	if diff := cmp.Diff(want, counts); diff != "" || passed != 4*300 {
		t.Errorf("%d passed the limit, want 1200; hits (-want +got):\n%s", passed, diff)
	}
}

func TestCountsAreBounded(t *testing.T) {
	engine := compile(t, faults(scenario.Fault{Kind: scenario.FaultReset, When: &scenario.When{First: new(1), Per: scenario.PerTrace}}))
	hit := func(i uint64) bool { return pattern(engine, 1, scenario.Exchange{TraceID: traceID(i)}) == "x" }
	hit(0)
	for i := range uint64(2 * scenario.MaxCounted) {
		if !hit(i + 1) {
			t.Fatal("a new trace is not hit")
		}
	}
	if hit(2*scenario.MaxCounted) || !hit(0) {
		t.Error("the last trace is forgotten, or the first is not")
	}
}

func TestWindowsAndRampsCountFromWhenTheScenarioWasSet(t *testing.T) {
	c := &clock{start}
	window := faults(scenario.Fault{Kind: scenario.FaultReset, When: &scenario.When{WindowOnMS: new(1000), WindowOfMS: new(4000)}})
	early, late := compileAt(t, window, start, c.now), func() *scenario.Engine {
		c.Time = start.Add(1500 * time.Millisecond)
		return compileAt(t, window, start, c.now)
	}()
	for ms, want := range map[int]string{-500: "x", 0: "x", 999: "x", 1000: ".", 3999: ".", 4000: "x", 4999: "x", 5000: "."} {
		c.Time = start.Add(time.Duration(ms) * time.Millisecond)
		if a, b := pattern(early, 1, scenario.Exchange{}), pattern(late, 1, scenario.Exchange{}); a != want || b != want {
			t.Errorf("after %d ms: hits %s and %s, want %s", ms, a, b, want)
		}
	}

	c.Time = start
	d := faults(scenario.Fault{Kind: scenario.FaultReset, Share: new(0.8), When: &scenario.When{RampMS: new(10_000)}},
		scenario.Fault{Kind: scenario.FaultDrop, When: &scenario.When{RampMS: new(10_000)}})
	d.Seed = new(uint64(3))
	engine := compileAt(t, d, start, c.now)
	for seconds, want := range map[int]float64{0: 0, 5: 0.5, 10: 1, 60: 1} {
		c.Time = start.Add(time.Duration(seconds) * time.Second)
		hits, dropped := 0, 0
		for i := range uint64(draws) {
			got := engine.Decide(scenario.Exchange{TraceID: traceID(i)}).Faults
			hits += len(got) - 1
			if got[len(got)-1].Hits(0) {
				dropped++
			}
		}
		about(t, fmt.Sprintf("exchanges after %d s", seconds), float64(hits)/draws, 0.8*want)
		about(t, fmt.Sprintf("messages after %d s", seconds), float64(dropped)/draws, want)
	}
}

// The scenario of the configuration was never set: it counts from when it was put in force.
func TestWindowsOfTheDefaultCountFromTheStart(t *testing.T) {
	c := &clock{start}
	engine := compileAt(t, faults(scenario.Fault{Kind: scenario.FaultReset, When: &scenario.When{WindowOnMS: new(1000), WindowOfMS: new(2000)}}), time.Time{}, c.now)
	got := ""
	for range 4 {
		got += pattern(engine, 1, scenario.Exchange{})
		c.Time = c.Add(time.Second)
	}
	if got != "x.x." {
		t.Errorf("hits %s, want x.x.", got)
	}
}

func TestRateLimitsTellWhatIsLeft(t *testing.T) {
	c := &clock{start.Add(2500 * time.Millisecond)}
	engine := compileAt(t, faults(scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(2), WindowMS: new(1000)}), start, c.now)
	ask := func(consumer string) scenario.Quota {
		t.Helper()
		d := engine.Decide(scenario.Exchange{Consumer: consumer})
		if len(d.Faults) != 1 || d.Faults[0].Quota == nil {
			t.Fatalf("no quota: %+v", d.Faults)
		}
		return *d.Faults[0].Quota
	}
	half := 500 * time.Millisecond
	for i, test := range []struct {
		consumer string
		want     scenario.Quota
	}{
		{"web", scenario.Quota{Limit: 2, Remaining: 1, Reset: half}},
		{"web", scenario.Quota{Limit: 2, Remaining: 0, Reset: half}},
		{"web", scenario.Quota{Exceeded: true, Limit: 2, Reset: half}},
		{"app", scenario.Quota{Limit: 2, Remaining: 1, Reset: half}},
		{"web", scenario.Quota{Exceeded: true, Limit: 2, Reset: half}},
	} {
		if diff := cmp.Diff(test.want, ask(test.consumer)); diff != "" {
			t.Errorf("exchange %d (-want +got):\n%s", i, diff)
		}
	}
	c.Time = start.Add(3000 * time.Millisecond)
	if diff := cmp.Diff(scenario.Quota{Limit: 2, Remaining: 1, Reset: time.Second}, ask("web")); diff != "" {
		t.Errorf("in the next window (-want +got):\n%s", diff)
	}
	c.Time = start.Add(24 * 30 * time.Hour)
	if diff := cmp.Diff(scenario.Quota{Limit: 2, Remaining: 1, Reset: time.Second}, ask("new")); diff != "" {
		t.Errorf("after a month (-want +got):\n%s", diff)
	}
	c.Time = start.Add(3000 * time.Millisecond)
	// A clock that went back counts in the window that has begun.
	c.Time = start.Add(2900 * time.Millisecond)
	if got := ask("web"); got.Remaining != 0 || got.Exceeded {
		t.Errorf("with a clock that went back: %+v", got)
	}
}

func TestEachVersionCountsAnewAndTheSameOneGoesOn(t *testing.T) {
	s := scenario.Scenario{Version: 1, SetAt: start, Definition: faults(scenario.Fault{Kind: scenario.FaultReset, When: &scenario.When{First: new(1)}})}
	live, err := scenario.NewLive(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := pattern(live.Load(), 2, scenario.Exchange{})
	for _, version := range []int64{1, 2} {
		s.Version = version
		if err := live.Store(s); err != nil {
			t.Fatal(err)
		}
		got += pattern(live.Load(), 2, scenario.Exchange{})
	}
	if got != "x...x." {
		t.Errorf("hits %s, want x...x.", got)
	}
}

func TestConnectionsAreRefusedByGateway(t *testing.T) {
	refuse := scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{{Kind: scenario.FaultRefuse}}}
	healthy := scenario.Behavior{Mode: scenario.Healthy}
	half := scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{{Kind: scenario.FaultRefuse, Share: new(0.5)}}}
	rule := func(name string, target scenario.Target, b scenario.Behavior) scenario.Rule {
		return scenario.Rule{Name: name, Target: target, Behavior: b}
	}
	shop := scenario.Target{Gateway: "shop"}
	for _, test := range []struct {
		name       string
		in         scenario.Definition
		shop, bank float64
	}{
		{"none", behavior(scenario.Behavior{Mode: scenario.Chaos}), 0, 0},
		{"by the mode", behavior(refuse), 1, 1},
		{"by a rule", scenario.Definition{Behavior: healthy, Rules: []scenario.Rule{rule("r", shop, refuse)}}, 1, 0},
		{"half", scenario.Definition{Behavior: healthy, Rules: []scenario.Rule{rule("r", shop, half)}}, 0.5, 0},
		{"all but one", scenario.Definition{Behavior: refuse, Rules: []scenario.Rule{{Name: "x", Target: shop, Exclude: true}}}, 0, 1},
		{"all but a healthy one", scenario.Definition{Behavior: refuse, Rules: []scenario.Rule{rule("x", shop, healthy)}}, 0, 1},
		{"first rule", scenario.Definition{Behavior: healthy, Rules: []scenario.Rule{rule("a", scenario.Target{}, healthy), rule("b", shop, refuse)}}, 0, 0},
		{"rules about a part are not known yet", scenario.Definition{Behavior: refuse, Rules: []scenario.Rule{rule("a", scenario.Target{Path: "/a"}, healthy)}}, 1, 1},
		{"disabled rule", scenario.Definition{Behavior: healthy, Rules: []scenario.Rule{{Name: "r", Disabled: true, Behavior: refuse}}}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine := compile(t, test.in)
			for gateway, want := range map[string]float64{"shop": test.shop, "bank": test.bank} {
				refused := 0
				for i := range uint64(draws) {
					if engine.Refuses(gateway, 0x9e3779b97f4a7c15*i) {
						refused++
					}
				}
				about(t, gateway, float64(refused)/draws, want)
			}
			if got := engine.Decide(scenario.Exchange{Gateway: "shop"}).Faults; got != nil {
				t.Errorf("exchanges get %+v", got)
			}
		})
	}
	c := &clock{start}
	engine := compileAt(t, behavior(scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{
		{Kind: scenario.FaultRefuse, When: &scenario.When{WindowOnMS: new(1000), WindowOfMS: new(2000), Every: new(2)}},
	}}), start, c.now)
	got := ""
	for range 6 {
		if engine.Refuses("shop", 1) {
			got += "x"
		} else {
			got += "."
		}
		c.Time = c.Add(500 * time.Millisecond)
	}
	if got != ".x...x" {
		t.Errorf("refuses %s, want .x...x", got)
	}
}

func TestLimitsBindFaults(t *testing.T) {
	limits := scenario.Limits{MaxLatencyMS: 1000, MaxTimeoutMS: 2000}
	for _, test := range []struct {
		name string
		in   scenario.Fault
		want []string
	}{
		{"delay", latency(scenario.Fixed, 1000.5, nil), []string{"faults[0].delay_ms"}},
		{"bounds", scenario.Fault{Kind: scenario.FaultLatency, MinMS: new(1001.0), MaxMS: new(2000.0)}, []string{"faults[0].min_ms", "faults[0].max_ms"}},
		{"timeout by default", scenario.Fault{Kind: scenario.FaultTimeout}, []string{"faults[0].timeout_ms"}},
		{"drip by default", scenario.Fault{Kind: scenario.FaultDrip}, []string{"faults[0].duration_ms"}},

		{"what is allowed", latency(scenario.Fixed, 1000, nil), nil},
		{"timeout that is allowed", scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(2000)}, nil},
		{"window of a rate limit", scenario.Fault{Kind: scenario.FaultRateLimit, Limit: new(1)}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, fields(limits.CheckFaults([]scenario.Fault{test.in}))); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			s := scenario.Scenario{Definition: faults(test.in)}
			if diff := cmp.Diff(test.want, fields(limits.Apply(&s, start))); diff != "" {
				t.Errorf("in a scenario (-want +got):\n%s", diff)
			}
			d := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: []scenario.Rule{{Name: "r", Behavior: scenario.Behavior{Mode: scenario.Chaos, Faults: []scenario.Fault{test.in}}}}}
			var inRule []string
			for _, f := range test.want {
				inRule = append(inRule, "rules[0]."+f)
			}
			if diff := cmp.Diff(inRule, fields(limits.Check(d))); diff != "" {
				t.Errorf("in a rule (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLimitsCutOffWhatHasNoBound(t *testing.T) {
	limits := scenario.Limits{MaxLatencyMS: 1000, MaxDuration: time.Hour}
	given := func() scenario.Definition {
		d := faults(latency(scenario.Pareto, 5, nil), latency(scenario.Normal, 5, func(f *scenario.Fault) { f.DeviationMS, f.MaxMS = new(3.0), new(9.0) }))
		d.Rules = []scenario.Rule{{Name: "a", Exclude: true}, {Name: "b", Behavior: scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{latency(scenario.LogNormal, 5, nil)}}}}
		return d
	}
	before := given()
	s := scenario.Scenario{Definition: before}
	if err := limits.Apply(&s, start); err != nil {
		t.Fatal(err)
	}
	if got := []float64{*s.Faults[0].MaxMS, *s.Faults[1].MaxMS, *s.Rules[1].Faults[0].MaxMS}; !slices.Equal(got, []float64{1000, 9, 1000}) {
		t.Errorf("bounds %v, want 1000, 9, 1000", got)
	}
	if diff := cmp.Diff(given(), before); diff != "" {
		t.Errorf("what was given has changed:\n%s", diff)
	}
	// What was set elsewhere may be above the limit; it stays valid.
	d := faults(latency(scenario.Pareto, 5000, nil))
	capped := limits.Cap(scenario.Scenario{Definition: d, SetAt: start})
	if err := capped.Validate(); err != nil || *capped.Faults[0].MaxMS != 5000 {
		t.Errorf("capped: %v, %v", err, *capped.Faults[0].MaxMS)
	}
}
