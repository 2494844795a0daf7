package recording

import "time"

// Filter is the one filter of the product: of the API, the explorer, the export, the datasource and replay. Every
// condition that is given must hold; within a list, any one value.
//
// From with To is one condition, and so are both bounds of the duration, and each of Headers.
type Filter struct {
	From *time.Time `json:"from,omitempty"`
	To   *time.Time `json:"to,omitempty"`
	// Protocols, Gateways, Methods, Routes, Modes, Consumers, Rules and Faults match exactly.
	Protocols []Protocol `json:"protocols,omitempty"`
	Gateways  []string   `json:"gateways,omitempty"`
	Methods   []string   `json:"methods,omitempty"`
	Routes    []string   `json:"routes,omitempty"`
	Modes     []string   `json:"modes,omitempty"`
	Consumers []string   `json:"consumers,omitempty"`
	Rules     []string   `json:"rules,omitempty"`
	Faults    []string   `json:"faults,omitempty"`
	Tags      []string   `json:"tags,omitempty"`
	// Path is a pattern of pkg/pathpattern, whose wildcards may stand anywhere: * within a segment, ** across, {} or {name} for
	// one segment. Without any of these it is a part of the path, as it is given, as it is sent or decoded, in any case.
	Path string `json:"path,omitempty"`
	// Statuses are codes ("503"), classes ("5xx") or ranges ("400-499"); "none" is no answer.
	Statuses []string `json:"statuses,omitempty"`
	// MinDurationMS and MaxDurationMS bound the response time, both inclusive.
	MinDurationMS *float64 `json:"min_duration_ms,omitempty"`
	MaxDurationMS *float64 `json:"max_duration_ms,omitempty"`
	// Injected true is what faults were injected into, false is the organic rest.
	Injected *bool `json:"injected,omitempty"`
	// Failures true is what ended other than by a complete answer, false is the rest.
	Failures *bool `json:"failures,omitempty"`
	// FailedBy and FailureKinds are by whose doing and how; recordings from before these were kept have neither.
	FailedBy     []FailedBy    `json:"failed_by,omitempty"`
	FailureKinds []FailureKind `json:"failure_kind,omitempty"`
	TraceID      string        `json:"trace_id,omitempty"`
	// Headers are values by the name of a header of request or response; "*" is any value. Names have no case, values do.
	Headers map[string]string `json:"headers,omitempty"`
	// Text is searched in path (as a part of it is), headers and bodies, in any case.
	Text string `json:"text,omitempty"`
	// Not filters out: a recording that meets any one of its conditions is left out. It has no Not of its own.
	// Decoding refuses the third, Validate the second.
	Not *Filter `json:"not,omitempty" nesting:"2"`
}

// Query is one page of a filter, newest first unless Ascending.
type Query struct {
	Filter
	// Limit is 1 to 1000, 100 where absent.
	Limit int `json:"limit,omitempty"`
	// Cursor is NextCursor of the page before; empty for the first.
	Cursor    string `json:"cursor,omitempty"`
	Ascending bool   `json:"ascending,omitempty"`
}

// Page is one page of recordings. Those of a page have neither bodies' contents nor messages (sizes stay).
type Page struct {
	Recordings []Recording `json:"recordings"`
	NextCursor string      `json:"next_cursor,omitempty"`
}

// Stats sums up the recordings of a filter.
type Stats struct {
	Total    int64 `json:"total"`
	Injected int64 `json:"injected"`
	// Errors are what went wrong by the doing of the upstream or of faults, as Recording.Origin says.
	Errors int64      `json:"errors"`
	Oldest *time.Time `json:"oldest,omitempty"`
	Newest *time.Time `json:"newest,omitempty"`
	// Bytes is the stored size of bodies.
	Bytes int64    `json:"bytes"`
	P50MS *float64 `json:"p50_ms,omitempty"`
	P95MS *float64 `json:"p95_ms,omitempty"`
	P99MS *float64 `json:"p99_ms,omitempty"`
	// The counts by value, most first, at most 50 of each.
	ByStatus   []Count `json:"by_status"`
	ByMethod   []Count `json:"by_method"`
	ByRoute    []Count `json:"by_route"`
	ByProtocol []Count `json:"by_protocol"`
	ByMode     []Count `json:"by_mode"`
	ByConsumer []Count `json:"by_consumer"`
	ByGateway  []Count `json:"by_gateway"`
	ByFault    []Count `json:"by_fault"`
}

// Count is how many recordings have a value.
type Count struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}
