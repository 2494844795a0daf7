package telemetry

import "time"

// Executed counts one run of a plugin of a gateway, which took d by itself.
func (m *Metrics) Executed(gateway, plugin string, d time.Duration, failed bool) {
	m.pluginExecutions.WithLabelValues(gateway, plugin).Inc()
	m.pluginDuration.WithLabelValues(gateway, plugin).Observe(d.Seconds())
	// Also 0 is told, so that a rate can be taken of the first error.
	errors := m.pluginErrors.WithLabelValues(gateway, plugin)
	if failed {
		errors.Inc()
	}
}
