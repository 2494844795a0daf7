package scenario

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// compiledFault is a fault with its defaults and its state.
type compiledFault struct {
	fault      Fault
	share      float64
	salt       uint64
	schedule   *schedule
	quota      *quota
	atMessages bool
}

// compileFault needs a valid f. The salt is a function of the rule and of the place in its list, so that a fault that is
// added at the end leaves the draws of those before it as they are.
func compileFault(f Fault, rule string, place int, counts *counts) compiledFault {
	f = f.WithDefaults()
	salt := mix(hashString(rule) + uint64(place) + 1)
	c := compiledFault{fault: f, share: *f.Share, salt: salt, schedule: newSchedule(f.When, counts, salt)}
	c.atMessages = Drawn{Fault: &f}.AtMessages()
	if f.Kind == FaultRateLimit {
		c.quota = newQuota(&c.fault, counts, mix(salt))
	}
	return c
}

func (c *compiledFault) timed() bool { return c.quota != nil || c.schedule.timed() }

// seedOf is a function of (seed, trace id, rule, place in the list); without a seed it is drawn.
func (c *compiledFault) seedOf(seed *uint64, traceID *[16]byte) uint64 {
	if seed == nil {
		return rand.Uint64()
	}
	h := mix(*seed ^ c.salt)
	h = mix(h ^ binary.BigEndian.Uint64(traceID[:8]))
	return mix(h ^ binary.BigEndian.Uint64(traceID[8:]))
}

// draw says whether x gets the fault.
func (c *compiledFault) draw(x *Exchange, seed *uint64, elapsed time.Duration) (Drawn, bool) {
	on, withheld := c.schedule.holds(x, elapsed)
	if !on {
		return Drawn{}, false
	}
	d := Drawn{Fault: &c.fault, Seed: c.seedOf(seed, &x.TraceID), withheld: withheld}
	if c.atMessages {
		return d, true
	}
	if share := c.share * (1 - withheld); share < 1 && unit(d.random(drawShare, 0)) >= share {
		return Drawn{}, false
	}
	switch c.fault.Kind {
	case FaultLatency:
		d.Delay = c.fault.latency(d.random(drawLatency, 0))
	case FaultError:
		d.Code = c.fault.StatusCodes[d.random(drawCode, 0)%uint64(len(c.fault.StatusCodes))]
	case FaultRateLimit:
		d.Quota = c.quota.take(x, elapsed)
	}
	return d, true
}
