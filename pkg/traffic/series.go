package traffic

import "time"

// Dimension is what traffic is broken down by.
type Dimension string

// The dimensions. ByRoute tells routes of the same name on several gateways apart.
const (
	Whole      Dimension = ""
	ByGateway  Dimension = "gateway"
	ByProtocol Dimension = "protocol"
	ByRoute    Dimension = "route"
	ByMode     Dimension = "mode"
)

// Dimensions lists the dimensions in the order in which they are offered.
func Dimensions() []Dimension { return []Dimension{Whole, ByGateway, ByRoute, ByMode, ByProtocol} }

// Selection is which traffic counts: within a list any one value, and of every list that is not empty.
type Selection struct {
	Gateways  []string
	Protocols []string
	Routes    []string
	Modes     []string
}

// Series is the traffic of one value of a dimension over time.
type Series struct {
	// Key has the value; what the series is not broken down by is empty.
	Key Key `json:"key"`
	// Intervals are in order of time, one per step with traffic; steps without have none.
	Intervals []Interval `json:"intervals"`
}

// Breakdown is traffic over time, in steps.
type Breakdown struct {
	// Series are the busiest first.
	Series []Series `json:"series"`
	// Of is how many there would be without the limit.
	Of int `json:"of"`
	// Step is the length of the intervals: longer than it was asked for where traffic that old is kept in longer ones only. It is in
	// nanoseconds in JSON.
	Step time.Duration `json:"step_ns,omitempty"`
	// KeptDays is for how many days before that of now a store keeps traffic that rolls none of it up, whatever is wanted; 0 is another
	// store.
	KeptDays int `json:"kept_days,omitempty"`
	// Oldest is when the kept traffic begins; before it nothing is known. Nil where nothing is kept.
	Oldest *time.Time `json:"oldest,omitempty"`
}
