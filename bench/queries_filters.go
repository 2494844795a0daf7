package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// explorerFilter is one of the explorer's filters, with a value that is drawn anew each time.
type explorerFilter struct {
	name   string
	filter func(*rand.Rand) recording.Filter
}

// explorerFilters returns the explorer's filters, each by itself, with common and rare values as they are drawn, and those
// that people put together.
func explorerFilters() []explorerFilter {
	yes, no := true, false
	one := func(r *rand.Rand, values ...string) []string { return []string{values[r.IntN(len(values))]} }
	route := func(r *rand.Rand) []string { return []string{fmt.Sprintf("/things-%d/{id}", skewed(r, 200, 3))} }
	consumer := func(r *rand.Rand) []string { return []string{"app-" + strconv.Itoa(skewed(r, 500, 2))} }
	return []explorerFilter{
		{"no filter", func(*rand.Rand) recording.Filter { return recording.Filter{} }},
		{"protocol", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Protocols: []recording.Protocol{[]recording.Protocol{recording.HTTP, recording.GRPC, recording.GraphQL, recording.WebSocket}[r.IntN(4)]}}
		}},
		{"gateway", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Gateways: one(r, "shop", "pay", "blog", "search", "legacy")}
		}},
		{"gateway that is not there", func(*rand.Rand) recording.Filter { return recording.Filter{Gateways: []string{"none"}} }},
		{"method", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Methods: one(r, "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")}
		}},
		{"route", func(r *rand.Rand) recording.Filter { return recording.Filter{Routes: route(r)} }},
		{"path, a part", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Path: fmt.Sprintf("/%d", 10_000+skewed(r, 90_000, 1))}
		}},
		{"path, a pattern", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Path: fmt.Sprintf("/things-%d/*", skewed(r, 200, 3))}
		}},
		{"path that is not there", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Path: fmt.Sprintf("/nothing/%d", r.IntN(1000))}
		}},
		{"status code", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Statuses: one(r, "200", "201", "304", "400", "404", "409", "418", "429", "500", "503", "504")}
		}},
		{"status class", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Statuses: one(r, "2xx", "3xx", "4xx", "5xx", "none")}
		}},
		{"duration", func(r *rand.Rand) recording.Filter {
			least := math.Round(20 * math.Pow(400, r.Float64()))
			return recording.Filter{MinDurationMS: &least}
		}},
		{"mode", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Modes: one(r, "healthy", "degraded", "error", "chaos")}
		}},
		{"injected", func(*rand.Rand) recording.Filter { return recording.Filter{Injected: &yes} }},
		{"organic", func(*rand.Rand) recording.Filter { return recording.Filter{Injected: &no} }},
		{"fault", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Faults: one(r, "latency", "error", "reset", "truncate", "timeout", "throttle")}
		}},
		{"rule", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Rules: []string{"rule-" + strconv.Itoa(r.IntN(12))}}
		}},
		{"failures", func(*rand.Rand) recording.Filter { return recording.Filter{Failures: &yes} }},
		{"consumer", func(r *rand.Rand) recording.Filter { return recording.Filter{Consumers: consumer(r)} }},
		{"trace id", func(r *rand.Rand) recording.Filter { return recording.Filter{TraceID: hexadecimal(r, 32)} }},
		{"tag", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Tags: one(r, "replay", "seen-1", "seen-5", "seen-9", "never")}
		}},
		{"header, any value", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Headers: map[string]string{one(r, "X-Tenant", "X-Debug")[0]: "*"}}
		}},
		{"header, a common value", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Headers: map[string]string{"X-Tenant": "tenant-" + strconv.Itoa(skewed(r, 500, 2))}}
		}},
		{"header, one exchange's", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Headers: map[string]string{"X-Request-Id": hexadecimal(r, 32)}}
		}},
		{"text, common", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Text: one(r, "shipped", `"quantity":1`, "returned")[0]}
		}},
		{"text, rare", func(r *rand.Rand) recording.Filter { return recording.Filter{Text: hexadecimal(r, 12)} }},
		{"filtered out", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Not: &recording.Filter{Routes: route(r), Statuses: []string{"2xx"}, Methods: []string{"GET"}}}
		}},
		{"route and server errors", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Routes: route(r), Statuses: []string{"5xx"}}
		}},
		{"consumer and client errors", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Consumers: consumer(r), Statuses: []string{"4xx"}}
		}},
		{"organic server errors", func(*rand.Rand) recording.Filter {
			return recording.Filter{Injected: &no, Statuses: []string{"5xx", "none"}}
		}},
		{"gateway, method and route", func(r *rand.Rand) recording.Filter {
			return recording.Filter{Gateways: one(r, "shop", "pay", "legacy"), Methods: one(r, "POST", "PUT", "DELETE"), Routes: route(r)}
		}},
	}
}

// skewed draws as the loaded recordings were drawn.
func skewed(r *rand.Rand, values int, skew float64) int {
	return int(float64(values) * math.Pow(r.Float64(), skew))
}

func hexadecimal(r *rand.Rand, digits int) string {
	var b strings.Builder
	for range digits {
		b.WriteByte("0123456789abcdef"[r.IntN(16)])
	}
	return b.String()
}

func sorted(took []time.Duration) []time.Duration {
	return slices.Sorted(slices.Values(took))
}

func inMilliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64)
}

// shortened leaves out the partitions that were not looked into.
func shortened(plan string) string {
	var b strings.Builder
	skipping := -1
	for line := range strings.Lines(plan) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if skipping >= 0 && indent > skipping {
			continue
		}
		skipping = -1
		if strings.Contains(line, "(never executed)") {
			skipping = indent
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}
