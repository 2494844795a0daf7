package telemetry

import (
	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Declare begins the counters of errors, faults and losses at 0, so that the first of each shows as an increase:
// Prometheus cannot tell a counter that begins at 1 from one that was 1 before.
func (m *Metrics) Declare(gateways, dropReasons []string) {
	for _, gateway := range gateways {
		m.chaos.WithLabelValues(gateway)
		m.turnedAway.WithLabelValues(gateway)
		for _, protocol := range []recording.Protocol{recording.HTTP, recording.GRPC, recording.GraphQL, recording.WebSocket} {
			for kind, origin := range map[string]string{"upstream": "organic", "status": "organic", string(scenario.FaultError): "injected", string(scenario.FaultTimeout): "injected"} {
				m.errors.WithLabelValues(gateway, string(protocol), origin, kind)
			}
		}
		for mode, kinds := range map[scenario.Mode][]scenario.FaultKind{
			scenario.Degraded: {fault.KindStretch, scenario.FaultError},
			scenario.Error:    {scenario.FaultError},
			scenario.Chaos:    {scenario.FaultError, scenario.FaultTimeout, scenario.FaultLatency},
		} {
			for _, kind := range kinds {
				m.faults.WithLabelValues(gateway, string(recording.HTTP), string(kind), string(mode))
			}
		}
	}
	for _, reason := range dropReasons {
		m.dropped.WithLabelValues(reason)
	}
}
