package fault

import "github.com/mockforge/mockforge-observability-app/pkg/scenario"

// From returns the faults of a decision, in the order in which they are injected; none for one that injects nothing.
// Those that work message by message, or after some messages, are left to whoever reads messages.
func From(d scenario.Decision) Faults {
	if !d.Injects() {
		return nil
	}
	faults := make(Faults, 0, 3+len(d.Faults))
	if d.Delay > 0 {
		faults = append(faults, Latency{Delay: d.Delay})
	}
	for _, drawn := range d.Faults {
		if f := one(drawn); f != nil {
			faults = append(faults, f)
		}
	}
	if d.Timeout > 0 {
		return append(faults, Timeout{Limit: d.Timeout})
	}
	if d.Status != 0 {
		return append(faults, Error{Answer{Status: d.Status}})
	}
	if d.Multiplier > 1 {
		faults = append(faults, Stretch{Multiplier: d.Multiplier, Floor: d.Floor})
	}
	return faults
}

func one(d scenario.Drawn) Fault {
	if d.AtMessages() || d.AfterMessages != nil {
		return nil
	}
	switch d.Kind {
	case scenario.FaultLatency:
		return newLatency(d)
	case scenario.FaultError:
		return newError(d)
	case scenario.FaultTimeout:
		return newTimeout(d)
	case scenario.FaultReset:
		return newBreak(d, ErrReset)
	case scenario.FaultClose:
		return newBreak(d, ErrClosed)
	case scenario.FaultTruncate:
		return newTruncate(d)
	case scenario.FaultMalform:
		return newMalform(d)
	case scenario.FaultCorrupt:
		return newCorrupt(d)
	case scenario.FaultThrottle:
		return newThrottle(d)
	case scenario.FaultDrip:
		return newDrip(d)
	case scenario.FaultRateLimit:
		return newRateLimit(d)
	case scenario.FaultHeaders:
		return newHeaders(d)
	case scenario.FaultPatch:
		return Patch{Fault: d.Fault}
	case scenario.FaultReplace:
		return Replace{Fault: d.Fault}
	}
	return nil
}
