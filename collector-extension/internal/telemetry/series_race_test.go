package telemetry_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Whoever comes first with new labels, and however many come at once: each exchange is counted under its own.
func TestExchangesOfNewRoutesAreCountedAtOnce(t *testing.T) {
	const routes, workers, rounds = 300, 8, 3
	m := newMetrics()
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := range routes * rounds {
				m.Observe(exchange(func(r *recording.Recording) { r.Route = fmt.Sprint("/", (i+worker*37)%routes) }))
			}
		})
	}
	all.Wait()
	got := scrape(t, m, "text/plain")
	for i := range routes {
		if line := fmt.Sprintf(`route="/%d",status="200"} %d`, i, workers*rounds); !strings.Contains(got, line+"\n") {
			t.Fatalf("there is no %s", line)
		}
	}
}

// Labels are numbers within, and texts outside, whatever an upstream or a client has made of them.
func TestLabelsAreOfClosedSets(t *testing.T) {
	m := newMetrics()
	for _, status := range []int{0, -1, 1, 99, 100, 599, 600, 70_000} {
		m.Observe(exchange(func(r *recording.Recording) { r.Route, r.ResponseStatus = "/status", status }))
	}
	for _, status := range []int{-1, 0, 16, 17, 128, 255, 256, 1 << 20} {
		m.Observe(exchange(func(r *recording.Recording) {
			r.Protocol, r.Route, r.GRPCStatus = recording.GRPC, "/grpc", &status
		}))
	}
	m.Observe(exchange(func(r *recording.Recording) { r.Protocol, r.Route = recording.GRPC, "/grpc" }))
	for _, operation := range []string{"", "query", "query A", "queryA", "mutation", "subscription x", " query"} {
		m.Observe(exchange(func(r *recording.Recording) {
			r.Protocol, r.Route, r.Operation = recording.GraphQL, "/graphql", operation
		}))
	}
	got := scrape(t, m, "text/plain")
	for _, want := range []string{
		`route="/status",status="none"} 1`, `route="/status",status="other"} 5`, `route="/status",status="100"} 1`, `route="/status",status="599"} 1`,
		`grpc_status="0",injected="false",method="/grpc",mode="healthy"} 1`, `grpc_status="16",injected="false",method="/grpc",mode="healthy"} 1`,
		`grpc_status="other",injected="false",method="/grpc",mode="healthy"} 6`, `grpc_status="none",injected="false",method="/grpc",mode="healthy"} 1`,
		`operation_type="query",route="/graphql",status="200"} 2`, `operation_type="mutation",route="/graphql",status="200"} 1`,
		`operation_type="subscription",route="/graphql",status="200"} 1`, `operation_type="unknown",route="/graphql",status="200"} 3`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("there is no %s in:\n%s", want, got)
		}
	}
}
