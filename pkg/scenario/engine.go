package scenario

import (
	"net/http"
	"time"
)

// Exchange is what the engine must know of a request to decide about it.
type Exchange struct {
	Gateway   string
	Protocol  string
	Method    string
	Path      string
	RawQuery  string
	Header    http.Header
	Consumer  string
	Operation string
	// TraceID is the 16 bytes of the W3C trace id; shares and seeded draws are functions of it.
	TraceID [16]byte
}

// Decision is what happens to one exchange. The zero value is: nothing.
type Decision struct {
	Mode    Mode
	Version int64
	// Rule is the name of the rule that matched, empty for the default.
	Rule string
	// Delay is waited for before the exchange is forwarded or answered.
	Delay time.Duration
	// Multiplier (> 1) stretches the upstream's own latency up to the first byte of the answer; Floor is the least
	// that the exchange then takes.
	Multiplier float64
	Floor      time.Duration
	// Status is the error to answer with instead of forwarding; 0 is to forward.
	Status int
	// Timeout is how long to hold the exchange without forwarding it before it is answered with 504; 0 is not to.
	Timeout time.Duration
}

// Injects is whether the decision does anything at all.
func (d Decision) Injects() bool {
	return d.Delay > 0 || d.Multiplier > 1 || d.Status != 0 || d.Timeout > 0
}

// Engine is a compiled scenario: immutable, safe for use by any number of goroutines.
type Engine struct {
	scenario Scenario
}

// Compile checks s and returns its engine. The error joins *validation.Error.
func Compile(s Scenario) (*Engine, error) { return &Engine{scenario: s}, nil }

// Scenario is what the engine was compiled from.
func (e *Engine) Scenario() Scenario { return e.scenario }

// Decide says what happens to x. It allocates nothing where nothing is injected.
func (e *Engine) Decide(x Exchange) Decision {
	return Decision{Mode: e.scenario.Mode, Version: e.scenario.Version}
}
