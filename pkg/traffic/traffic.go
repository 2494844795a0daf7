// Package traffic has the figures of live traffic: what each instance counts in one second, how the seconds of a fleet
// are added up, and the quantiles that are shown.
package traffic

import "time"

// Bounds are the upper bounds of the latency histogram's buckets in milliseconds; one more bucket counts what is above.
var Bounds = [...]float64{1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 7500, 10000, 30000}

// Key is what traffic is counted by.
type Key struct {
	Gateway  string `json:"gateway"`
	Protocol string `json:"protocol"`
	Route    string `json:"route"`
	Mode     string `json:"mode"`
}

// Interval is what one instance counted for one key from Start on, for Seconds.
type Interval struct {
	Key
	Instance string    `json:"instance"`
	Start    time.Time `json:"start"`
	Seconds  float64   `json:"seconds"`
	Requests int64     `json:"requests"`
	// OrganicErrors and InjectedErrors are failures of the upstream and failures of ours (5xx, 429 of ours, timeouts,
	// resets, gRPC codes); Injected counts exchanges with any fault.
	OrganicErrors  int64 `json:"organic_errors"`
	InjectedErrors int64 `json:"injected_errors"`
	Injected       int64 `json:"injected"`
	// Buckets are counts by Bounds, with one more at the end; LatencySumMS is the sum of all.
	Buckets      [len(Bounds) + 1]int64 `json:"buckets"`
	LatencySumMS float64                `json:"latency_sum_ms"`
	// Active is the number of connections at the end of the interval, and Plugins what plugins did in it, by name; on the
	// interval of one key per gateway only.
	Active  int64                   `json:"active"`
	Plugins map[string]PluginCounts `json:"plugins,omitempty"`
}

// PluginCounts are the executions of one plugin.
type PluginCounts struct {
	Executions int64 `json:"executions"`
	// Errors are executions that failed; DurationSumMS is the sum of all.
	Errors        int64   `json:"errors"`
	DurationSumMS float64 `json:"duration_sum_ms"`
}

// Point is the traffic of the whole fleet in one second (or one step), as it is drawn.
type Point struct {
	Time              time.Time              `json:"time"`
	RequestsPerSecond float64                `json:"requests_per_second"`
	ErrorRate         float64                `json:"error_rate"`
	OrganicErrorRate  float64                `json:"organic_error_rate"`
	InjectedErrorRate float64                `json:"injected_error_rate"`
	InjectedRate      float64                `json:"injected_rate"`
	MeanMS            *float64               `json:"mean_ms"`
	P50MS             *float64               `json:"p50_ms"`
	P95MS             *float64               `json:"p95_ms"`
	P99MS             *float64               `json:"p99_ms"`
	ActiveConnections int64                  `json:"active_connections"`
	Buckets           [len(Bounds) + 1]int64 `json:"buckets"`
	Mode              string                 `json:"mode"`
	ByProtocol        map[string]float64     `json:"by_protocol"`
	ByGateway         map[string]float64     `json:"by_gateway"`
	ByRoute           []RouteFigures         `json:"by_route"`
	ByPlugin          []PluginFigures        `json:"by_plugin"`
}

// RouteFigures are one route's share of a point, busiest first, at most 20.
type RouteFigures struct {
	Route             string   `json:"route"`
	Gateway           string   `json:"gateway"`
	RequestsPerSecond float64  `json:"requests_per_second"`
	ErrorRate         float64  `json:"error_rate"`
	P95MS             *float64 `json:"p95_ms"`
}

// PluginFigures are one plugin's share of a point, busiest first, at most 20.
type PluginFigures struct {
	Name                string   `json:"name"`
	ExecutionsPerSecond float64  `json:"executions_per_second"`
	ErrorsPerSecond     float64  `json:"errors_per_second"`
	MeanMS              *float64 `json:"mean_ms"`
}

// Update is one message of the live stream: sent once a second, and at once when the scenario changes.
type Update struct {
	// Type is metrics_update (Point is set) or scenario_update (ScenarioVersion changed: read it again).
	Type            string `json:"type"`
	Point           *Point `json:"point,omitempty"`
	Mode            string `json:"mode"`
	ScenarioVersion int64  `json:"scenario_version"`
	Instances       int    `json:"instances"`
	Applied         int    `json:"applied"`
	// Error says in a sentence why figures are missing: the database is away.
	Error string `json:"error,omitempty"`
}
