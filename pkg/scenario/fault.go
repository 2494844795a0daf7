package scenario

import "time"

// FaultKind names one kind of harm. Recordings, metrics and the X-MockForge-Fault header use the same names.
type FaultKind string

// The kinds of faults that can be listed in a Behavior. What a parameter means is said at the fields of Fault.
const (
	// FaultLatency waits: before the exchange is forwarded (at: request, the default), before the first byte of the
	// answer (at: response), between the parts of its body (at: body), or before each message of a stream (at: message).
	FaultLatency FaultKind = "latency"
	// FaultError answers instead of forwarding: an HTTP status, a gRPC status, GraphQL errors, a refused WebSocket. With
	// after_messages a stream that has begun is ended so once that many messages were sent to the client.
	FaultError FaultKind = "error"
	// FaultTimeout forwards nothing and holds the exchange for timeout_ms, then answers 504.
	FaultTimeout FaultKind = "timeout"
	// FaultReset breaks the connection off with a TCP reset (HTTP/2: RST_STREAM), before anything is answered, or once
	// after_bytes of the body were sent.
	FaultReset FaultKind = "reset"
	// FaultClose closes the connection in good order without an answer, or once after_bytes of the body were sent;
	// a WebSocket is closed with close_code once after_messages were sent to the client.
	FaultClose FaultKind = "close"
	// FaultRefuse resets new connections as they come, before a request is read, as if nothing listened. Its target may
	// have a gateway only. It cannot be asked for by a request.
	FaultRefuse FaultKind = "refuse"
	// FaultTruncate ends the body of the answer early: after_bytes, or keep of it, were sent. The client sees a body that
	// is shorter than was announced.
	FaultTruncate FaultKind = "truncate"
	// FaultMalform sends a body that cannot be read: of JSON, XML and other text that is not well-formed any more
	// (part: body, the default), or a broken chunk (part: chunk; HTTP/1 only, elsewhere the stream is reset).
	FaultMalform FaultKind = "malform"
	// FaultCorrupt changes bytes: those of the answer's body (at: response, the default), of the request's (at: request)
	// or of messages (at: message), as many as bytes_changed says, at places that the draw decides.
	FaultCorrupt FaultKind = "corrupt"
	// FaultThrottle limits the bandwidth of the answer's body (at: response, the default) or of the request's
	// (at: request) to bytes_per_second.
	FaultThrottle FaultKind = "throttle"
	// FaultDrip sends the body of the answer in small parts, evenly over duration_ms.
	FaultDrip FaultKind = "drip"
	// FaultRateLimit lets limit exchanges pass in each window_ms, of each consumer (per: consumer, the default), each
	// route or all together, and answers the others with 429, Retry-After and RateLimit headers.
	FaultRateLimit FaultKind = "rate_limit"
	// FaultHeaders sets and removes headers: of the answer (at: response, the default) or of the request (at: request).
	FaultHeaders FaultKind = "headers"
	// FaultPatch changes a JSON body of the answer by a JSON Patch (RFC 6902), and GraphQL answers by nulls and errors.
	FaultPatch FaultKind = "patch"
	// FaultReplace forwards, and answers with status, set_headers and body instead of what the upstream answered.
	FaultReplace FaultKind = "replace"
	// FaultDrop and FaultDuplicate leave messages of a stream out, or send them twice: those to the client
	// (at: response, the default), or those from it (at: request). share is then a share of messages.
	FaultDrop      FaultKind = "drop"
	FaultDuplicate FaultKind = "duplicate"
)

// Place says at what part of an exchange a fault works.
type Place string

// The places. Which of them a kind has is said at the kind.
const (
	AtRequest  Place = "request"
	AtResponse Place = "response"
	AtBody     Place = "body"
	AtMessage  Place = "message"
)

// Distribution says how a latency is drawn.
type Distribution string

// The distributions of latencies, in the parameters of Fault. Those without an upper bound are cut off at max_ms where it
// is given, and at MaxDelayMS. Draws are whole microseconds.
const (
	// Fixed is always delay_ms.
	Fixed Distribution = "fixed"
	// Uniform is between min_ms and max_ms.
	Uniform Distribution = "uniform"
	// Normal has the mean delay_ms and the standard deviation deviation_ms, and is cut off at min_ms.
	Normal Distribution = "normal"
	// LogNormal has the median delay_ms and the shape sigma (the standard deviation of the logarithm).
	LogNormal Distribution = "lognormal"
	// Pareto has the least value delay_ms and the shape alpha: the lower, the longer the tail.
	Pareto Distribution = "pareto"
)

// Fault is one kind of harm with its parameters, in a flat form. A parameter that the kind does not use is refused by
// Validate; one that is absent has the default that is said here.
type Fault struct {
	Kind FaultKind `json:"kind" yaml:"kind"`
	// Share (0 to 1, default 1) of the rule's exchanges that get it; of messages where it works at messages.
	Share *float64 `json:"share,omitempty" yaml:"share,omitempty"`
	// When narrows the fault to certain moments or exchanges; absent: always.
	When *When `json:"when,omitempty" yaml:"when,omitempty"`
	// At (latency, corrupt, throttle, headers, drop, duplicate): the part of the exchange; see the kinds.
	At Place `json:"at,omitempty" yaml:"at,omitempty"`

	// Distribution (latency; default fixed, or uniform where min_ms and max_ms are given without delay_ms).
	Distribution Distribution `json:"distribution,omitempty" yaml:"distribution,omitempty"`
	// DelayMS, MinMS, MaxMS and DeviationMS (latency) are milliseconds, Sigma (default 0.5) and Alpha (default 1.5)
	// have no unit; see the distributions.
	DelayMS     *float64 `json:"delay_ms,omitempty" yaml:"delay_ms,omitempty"`
	MinMS       *float64 `json:"min_ms,omitempty" yaml:"min_ms,omitempty"`
	MaxMS       *float64 `json:"max_ms,omitempty" yaml:"max_ms,omitempty"`
	DeviationMS *float64 `json:"deviation_ms,omitempty" yaml:"deviation_ms,omitempty"`
	Sigma       *float64 `json:"sigma,omitempty" yaml:"sigma,omitempty"`
	Alpha       *float64 `json:"alpha,omitempty" yaml:"alpha,omitempty"`

	// StatusCodes (error; default what corresponds to GRPCCode, else 500, 502, 503) to draw from. Status (replace; default 200) is the one.
	StatusCodes []int `json:"status_codes,omitempty" yaml:"status_codes,omitempty"`
	Status      *int  `json:"status,omitempty" yaml:"status,omitempty"`
	// GRPCCode (error) is the name of a gRPC status ("UNAVAILABLE") that calls are answered with; default: what
	// corresponds to the HTTP status. Message (error) is the text that goes with it, and with problem documents and
	// GraphQL errors.
	GRPCCode string `json:"grpc_code,omitempty" yaml:"grpc_code,omitempty"`
	Message  string `json:"message,omitempty" yaml:"message,omitempty"`
	// Body and ContentType (error, replace): what is answered with; default: a problem document, or nothing.
	Body        *string `json:"body,omitempty" yaml:"body,omitempty"`
	ContentType string  `json:"content_type,omitempty" yaml:"content_type,omitempty"`
	// RetryAfterS (error) is the Retry-After header, and google.rpc.RetryInfo of gRPC, in seconds; default: none.
	RetryAfterS *int `json:"retry_after_s,omitempty" yaml:"retry_after_s,omitempty"`
	// SetHeaders (headers, error, replace) and RemoveHeaders (headers).
	SetHeaders    map[string]string `json:"set_headers,omitempty" yaml:"set_headers,omitempty"`
	RemoveHeaders []string          `json:"remove_headers,omitempty" yaml:"remove_headers,omitempty"`

	// TimeoutMS (timeout; default 30000), DurationMS (drip; default 10000) and WindowMS (rate_limit; default 60000).
	TimeoutMS  *int `json:"timeout_ms,omitempty" yaml:"timeout_ms,omitempty"`
	DurationMS *int `json:"duration_ms,omitempty" yaml:"duration_ms,omitempty"`
	WindowMS   *int `json:"window_ms,omitempty" yaml:"window_ms,omitempty"`
	// Limit (rate_limit; required) is how many exchanges pass in a window, Per whose: consumer (default), route or all.
	Limit *int  `json:"limit,omitempty" yaml:"limit,omitempty"`
	Per   Scope `json:"per,omitempty" yaml:"per,omitempty"`

	// AfterBytes (reset, close, truncate) of the answer's body, after which it happens; absent for reset and close: before
	// anything is answered. Keep (truncate; 0 to 1, default 0.5 where after_bytes is absent) is a share of it instead, of
	// what Content-Length says.
	AfterBytes *int64   `json:"after_bytes,omitempty" yaml:"after_bytes,omitempty"`
	Keep       *float64 `json:"keep,omitempty" yaml:"keep,omitempty"`
	// AfterMessages (error, close, reset): only streams, after so many messages to the client; absent: at once.
	AfterMessages *int `json:"after_messages,omitempty" yaml:"after_messages,omitempty"`
	// CloseCode (close; default 1011) closes a WebSocket.
	CloseCode *int `json:"close_code,omitempty" yaml:"close_code,omitempty"`
	// BytesPerSecond (throttle; required), BytesChanged (corrupt; default 1).
	BytesPerSecond *int64 `json:"bytes_per_second,omitempty" yaml:"bytes_per_second,omitempty"`
	BytesChanged   *int   `json:"bytes_changed,omitempty" yaml:"bytes_changed,omitempty"`
	// Part (malform) is body (default) or chunk.
	Part string `json:"part,omitempty" yaml:"part,omitempty"`

	// Patch (patch) are the operations of a JSON Patch (RFC 6902).
	Patch []PatchOperation `json:"patch,omitempty" yaml:"patch,omitempty"`
	// NullPaths (patch) are fields of GraphQL answers that become null, each with an error of its path: "user.email",
	// "orders[*].total" (see ParseNullPath). Extensions are those of the errors (and of GraphQL errors of kind error).
	NullPaths  []string       `json:"null_paths,omitempty" yaml:"null_paths,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty" yaml:"extensions,omitempty"`
}

// PatchOperation is one operation of a JSON Patch (RFC 6902 section 4).
type PatchOperation struct {
	Op    string `json:"op" yaml:"op"`
	Path  string `json:"path" yaml:"path"`
	From  string `json:"from,omitempty" yaml:"from,omitempty"`
	Value any    `json:"value,omitempty" yaml:"value,omitempty"`
}

// Scope says what is counted together.
type Scope string

// The scopes.
const (
	PerAll      Scope = "all"
	PerConsumer Scope = "consumer"
	PerRoute    Scope = "route"
	PerTrace    Scope = "trace"
)

// When narrows a fault to certain exchanges, by counting them, or to certain times. Conditions that are given must all
// hold. Each collector counts for itself, and begins anew with each version of the scenario; times count from when the
// scenario was set, so that all collectors agree.
type When struct {
	// Every N-th exchange is hit: the N-th, the 2N-th and so on.
	Every *int `json:"every,omitempty" yaml:"every,omitempty"`
	// First N exchanges are hit, those after them are not: what tries again succeeds.
	First *int `json:"first,omitempty" yaml:"first,omitempty"`
	// BurstLength of each BurstOf exchanges in a row are hit, the first ones.
	BurstLength *int `json:"burst_length,omitempty" yaml:"burst_length,omitempty"`
	BurstOf     *int `json:"burst_of,omitempty" yaml:"burst_of,omitempty"`
	// Per says what is counted together: all (default), or each consumer, route or trace by itself.
	Per Scope `json:"per,omitempty" yaml:"per,omitempty"`
	// WindowOnMS of each WindowOfMS milliseconds the fault is on, from the beginning of each: a blackout.
	WindowOnMS *int `json:"window_on_ms,omitempty" yaml:"window_on_ms,omitempty"`
	WindowOfMS *int `json:"window_of_ms,omitempty" yaml:"window_of_ms,omitempty"`
	// RampMS is how long the share takes to grow from 0 to the fault's own, in milliseconds.
	RampMS *int `json:"ramp_ms,omitempty" yaml:"ramp_ms,omitempty"`
}

// Drawn is a fault that one exchange gets, with what was drawn for it.
type Drawn struct {
	// Fault must not be changed: exchanges share it.
	*Fault
	// Delay is the latency, drawn once for the exchange; 0 for latency at messages, which is drawn by DelayAt.
	Delay time.Duration
	// Code is the HTTP status that was drawn from StatusCodes.
	Code int
	// Quota is what is left of a rate limit; nil for other kinds. Exchanges within the limit get it, too.
	Quota *Quota
	// Seed is for what is drawn later: places in bodies, messages. With a seed of the scenario it is a function of
	// (seed, trace id, rule, place in the list of faults).
	Seed uint64
	// withheld is the part of the share that a ramp has not let grow yet, from 0 to 1.
	withheld float64
}

// Quota is the state of a rate limit for one exchange, for its headers.
type Quota struct {
	// Exceeded is whether the exchange is to be answered with 429.
	Exceeded  bool
	Limit     int
	Remaining int
	// Reset is how long it takes until the window is over.
	Reset time.Duration
}
