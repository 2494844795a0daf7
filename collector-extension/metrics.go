package mockforgeextension

import "github.com/mockforge/mockforge-observability-app/collector-extension/internal/recorder"

// declareMetrics begins the counters that nothing has counted yet, but will.
func (m *mockforge) declareMetrics() {
	gateways := make([]string, 0, len(m.config.Gateways))
	for _, g := range m.config.Gateways {
		gateways = append(gateways, g.Name)
	}
	m.metrics.Declare(gateways, []string{
		recorder.DroppedFull, recorder.DroppedSpoolFull, recorder.DroppedSpoolFailed, recorder.DroppedDamaged, recorder.DroppedRejected,
		recorder.DroppedTimedOut, recorder.DroppedShutdown,
	})
}
