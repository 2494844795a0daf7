package scenario

import (
	"math"
	"slices"
)

// What a parameter is where it is not given.
const (
	DefaultLatencyMultiplier = 2.0
	DefaultChaosErrorRate    = 0.1
	DefaultTimeoutRate       = 0.05
	DefaultTimeoutMS         = 30_000
	DefaultLatencyMaxMS      = 5_000
	DefaultSpikeProbability  = 0.2
)

// defaultStatusCodes returns what degraded and error draw from; chaos draws from defaultChaosStatusCodes.
func defaultStatusCodes() []int { return []int{500, 502, 503} }

// defaultChaosStatusCodes returns what chaos draws from.
func defaultChaosStatusCodes() []int { return []int{500, 502, 503, 504, 429} }

// WithDefaults returns b with every parameter that its mode uses filled in, and shares nothing with b. An absent rate of
// chaos gives way to one that is given, so that both together are at most 1; an absent timeout_rate is 0 where
// random_errors is false, so that turning the errors off leaves none.
//
// Where b lists faults, these have their defaults, and what its mode would do by default is off: absent rates are 0, the
// multiplier is 1, and the slowdowns of chaos are off unless spike_probability is given.
func (b Behavior) WithDefaults() Behavior {
	b = b.clone()
	for i := range b.Faults {
		b.Faults[i].fillIn()
	}
	if len(b.Faults) > 0 {
		b.turnOff()
	}
	switch b.Mode {
	case Degraded:
		setDefault(&b.LatencyMultiplier, DefaultLatencyMultiplier)
		setDefault(&b.ErrorRate, 0)
	case Error:
		setDefault(&b.ErrorRate, 1)
	case Chaos:
		setDefault(&b.RandomErrors, true)
		setDefault(&b.RandomSlowdowns, true)
		if b.ErrorRate == nil {
			rate := DefaultChaosErrorRate
			if b.TimeoutRate != nil {
				rate = math.Max(0, math.Min(rate, 1-*b.TimeoutRate))
			}
			b.ErrorRate = &rate
		}
		timeouts := math.Max(0, math.Min(DefaultTimeoutRate, 1-*b.ErrorRate))
		if !*b.RandomErrors {
			timeouts = 0
		}
		setDefault(&b.TimeoutRate, timeouts)
		setDefault(&b.TimeoutMS, DefaultTimeoutMS)
		setDefault(&b.LatencyMinMS, 0)
		setDefault(&b.LatencyMaxMS, DefaultLatencyMaxMS)
		setDefault(&b.SpikeProbability, DefaultSpikeProbability)
	}
	if b.StatusCodes == nil {
		switch b.Mode {
		case Degraded, Error:
			b.StatusCodes = defaultStatusCodes()
		case Chaos:
			b.StatusCodes = defaultChaosStatusCodes()
		}
	}
	return b
}

// turnOff gives the harm that a mode would do by default the value at which it does nothing.
func (b *Behavior) turnOff() {
	switch b.Mode {
	case Degraded:
		setDefault(&b.LatencyMultiplier, 1)
	case Error:
		setDefault(&b.ErrorRate, 0)
	case Chaos:
		setDefault(&b.RandomSlowdowns, b.SpikeProbability != nil)
		setDefault(&b.ErrorRate, 0)
		setDefault(&b.TimeoutRate, 0)
		setDefault(&b.SpikeProbability, 0)
	}
}

func (b Behavior) clone() Behavior {
	for _, p := range []**float64{&b.LatencyMultiplier, &b.ErrorRate, &b.TimeoutRate, &b.SpikeProbability} {
		copyOf(p)
	}
	for _, p := range []**int{&b.TimeoutMS, &b.LatencyMinMS, &b.LatencyMaxMS} {
		copyOf(p)
	}
	copyOf(&b.RandomErrors)
	copyOf(&b.RandomSlowdowns)
	b.StatusCodes = slices.Clone(b.StatusCodes)
	b.Faults = slices.Clone(b.Faults)
	for i := range b.Faults {
		b.Faults[i].unshare()
	}
	return b
}

func copyOf[T any](p **T) {
	if *p != nil {
		v := **p
		*p = &v
	}
}

func setDefault[T any](p **T, v T) {
	if *p == nil {
		*p = &v
	}
}
