package telemetry

// DeclareTap begins the counters of a receiver at 0.
func (m *Metrics) DeclareTap(receiver string, reasons []string) {
	m.delivered.WithLabelValues(receiver)
	for _, reason := range reasons {
		m.lost.WithLabelValues(receiver, reason)
	}
}

// TapDelivered counts recordings that the pipelines of a receiver took.
func (m *Metrics) TapDelivered(receiver string, n int) {
	m.delivered.WithLabelValues(receiver).Add(float64(n))
}

// TapLost counts recordings that did not get there.
func (m *Metrics) TapLost(receiver, reason string, n int) {
	m.lost.WithLabelValues(receiver, reason).Add(float64(n))
}
