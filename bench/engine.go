package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/report"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// measureEngine times the decision on one exchange that none of the rules is about, and on one that meets faults.
func measureEngine(ctx context.Context, _ settings, _ string, r *report.Report) error {
	var rows [][]string
	for _, c := range engineCases() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		engine, err := scenario.Compile(scenario.Scenario{Definition: c.definition})
		if err != nil {
			return err
		}
		exchange := scenario.Exchange{
			Gateway: "shop", Protocol: "http", Method: http.MethodGet, Path: "/users/7/orders", Consumer: "web", TraceID: [16]byte{1, 2, 3},
			Header: http.Header{"Accept": {"application/json"}, "User-Agent": {"bench"}, "X-Tenant": {"red"}},
		}
		result := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				engine.Decide(exchange) // not dropped: b.Loop keeps what calls in its body return
			}
		})
		rows = append(rows, []string{
			c.name, fmt.Sprint(result.NsPerOp()), fmt.Sprint(result.AllocsPerOp()), fmt.Sprint(result.AllocedBytesPerOp()),
		})
	}
	r.Section("The engine",
		"The decision on one exchange. Rules are found by path, operation and consumer; those that ask for neither, such as for a "+
			"header only, are looked at one by one. Target: no allocation where nothing is injected.")
	r.Table([]string{"scenario", "ns per decision", "allocations", "bytes"}, rows)
	return nil
}

type engineCase struct {
	name       string
	definition scenario.Definition
}

func engineCases() []engineCase {
	byPath := func(i int) scenario.Target {
		return scenario.Target{Methods: []string{http.MethodGet}, Path: fmt.Sprintf("/users/{id}/things-%d/**", i)}
	}
	byHeader := func(i int) scenario.Target {
		return scenario.Target{Headers: map[string]string{"x-tenant": fmt.Sprint(i)}}
	}
	return []engineCase{
		{"healthy, no rules", rulesThatMiss(0, byPath)},
		{"healthy, 10 rules by path, none matches", rulesThatMiss(10, byPath)},
		{"healthy, 1,000 rules by path, none matches", rulesThatMiss(1000, byPath)},
		{"healthy, 1,000 rules by header, none matches", rulesThatMiss(1000, byHeader)},
		{"three faults, none hits", threeFaults(0)},
		{"three faults, all hit", threeFaults(1)},
	}
}

func rulesThatMiss(rules int, target func(int) scenario.Target) scenario.Definition {
	definition := scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}
	for i := range rules {
		definition.Rules = append(definition.Rules, scenario.Rule{
			Name: fmt.Sprintf("rule-%d", i), Behavior: scenario.Behavior{Mode: scenario.Error}, Target: target(i),
		})
	}
	return definition
}

func threeFaults(share float64) scenario.Definition {
	return scenario.Definition{
		Seed: new(uint64(1)),
		Behavior: scenario.Behavior{Mode: scenario.Chaos, Faults: []scenario.Fault{
			{Kind: scenario.FaultLatency, Distribution: scenario.LogNormal, DelayMS: new(80.0), Share: &share},
			{Kind: scenario.FaultError, Share: &share, When: &scenario.When{Every: new(1), Per: scenario.PerConsumer}},
			{Kind: scenario.FaultTruncate, Share: &share},
		}},
	}
}
