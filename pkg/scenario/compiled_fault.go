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
	kind       *Kind
	atMessages bool
}

// compileFault needs a valid f. The salt is a function of the rule and of the place in its list, so that a fault that is
// added at the end leaves the draws of those before it as they are.
func compileFault(f Fault, rule string, place int, counts *counts) *compiledFault {
	salt := mix(hashString(rule) + uint64(place) + 1)
	c := &compiledFault{fault: f, salt: salt, kind: f.kind()}
	c.fault.unshare()
	c.fault.fillIn()
	c.share, c.schedule, c.atMessages = *c.fault.Share, newSchedule(c.fault.When, counts, salt), c.fault.atMessages()
	if c.kind.quota != nil {
		c.quota = c.kind.quota(&c.fault, counts, mix(salt))
	}
	return c
}

func (c *compiledFault) timed() bool { return c.quota != nil || c.schedule.timed() }

// seedOf returns a function of (seed, trace id, rule, place in the list); without a seed it is drawn.
func (c *compiledFault) seedOf(seed *uint64, traceID *[16]byte) uint64 {
	if seed == nil {
		return rand.Uint64()
	}
	h := mix(*seed ^ c.salt)
	h = mix(h ^ binary.BigEndian.Uint64(traceID[:8]))
	return mix(h ^ binary.BigEndian.Uint64(traceID[8:]))
}

// draw reports whether x gets the fault, and returns what is drawn for it.
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
	if c.kind.delay != nil {
		d.Delay = c.kind.delay(&c.fault, d.random(drawLatency, 0))
	}
	if c.kind.code != nil {
		d.Code = c.kind.code(&c.fault, d.random(drawCode, 0))
	}
	if c.quota != nil {
		d.Quota = c.quota.take(x, elapsed)
	}
	return d, true
}
