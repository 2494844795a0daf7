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

// executors make what does a fault to an exchange, by kind; nil is made where there is nothing to do.
var executors = map[scenario.FaultKind]func(scenario.Drawn) Fault{}

// executes registers what does the faults of a kind. It is called by the file of that while the package is initialised.
func executes(kind scenario.FaultKind, executor func(scenario.Drawn) Fault) {
	executors[kind] = executor
}

func one(d scenario.Drawn) Fault {
	if d.AtMessages() || d.AfterMessages != nil {
		return nil
	}
	executor, known := executors[d.Kind]
	if !known {
		return nil
	}
	return executor(d)
}
