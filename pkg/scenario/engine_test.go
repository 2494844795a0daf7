package scenario_test

import (
	"encoding/binary"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func compile(t testing.TB, d scenario.Definition) *scenario.Engine {
	t.Helper()
	engine, err := scenario.Compile(scenario.Scenario{Definition: d, Version: 7})
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func behavior(b scenario.Behavior) scenario.Definition { return scenario.Definition{Behavior: b} }

func traceID(n uint64) (id [16]byte) {
	binary.BigEndian.PutUint64(id[:8], 0x9e3779b97f4a7c15*(n+1))
	binary.BigEndian.PutUint64(id[8:], n+1)
	return id
}

const draws = 20_000

// decide draws many times; seeded, so that the tests are as reproducible as the product.
func decide(t *testing.T, d scenario.Definition) []scenario.Decision {
	t.Helper()
	d.Seed = new(uint64(42))
	engine := compile(t, d)
	decisions := make([]scenario.Decision, draws)
	for i := range decisions {
		decisions[i] = engine.Decide(scenario.Exchange{Method: "GET", Path: "/", TraceID: traceID(uint64(i))})
	}
	return decisions
}

func share(decisions []scenario.Decision, holds func(scenario.Decision) bool) float64 {
	n := 0
	for _, d := range decisions {
		if holds(d) {
			n++
		}
	}
	return float64(n) / float64(len(decisions))
}

func about(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 0.015 {
		t.Errorf("%s: share %.3f, want about %.3f", what, got, want)
	}
}

func TestHealthyDoesNothing(t *testing.T) {
	want := scenario.Decision{Mode: scenario.Healthy, Version: 7}
	got := compile(t, behavior(scenario.Behavior{Mode: scenario.Healthy})).Decide(scenario.Exchange{Path: "/"})
	if diff := cmp.Diff(want, got); diff != "" || got.Injects() {
		t.Errorf("Decide (-want +got):\n%s", diff)
	}
}

func TestDegradedStretchesTheUpstreamAndMayFail(t *testing.T) {
	got := compile(t, behavior(scenario.Behavior{Mode: scenario.Degraded, LatencyMultiplier: new(3.0)})).Decide(scenario.Exchange{})
	if got.Multiplier != 3 || got.Floor != 150*time.Millisecond || got.Status != 0 || !got.Injects() {
		t.Errorf("Decide = %+v", got)
	}
	got = compile(t, behavior(scenario.Behavior{Mode: scenario.Degraded})).Decide(scenario.Exchange{})
	if got.Multiplier != 2 || got.Floor != 100*time.Millisecond {
		t.Errorf("by default: %+v", got)
	}
	all := decide(t, behavior(scenario.Behavior{Mode: scenario.Degraded, ErrorRate: new(0.25)}))
	about(t, "errors", share(all, func(d scenario.Decision) bool { return d.Status >= 500 && d.Multiplier == 0 }), 0.25)
	about(t, "stretched", share(all, func(d scenario.Decision) bool { return d.Status == 0 && d.Multiplier == 2 }), 0.75)
}

func TestErrorAnswersTheShareWithTheCodes(t *testing.T) {
	all := decide(t, behavior(scenario.Behavior{Mode: scenario.Error, ErrorRate: new(0.15), StatusCodes: []int{502, 503, 504}}))
	about(t, "errors", share(all, func(d scenario.Decision) bool { return d.Status != 0 }), 0.15)
	for _, code := range []int{502, 503, 504} {
		about(t, "each code", share(all, func(d scenario.Decision) bool { return d.Status == code }), 0.05)
	}
	for rate, want := range map[float64]float64{0: 0, 1: 1} {
		all := decide(t, behavior(scenario.Behavior{Mode: scenario.Error, ErrorRate: new(rate)}))
		if got := share(all, func(d scenario.Decision) bool { return slices.Contains([]int{500, 502, 503}, d.Status) }); got != want {
			t.Errorf("error rate %v: share %v, want exactly %v", rate, got, want)
		}
	}
}

func TestChaosDrawsErrorTimeoutOrLatency(t *testing.T) {
	all := decide(t, behavior(scenario.Behavior{
		Mode: scenario.Chaos, ErrorRate: new(0.2), TimeoutRate: new(0.1), TimeoutMS: new(1500),
		LatencyMinMS: new(1000), LatencyMaxMS: new(2000), SpikeProbability: new(0.25),
	}))
	about(t, "errors", share(all, func(d scenario.Decision) bool { return d.Status != 0 && d.Timeout == 0 && d.Delay == 0 }), 0.2)
	about(t, "timeouts", share(all, func(d scenario.Decision) bool {
		return d.Timeout == 1500*time.Millisecond && d.Status == 0 && d.Delay == 0
	}), 0.1)
	about(t, "spikes", share(all, func(d scenario.Decision) bool { return d.Delay >= time.Second && d.Delay <= 2*time.Second }), 0.7*0.25)
	about(t, "calm", share(all, func(d scenario.Decision) bool {
		return d.Status == 0 && d.Timeout == 0 && d.Delay <= 50*time.Millisecond
	}), 0.7*0.75)
	for _, code := range []int{500, 502, 503, 504, 429} {
		about(t, "each code", share(all, func(d scenario.Decision) bool { return d.Status == code }), 0.04)
	}
}

func TestChaosSwitches(t *testing.T) {
	failed := func(d scenario.Decision) bool { return d.Status != 0 || d.Timeout != 0 }
	for _, test := range []struct {
		name        string
		in          scenario.Behavior
		fails, slow float64
	}{
		{"by default", scenario.Behavior{Mode: scenario.Chaos}, 0.15, 0.85},
		{"no errors", scenario.Behavior{Mode: scenario.Chaos, RandomErrors: new(false)}, 0, 1},
		{"no errors but timeouts on purpose", scenario.Behavior{Mode: scenario.Chaos, RandomErrors: new(false), TimeoutRate: new(0.3)}, 0.3, 0.7},
		{"no slowdowns", scenario.Behavior{Mode: scenario.Chaos, RandomSlowdowns: new(false)}, 0.15, 0},
		{"neither", scenario.Behavior{Mode: scenario.Chaos, RandomErrors: new(false), RandomSlowdowns: new(false)}, 0, 0},
		{"all fail", scenario.Behavior{Mode: scenario.Chaos, ErrorRate: new(1.0)}, 1, 0},
		{"all time out", scenario.Behavior{Mode: scenario.Chaos, TimeoutRate: new(1.0)}, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := decide(t, behavior(test.in))
			about(t, "failed", share(all, failed), test.fails)
			about(t, "slow", share(all, func(d scenario.Decision) bool { return d.Delay > 0 }), test.slow)
		})
	}
}

func TestLatencyOverrideIsAddedInEveryMode(t *testing.T) {
	for _, mode := range scenario.Modes() {
		b := scenario.Behavior{Mode: mode}
		if mode == scenario.Chaos {
			b.RandomSlowdowns = new(false)
		}
		all := decide(t, scenario.Definition{Behavior: b, Latency: &scenario.Latency{MinMS: 100, MaxMS: 300}})
		var sum time.Duration
		for _, d := range all {
			if d.Delay < 100*time.Millisecond || d.Delay > 300*time.Millisecond || !d.Injects() {
				t.Fatalf("%s: delay %s", mode, d.Delay)
			}
			sum += d.Delay
		}
		if mean := sum / draws; mean < 195*time.Millisecond || mean > 205*time.Millisecond {
			t.Errorf("%s: mean %s, want about 200 ms", mode, mean)
		}
	}
}

func TestFirstMatchingRuleWins(t *testing.T) {
	failWith := func(code int) scenario.Behavior {
		return scenario.Behavior{Mode: scenario.Error, StatusCodes: []int{code}}
	}
	engine := compile(t, scenario.Definition{
		Behavior: failWith(599), Latency: &scenario.Latency{MinMS: 1, MaxMS: 1},
		Rules: []scenario.Rule{
			{Name: "off", Disabled: true, Behavior: failWith(501)},
			{Name: "probes", Exclude: true, Target: scenario.Target{Path: "/health"}},
			{Name: "calm", Target: scenario.Target{Path: "/calm"}, Behavior: scenario.Behavior{Mode: scenario.Healthy}},
			{Name: "post", Target: scenario.Target{Methods: []string{"post"}}, Behavior: failWith(502)},
			{Name: "both", Target: scenario.Target{Methods: []string{"POST", "PUT"}}, Behavior: failWith(503)},
		},
	})
	for _, test := range []struct {
		method, path string
		want         scenario.Decision
	}{
		{"POST", "/health", scenario.Decision{Mode: scenario.Healthy, Rule: "probes"}},
		{"POST", "/calm", scenario.Decision{Mode: scenario.Healthy, Rule: "calm", Delay: time.Millisecond}},
		{"POST", "/a", scenario.Decision{Mode: scenario.Error, Rule: "post", Status: 502, Delay: time.Millisecond}},
		{"PUT", "/a", scenario.Decision{Mode: scenario.Error, Rule: "both", Status: 503, Delay: time.Millisecond}},
		{"GET", "/a", scenario.Decision{Mode: scenario.Error, Status: 599, Delay: time.Millisecond}},
	} {
		test.want.Version = 7
		if diff := cmp.Diff(test.want, engine.Decide(scenario.Exchange{Method: test.method, Path: test.path})); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.method, test.path, diff)
		}
	}
}

func TestTargetConditions(t *testing.T) {
	exchange := scenario.Exchange{
		Gateway: "shop", Protocol: "grpc", Method: "POST", Path: "/users/7/orders", RawQuery: "q=a+b&q=c&empty&x=%41&pct=100%%20off;b=2",
		Header: http.Header{"X-Tenant": {"red", "blue"}}, Consumer: "web", Operation: "shop.Shop/Get",
	}
	for _, test := range []struct {
		name   string
		target scenario.Target
		want   bool
	}{
		{"nothing asked", scenario.Target{}, true},
		{"gateway", scenario.Target{Gateway: "shop"}, true},
		{"other gateway", scenario.Target{Gateway: "bank"}, false},
		{"protocol", scenario.Target{Protocol: "grpc"}, true},
		{"other protocol", scenario.Target{Protocol: "http"}, false},
		{"method in any case", scenario.Target{Methods: []string{"get", "post"}}, true},
		{"other method", scenario.Target{Methods: []string{"GET"}}, false},
		{"path", scenario.Target{Path: "/users/{id}/orders"}, true},
		{"other path", scenario.Target{Path: "/users/{id}"}, false},
		{"second value of a header", scenario.Target{Headers: map[string]string{"x-tenant": "blue"}}, true},
		{"any value of a header", scenario.Target{Headers: map[string]string{"x-tenant": "*"}}, true},
		{"part of a header's value", scenario.Target{Headers: map[string]string{"x-tenant": "bl"}}, false},
		{"absent header", scenario.Target{Headers: map[string]string{"x-other": "*"}}, false},
		{"decoded query value", scenario.Target{Query: map[string]string{"q": "a b", "x": "A"}}, true},
		{"second query value", scenario.Target{Query: map[string]string{"q": "c"}}, true},
		{"query without a value", scenario.Target{Query: map[string]string{"empty": ""}}, true},
		{"absent query", scenario.Target{Query: map[string]string{"z": "*"}}, false},
		{"a % and semicolons are data", scenario.Target{Query: map[string]string{"pct": "100% off;b=2"}}, true},
		{"behind a semicolon begins no parameter", scenario.Target{Query: map[string]string{"b": "*"}}, false},
		{"consumer", scenario.Target{Consumer: "web"}, true},
		{"other consumer", scenario.Target{Consumer: "Web"}, false},
		{"operation with a leading slash", scenario.Target{Operation: "/shop.Shop/Get"}, true},
		{"other operation", scenario.Target{Operation: "shop.Shop/List"}, false},
		{"all but one hold", scenario.Target{Gateway: "shop", Protocol: "grpc", Consumer: "app"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			engine := compile(t, scenario.Definition{
				Behavior: scenario.Behavior{Mode: scenario.Healthy},
				Rules:    []scenario.Rule{{Name: "r", Target: test.target, Behavior: scenario.Behavior{Mode: scenario.Error}}},
			})
			if got := engine.Decide(exchange).Rule == "r"; got != test.want {
				t.Errorf("matches: %t, want %t", got, test.want)
			}
		})
	}
	t.Run("GraphQL operation by its name alone", func(t *testing.T) {
		engine := compile(t, scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Healthy},
			Rules:    []scenario.Rule{{Name: "r", Target: scenario.Target{Operation: "GetUser"}, Behavior: scenario.Behavior{Mode: scenario.Error}}},
		})
		if engine.Decide(scenario.Exchange{Operation: "query GetUser"}).Rule != "r" || engine.Decide(scenario.Exchange{Operation: "query GetUsers"}).Rule != "" ||
			engine.Decide(scenario.Exchange{Operation: "query GetUsers, mutation GetUser"}).Rule != "r" {
			t.Error("the operation is not told from others")
		}
	})
}

func TestShareHitsTheSameTracesAndConsumers(t *testing.T) {
	engine := compile(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: []scenario.Rule{
		{Name: "tenth of consumers", Target: scenario.Target{Share: new(0.1), ShareBy: "consumer"}, Behavior: scenario.Behavior{Mode: scenario.Error}},
		{Name: "third of traces", Target: scenario.Target{Share: new(0.3)}, Behavior: scenario.Behavior{Mode: scenario.Error}},
		{Name: "half of the rest", Target: scenario.Target{Share: new(0.5), ShareBy: "trace"}, Behavior: scenario.Behavior{Mode: scenario.Error}},
	}})
	counts := map[string]float64{}
	for i := range uint64(draws) {
		x := scenario.Exchange{TraceID: traceID(i), Consumer: string(rune('a' + i%1000))}
		rule := engine.Decide(x).Rule
		counts[rule] += 1.0 / draws
		if again := engine.Decide(x).Rule; again != rule {
			t.Fatalf("the same exchange met %q and %q", rule, again)
		}
	}
	about(t, "third of traces", counts["third of traces"]/(1-counts["tenth of consumers"]), 0.3)
	about(t, "half of the rest", counts["half of the rest"]/(1-counts["tenth of consumers"]-counts["third of traces"]), 0.5)
	if got := counts["tenth of consumers"]; got < 0.05 || got > 0.15 {
		t.Errorf("consumers: share %.3f, want about 0.1", got)
	}
	untraced := 0
	for range draws {
		if engine.Decide(scenario.Exchange{}).Rule == "third of traces" {
			untraced++
		}
	}
	if got := float64(untraced) / draws; got < 0.2 || got > 0.34 {
		t.Errorf("without a trace id: share %.3f, want about 0.27", got)
	}
}

func TestSeedMakesChaosReproducible(t *testing.T) {
	d := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos}, Latency: &scenario.Latency{MaxMS: 10}}
	run := func(seed uint64) (all []scenario.Decision) {
		d.Seed = &seed
		engine := compile(t, d)
		for i := range uint64(500) {
			all = append(all, engine.Decide(scenario.Exchange{TraceID: traceID(i)}))
		}
		return all
	}
	if diff := cmp.Diff(run(1), run(1)); diff != "" {
		t.Errorf("the same seed gives other faults:\n%s", diff)
	}
	if cmp.Equal(run(1), run(2)) {
		t.Error("another seed gives the same faults")
	}
}

// A change of these numbers changes what a published seed means: it needs a note in the changelog.
func TestSeededDrawsStayTheSameAcrossVersions(t *testing.T) {
	engine := compile(t, scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Chaos}, Seed: new(uint64(2026))})
	var got []scenario.Decision
	for i := range uint64(60) {
		if d := engine.Decide(scenario.Exchange{TraceID: traceID(i)}); d.Status != 0 || d.Timeout != 0 || d.Delay > 4500*time.Millisecond {
			got = append(got, scenario.Decision{Status: d.Status, Timeout: d.Timeout, Delay: d.Delay.Truncate(time.Microsecond), Version: int64(i)})
		}
	}
	want := []scenario.Decision{
		{Version: 5, Status: 503},
		{Version: 7, Delay: 4903448 * time.Microsecond},
		{Version: 24, Status: 500},
		{Version: 27, Delay: 4975452 * time.Microsecond},
		{Version: 33, Status: 500},
		{Version: 41, Status: 500},
		{Version: 42, Delay: 4685389 * time.Microsecond},
		{Version: 46, Status: 429},
		{Version: 49, Timeout: 30 * time.Second},
		{Version: 54, Status: 504},
		{Version: 55, Status: 500},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("draws (-want +got):\n%s", diff)
	}
}

func TestWithoutASeedDrawsDiffer(t *testing.T) {
	engine := compile(t, behavior(scenario.Behavior{Mode: scenario.Chaos}))
	seen := map[time.Duration]bool{}
	for range 100 {
		seen[engine.Decide(scenario.Exchange{TraceID: traceID(1)}).Delay] = true
	}
	if len(seen) < 20 {
		t.Errorf("100 draws gave %d delays", len(seen))
	}
}

// ruleOfEveryKind has rules that look at all that an exchange has.
func ruleOfEveryKind() []scenario.Rule {
	failing := scenario.Behavior{Mode: scenario.Error}
	return []scenario.Rule{
		{Name: "gateway", Target: scenario.Target{Gateway: "other"}, Behavior: failing},
		{Name: "path", Target: scenario.Target{Path: "/users/{id}/x/**"}, Behavior: failing},
		{Name: "header", Target: scenario.Target{Headers: map[string]string{"x-a": "c"}}, Behavior: failing},
		{Name: "query", Target: scenario.Target{Query: map[string]string{"a": "c"}}, Behavior: failing},
		{Name: "operation", Target: scenario.Target{Operation: "a/B"}, Behavior: failing},
		{Name: "share", Target: scenario.Target{Share: new(0.0)}, Behavior: failing},
	}
}

var busyExchange = scenario.Exchange{
	Gateway: "shop", Protocol: "http", Method: "GET", Path: "/users/7/orders", RawQuery: "a=b&c=d", Header: http.Header{"X-A": {"b"}},
	Consumer: "web", Operation: "query GetUser", TraceID: [16]byte{1, 2, 3},
}

// missing has faults of which none hits, whatever it counts and draws for that.
func missing() scenario.Definition {
	never := func(kind scenario.FaultKind, when *scenario.When) scenario.Fault {
		return scenario.Fault{Kind: kind, Share: new(0.0), When: when}
	}
	d := faults(
		never(scenario.FaultReset, nil),
		never(scenario.FaultError, &scenario.When{Every: new(2)}),
		never(scenario.FaultTimeout, &scenario.When{First: new(5), Per: scenario.PerConsumer}),
		never(scenario.FaultClose, &scenario.When{BurstLength: new(1), BurstOf: new(2), Per: scenario.PerTrace}),
		never(scenario.FaultDrip, &scenario.When{First: new(5), Per: scenario.PerRoute}),
		never(scenario.FaultMalform, &scenario.When{WindowOnMS: new(1), WindowOfMS: new(2), RampMS: new(5)}),
		scenario.Fault{Kind: scenario.FaultDrop, When: &scenario.When{Every: new(1_000_000)}},
	)
	d.Seed = new(uint64(1))
	return d
}

func TestDecideAllocatesNothing(t *testing.T) {
	for name, d := range map[string]scenario.Definition{
		"healthy":            behavior(scenario.Behavior{Mode: scenario.Healthy}),
		"healthy with rules": {Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: ruleOfEveryKind()},
		"chaos":              behavior(scenario.Behavior{Mode: scenario.Chaos}),
		"chaos with a seed":  {Behavior: scenario.Behavior{Mode: scenario.Chaos}, Seed: new(uint64(1)), Latency: &scenario.Latency{MaxMS: 1}},
		"faults that miss":   missing(),
	} {
		engine := compile(t, d)
		if n := testing.AllocsPerRun(1000, func() { sink = engine.Decide(busyExchange) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if n := testing.AllocsPerRun(1000, func() { refused = engine.Refuses("shop", 1) }); n != 0 {
			t.Errorf("%s: %v allocations for a connection", name, n)
		}
	}
}

var (
	sink    scenario.Decision
	refused bool
)

func threeFaults(share float64) scenario.Definition {
	d := behavior(scenario.Behavior{Mode: scenario.Chaos, Faults: []scenario.Fault{
		{Kind: scenario.FaultLatency, Distribution: scenario.LogNormal, DelayMS: new(80.0), Share: &share},
		{Kind: scenario.FaultError, Share: &share, When: &scenario.When{Every: new(1), Per: scenario.PerConsumer}},
		{Kind: scenario.FaultTruncate, Share: &share},
	}})
	d.Seed = new(uint64(1))
	return d
}

func BenchmarkDecide(b *testing.B) {
	for name, d := range map[string]scenario.Definition{
		"healthy":            behavior(scenario.Behavior{Mode: scenario.Healthy}),
		"healthy with rules": {Behavior: scenario.Behavior{Mode: scenario.Healthy}, Rules: ruleOfEveryKind()},
		"chaos":              behavior(scenario.Behavior{Mode: scenario.Chaos}),
		"chaos with a seed":  {Behavior: scenario.Behavior{Mode: scenario.Chaos}, Seed: new(uint64(1))},
		"three faults":       threeFaults(1),
		"three faults, none": threeFaults(0),
	} {
		b.Run(name, func(b *testing.B) {
			engine := compile(b, d)
			b.ReportAllocs()
			for b.Loop() {
				sink = engine.Decide(busyExchange)
			}
		})
	}
}

func BenchmarkDecideRequested(b *testing.B) {
	engine := compile(b, behavior(scenario.Behavior{Mode: scenario.Healthy}))
	faults, err := scenario.ParseFaultRequest("latency=200ms;error=503")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		sink = engine.DecideRequested(busyExchange, faults)
	}
}

func BenchmarkValidateFaults(b *testing.B) {
	d := threeFaults(1)
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Validate(); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzDecide(f *testing.F) {
	f.Add("/users/{id}/**", "/users/7/a", "a=b&%zz", "POST", 0.5)
	f.Add("/", "", "", "", 1.0)
	f.Fuzz(func(t *testing.T, pattern, path, query, method string, rate float64) {
		s := scenario.Scenario{Definition: scenario.Definition{
			Behavior: scenario.Behavior{Mode: scenario.Chaos, ErrorRate: &rate}, Seed: new(uint64(len(path))),
			Rules: []scenario.Rule{{
				Name: "r", Behavior: scenario.Behavior{Mode: scenario.Degraded},
				Target: scenario.Target{Path: pattern, Query: map[string]string{"a": "b"}, Share: new(0.5)},
			}},
		}}
		engine, err := scenario.Compile(s)
		if err != nil {
			return
		}
		d := engine.Decide(scenario.Exchange{Path: path, RawQuery: query, Method: method})
		if d.Delay < 0 || d.Timeout < 0 || d.Status != 0 && (d.Status < 100 || d.Status > 599) {
			t.Errorf("Decide = %+v", d)
		}
	})
}
