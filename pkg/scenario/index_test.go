package scenario_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// TestTheFirstOfManyRulesIsFound compares the engine with looking at rule after rule, each in an engine of its own, on
// rules and exchanges of few words, so that they meet often.
func TestTheFirstOfManyRulesIsFound(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	one := func(words ...string) string { return words[random.IntN(len(words))] }
	target := func() scenario.Target {
		tg := scenario.Target{
			Gateway: one("", "", "", "shop", "bank"), Protocol: one("", "", "", "http", "grpc"),
			Consumer: one("", "", "web", "app"), Operation: one("", "", "", "A", "B", "shop.Shop/Get", "/shop.Shop/Get", "query A"),
		}
		if random.IntN(3) > 0 {
			for range random.IntN(4) {
				tg.Path += "/" + one("a", "b", "c", "{id}", "{}", "%61", "a*", "*", "b%2Fc")
			}
			tg.Path += one("", "", "/", "/**")
			if tg.Path == "" {
				tg.Path = "/"
			}
		}
		if random.IntN(4) == 0 {
			tg.Methods = []string{one("GET", "post")}
		}
		if random.IntN(6) == 0 {
			tg.Headers = map[string]string{"x-a": one("1", "2", "*")}
		}
		if random.IntN(6) == 0 {
			tg.Query = map[string]string{"q": one("1", "*")}
		}
		if random.IntN(6) == 0 {
			tg.Share = new(0.5)
		}
		return tg
	}
	exchange := func(i int) scenario.Exchange {
		path := ""
		for range random.IntN(5) {
			path += "/" + one("a", "b", "c", "d", "", "%61", "ab", "b%2fc")
		}
		return scenario.Exchange{
			Gateway: one("shop", "bank"), Protocol: one("http", "grpc"), Consumer: one("", "web", "app"), Method: one("GET", "POST"),
			Operation: one("", "A", "query A", "/shop.Shop/Get", "shop.Shop/Get", "query B, mutation A"),
			Path:      path + one("", "/"), RawQuery: one("", "q=1", "q=2"), Header: http.Header{"X-A": {one("1", "2", "3")}}, TraceID: traceID(uint64(i)),
		}
	}
	matched := 0
	for round := range 300 {
		d := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
		var single []*scenario.Engine
		for i := range random.IntN(30) {
			r := scenario.Rule{Name: fmt.Sprint(i), Target: target(), Behavior: scenario.Behavior{Mode: scenario.Error}, Disabled: random.IntN(10) == 0}
			d.Rules = append(d.Rules, r)
			single = append(single, compile(t, scenario.Definition{Behavior: d.Behavior, Rules: []scenario.Rule{r}}))
		}
		engine := compile(t, d)
		for i := range 50 {
			x := exchange(round*50 + i)
			want := ""
			for _, s := range single {
				if want = s.Decide(x).Rule; want != "" {
					matched++
					break
				}
			}
			if got := engine.Decide(x).Rule; got != want {
				t.Fatalf("%+v meets rule %q, want %q of %+v", x, got, want, d.Rules)
			}
		}
	}
	if matched < 5000 {
		t.Errorf("only %d of 15000 exchanges met a rule: the test shows little", matched)
	}
}

// single-rule engines use the same index; this says in another way what patterns match.
func TestPathsAreFoundAmongMany(t *testing.T) {
	d := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
	for i, path := range []string{"/a/{}/c", "/a/b/c", "/a/b/", "/a/b", "/{x}/b/**", "/**"} {
		d.Rules = append(d.Rules, scenario.Rule{Name: path, Target: scenario.Target{Path: path, Methods: []string{fmt.Sprintf("M%d", i), "ALL"}}, Behavior: scenario.Behavior{Mode: scenario.Error}})
	}
	engine := compile(t, d)
	for in, want := range map[string]string{
		"ALL /a/b/c": "/a/{}/c", "M1 /a/b/c": "/a/b/c", "ALL /a/b/": "/a/b/", "ALL /a/b": "/a/b", "ALL /z/b/q/r": "/{x}/b/**", "M4 /a/b/c": "/{x}/b/**",
		"M4 /z/b": "/{x}/b/**", "ALL /a//c": "/**", "ALL ": "/**", "ALL /": "/**", "M5 /a/b/c": "/**", "M3 /a/b/": "", "M0 /a/b": "",
	} {
		method, path, _ := strings.Cut(in, " ")
		if got := engine.Decide(scenario.Exchange{Method: method, Path: path}).Rule; got != want {
			t.Errorf("%s meets %q, want %q", in, got, want)
		}
	}
}

func TestDecideAllocatesNothingWithManyRules(t *testing.T) {
	for _, rules := range []int{10, scenario.MaxRules} {
		d := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
		for i := range rules {
			target := scenario.Target{Path: fmt.Sprintf("/users/{id}/things-%d/**", i)}
			if i%3 == 0 {
				target = scenario.Target{Operation: fmt.Sprintf("Op%d", i)}
			}
			d.Rules = append(d.Rules, scenario.Rule{Name: fmt.Sprint(i), Target: target, Behavior: scenario.Behavior{Mode: scenario.Error, Faults: []scenario.Fault{{Kind: scenario.FaultReset}}}})
		}
		engine := compile(t, d)
		if n := testing.AllocsPerRun(100, func() { sink = engine.Decide(busyExchange) }); n != 0 {
			t.Errorf("%d rules: %v allocations", rules, n)
		}
	}
}
