package api

// How far a change has reached, in Reach.
const (
	InForce = "in force"
	Told    = "told"
	Pending = "pending"
)

// Reach says how far a change that takes harm away has reached when it is answered.
type Reach struct {
	// Collector is InForce at the collector that answers; empty where Grafana does.
	Collector string `json:"collector,omitempty"`
	// Fleet is Told once the database has the change, from which every collector follows; else Pending: those that have
	// it in force tell the others when the database is back.
	Fleet string `json:"fleet"`
	// Durable reports whether the change outlives the processes that have it: in the database, or on the disk of a collector.
	Durable bool `json:"durable"`
	// Detail says what is missing, and what happens next; empty where nothing is.
	Detail string `json:"detail,omitempty"`
	// Collectors are the collectors that Grafana has asked itself, since the database did not answer.
	Collectors []ReachedCollector `json:"collectors,omitempty"`
}

// ReachedCollector is one collector that Grafana has asked itself.
type ReachedCollector struct {
	URL     string `json:"url"`
	Reached bool   `json:"reached"`
	Detail  string `json:"detail,omitempty"`
}
