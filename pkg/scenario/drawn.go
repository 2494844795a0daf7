package scenario

import (
	"math/rand/v2"
	"time"
)

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

// What is drawn from the seed of a fault, each from numbers of its own, so that one draw says nothing about another.
const (
	drawShare uint64 = iota + 1
	drawCode
	drawLatency
	drawMessage
	drawPlaces
)

// AtMessages reports whether the fault is decided about message by message; Hits then says for which, and DelayAt how long
// those wait.
func (d Drawn) AtMessages() bool {
	return d.atMessages()
}

// Hits reports whether message n of the direction that the fault works in is hit, counted from 0: by its share of messages, or, for faults
// with after_messages, whether that many were sent before it.
func (d Drawn) Hits(n int) bool {
	if !d.AtMessages() {
		return d.AfterMessages != nil && n >= *d.AfterMessages
	}
	share := 1 - d.withheld
	if d.Share != nil {
		share *= *d.Share
	}
	return share >= 1 || unit(d.random(drawMessage, n)) < share
}

// Random draws what is left to draw, such as places in a body. Each call begins anew, so that the same fault meets the
// same numbers.
func (d Drawn) Random() *rand.Rand { return rand.New(rand.NewPCG(d.Seed, mix(d.Seed^drawPlaces))) }

// random returns the n-th number of what.
func (d Drawn) random(what uint64, n int) uint64 {
	return mix(mix(d.Seed^mix(what)) + uint64(n))
}
