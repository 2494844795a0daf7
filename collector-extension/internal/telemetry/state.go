package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

var (
	activeScenario = prometheus.NewDesc(namespace+"_active_scenario", "1 for the default mode that is in force, 0 for the others.", []string{"mode"}, nil)
	tapQueue       = prometheus.NewDesc(namespace+"_receiver_queue_length", "Recordings that wait for the pipelines of a receiver.", []string{"receiver"}, nil)
	activeConns    = prometheus.NewDesc(namespace+"_active_connections", "Open connections of a gateway.", []string{"gateway"}, nil)
)

// state collects what is true at the moment of the scrape.
type state struct{ o Options }

func (s state) Describe(descs chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{activeScenario, activeConns, tapQueue} {
		descs <- desc
	}
}

func (s state) Collect(out chan<- prometheus.Metric) {
	current := s.o.Mode()
	for _, mode := range scenario.Modes() {
		value := 0.0
		if mode == current {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(activeScenario, prometheus.GaugeValue, value, string(mode))
	}
	for gateway, n := range s.o.Active() {
		out <- prometheus.MustNewConstMetric(activeConns, prometheus.GaugeValue, float64(n), gateway)
	}
	if s.o.TapQueues == nil {
		return
	}
	for receiver, n := range s.o.TapQueues() {
		out <- prometheus.MustNewConstMetric(tapQueue, prometheus.GaugeValue, float64(n), receiver)
	}
}
