package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// measureEngine times the decision on one exchange that none of the rules is about: each has to be looked at.
func measureEngine(ctx context.Context, _ settings, _ string, r *report) error {
	var rows [][]string
	for _, rules := range []int{0, 10, 1000} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		engine, err := engineOf(rules)
		if err != nil {
			return err
		}
		exchange := scenario.Exchange{
			Gateway: "shop", Protocol: "http", Method: http.MethodGet, Path: "/users/7/orders", Consumer: "web",
			Header: http.Header{"Accept": {"application/json"}, "User-Agent": {"bench"}},
		}
		result := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide(exchange) // not dropped: b.Loop keeps what calls in its body return
			}
		})
		rows = append(rows, []string{
			fmt.Sprint(rules), fmt.Sprint(result.NsPerOp()), fmt.Sprint(result.AllocsPerOp()), fmt.Sprint(result.AllocedBytesPerOp()),
		})
	}
	r.section("The engine",
		"The decision on one exchange in healthy mode, where none of the rules matches, so that each is looked at. Target: no allocation.")
	r.table([]string{"rules", "ns per decision", "allocations", "bytes"}, rows)
	return nil
}

// engineOf has rules for paths that are not asked for.
func engineOf(rules int) (*scenario.Engine, error) {
	definition := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
	for i := range rules {
		definition.Rules = append(definition.Rules, scenario.Rule{
			Name: fmt.Sprintf("rule-%d", i), Behavior: scenario.Behavior{Mode: scenario.Error},
			Target: scenario.Target{Methods: []string{http.MethodGet}, Path: fmt.Sprintf("/users/{id}/things-%d/**", i)},
		})
	}
	return scenario.Compile(scenario.Scenario{Definition: definition})
}
