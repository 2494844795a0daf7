package telemetry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Prometheus sees the first increase of a counter only where it has seen it at 0.
func TestFaultsAndErrorsOfEveryKindAreToldFromZeroOn(t *testing.T) {
	m := newMetrics()
	m.Declare([]string{"shop"}, []string{"queue_full"})
	series := func() (names []string, zero bool) {
		zero = true
		for line := range strings.Lines(scrape(t, m, "text/plain")) {
			if strings.HasPrefix(line, "mockforge_injected_faults_total{") || strings.HasPrefix(line, "mockforge_errors_total{") {
				name, value, _ := strings.Cut(line, "} ")
				names, zero = append(names, name), zero && value == "0\n"
			}
		}
		return names, zero
	}
	declared, zero := series()
	if !zero {
		t.Error("not all begin at 0")
	}
	notFound, tryAgain := 5, 1013
	for _, protocol := range []recording.Protocol{recording.HTTP, recording.GRPC, recording.GraphQL, recording.WebSocket} {
		for _, mode := range scenario.Modes() {
			m.Refused("shop", mode)
			harmed := func(kind string, status int) {
				m.Observe(exchange(func(r *recording.Recording) {
					r.Protocol, r.ScenarioMode, r.ResponseStatus, r.Faults = protocol, string(mode), status, []recording.Fault{{Kind: kind}}
				}))
			}
			for _, kind := range scenario.FaultKinds() {
				if kind != scenario.FaultRefuse {
					harmed(string(kind), 200)
					harmed(string(kind), 500)
				}
			}
			if mode == scenario.Degraded {
				harmed("stretch", 200)
			}
		}
		for _, change := range []func(*recording.Recording){
			func(r *recording.Recording) { r.Failure = "upstream timed out" },
			func(r *recording.Recording) { r.Failure = "plugin frail failed" },
			func(r *recording.Recording) { r.Failure = "mock failed" },
			func(r *recording.Recording) { r.ResponseStatus = 503 },
			func(r *recording.Recording) { r.GRPCStatus = &notFound },
			func(r *recording.Recording) { r.WebSocketClose = &tryAgain },
		} {
			m.Observe(exchange(func(r *recording.Recording) { r.Protocol = protocol; change(r) }))
		}
	}
	counted, _ := series()
	if diff := cmp.Diff(declared, counted); diff != "" {
		t.Errorf("series (-declared +counted):\n%s", diff)
	}
	for _, kind := range scenario.FaultKinds() {
		if !strings.Contains(strings.Join(declared, "\n"), fmt.Sprintf("fault=%q", kind)) {
			t.Errorf("%s is not declared", kind)
		}
	}
}
