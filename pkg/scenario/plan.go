package scenario

import "time"

const (
	// degradedFloor times the multiplier is the least that an exchange takes in degraded mode.
	degradedFloor = 50 * time.Millisecond
	// calmMS bounds the latency of chaos outside spikes, in milliseconds.
	calmMS = 50
)

// plan is a behavior with its defaults, in the form in which it is decided.
type plan struct {
	mode         Mode
	salt         uint64
	multiplier   float64
	floor        time.Duration
	errorRate    float64
	codes        []int
	timeoutRate  float64
	timeout      time.Duration
	minMS, maxMS float64
	spike        float64
	slow         bool
	faults       []*compiledFault
	// timed reports whether one of the faults needs to know the time.
	timed    bool
	refusals []*compiledFault
}

// newPlan needs a valid b.
func newPlan(b Behavior, rule string, counts *counts) plan {
	stretches := b.LatencyMultiplier != nil || len(b.Faults) == 0
	b = b.WithDefaults()
	p := plan{mode: b.Mode, salt: hashString(rule), codes: b.StatusCodes}
	switch b.Mode {
	case Degraded:
		p.multiplier, p.errorRate = *b.LatencyMultiplier, *b.ErrorRate
		if stretches {
			p.floor = time.Duration(p.multiplier * float64(degradedFloor))
		}
	case Error:
		p.errorRate = *b.ErrorRate
	case Chaos:
		if *b.RandomErrors {
			p.errorRate = *b.ErrorRate
		}
		p.timeoutRate, p.timeout = *b.TimeoutRate, time.Duration(*b.TimeoutMS)*time.Millisecond
		p.minMS, p.maxMS, p.spike = float64(*b.LatencyMinMS), float64(*b.LatencyMaxMS), *b.SpikeProbability
		p.slow = *b.RandomSlowdowns
	}
	for place, f := range b.Faults {
		c := compileFault(f, rule, place, counts)
		if c.kind.Level == LevelConnection {
			p.refusals = append(p.refusals, c)
			continue
		}
		p.faults, p.timed = append(p.faults, c), p.timed || c.timed()
	}
	return p
}

// drawFaults returns the faults that x gets, nil where there are none.
func (p *plan) drawFaults(x *Exchange, seed *uint64, elapsed time.Duration) []Drawn {
	var drawn []Drawn
	for i, f := range p.faults {
		d, hit := f.draw(x, seed, elapsed)
		if !hit {
			continue
		}
		if drawn == nil {
			drawn = make([]Drawn, 0, len(p.faults)-i)
		}
		drawn = append(drawn, d)
	}
	return drawn
}

// decide draws what happens. One draw decides between error, timeout and neither, so that they exclude each other.
func (p *plan) decide(d *Decision, random *draws) {
	if p.mode == Healthy {
		return
	}
	switch u := random.share(); {
	case u < p.errorRate:
		d.Status = random.one(p.codes)
	case u < p.errorRate+p.timeoutRate:
		d.Timeout = p.timeout
	case p.mode == Degraded:
		d.Multiplier, d.Floor = p.multiplier, p.floor
	case p.mode == Chaos && p.slow && random.share() < p.spike:
		d.Delay = random.duration(p.minMS, p.maxMS)
	case p.mode == Chaos && p.slow:
		d.Delay = random.duration(0, calmMS)
	}
}
