package scenario

import "time"

// Relief is what a change takes away from a scenario. What it leaves is never more harmful than what was there, so that
// it may be put in force before anybody else was asked.
type Relief struct {
	// Mode switches to healthy, Latency removes the override, and Rules removes all rules. All three together are a
	// stop, which takes the seed along.
	Mode    bool `json:"mode,omitempty"`
	Latency bool `json:"latency,omitempty"`
	Rules   bool `json:"rules,omitempty"`
	// ExpiresAt is when what is left ends; nil leaves the expiry as it is.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	// Preset is the name of the preset that was applied, empty for none.
	Preset string `json:"preset,omitempty"`
}

// Everything returns the relief of a stop.
func Everything() Relief { return Relief{Mode: true, Latency: true, Rules: true} }

// Complete reports whether nothing harmful is left.
func (r Relief) Complete() bool { return r.Mode && r.Latency && r.Rules }

// None reports whether nothing is taken away.
func (r Relief) None() bool { return !r.Mode && !r.Latency && !r.Rules }

// Then returns what r and next take away, one after the other.
func (r Relief) Then(next Relief) Relief {
	both := Relief{
		Mode: r.Mode || next.Mode, Latency: r.Latency || next.Latency, Rules: r.Rules || next.Rules,
		ExpiresAt: next.ExpiresAt, Preset: next.Preset,
	}
	if both.ExpiresAt == nil {
		both.ExpiresAt = r.ExpiresAt
	}
	return both
}

// From returns what is left of s. It keeps the version of s.
func (r Relief) From(s Scenario) Scenario {
	switch {
	case r.Complete():
		s.Definition = Definition{Behavior: Behavior{Mode: Healthy}}
	case r.Mode:
		s.Behavior = Behavior{Mode: Healthy}
	}
	if r.Latency {
		s.Latency = nil
	}
	if r.Rules {
		s.Rules = nil
	}
	if r.ExpiresAt != nil {
		s.ExpiresAt = r.ExpiresAt
	}
	if !s.Injects() {
		s.ExpiresAt = nil
	}
	s.Preset = r.Preset
	return s
}

// Stop is a relief that is in force at one collector, until the others were told.
type Stop struct {
	Relief Relief `json:"relief"`
	By     string `json:"by"`
	// Action is the action of the history: stop, or what else took harm away.
	Action string `json:"action"`
	Reason string `json:"reason,omitempty"`
	// At is when it was put in force. Within a process it has a monotonic reading.
	At time.Time `json:"at"`
	// Base is the latest version that the collector knew of then, its own changes under way among them: the stop wins
	// over that one and all before.
	Base int64 `json:"base"`
}

// Over returns s with the stop in force. It keeps the version of s.
func (p Stop) Over(s Scenario) Scenario {
	s = p.Relief.From(s)
	s.SetAt, s.SetBy, s.Reason = p.At.UTC().Truncate(time.Microsecond), p.By, p.Reason
	return s
}

// Then returns both stops as one, in the words and with the time of the later one.
func (p Stop) Then(next Stop) Stop {
	next.Relief = p.Relief.Then(next.Relief)
	next.Base = max(p.Base, next.Base)
	if next.Relief.Complete() && p.Relief.Complete() {
		next.Action = "stop"
	}
	return next
}

// Is reports whether s is what the stop left when it was told.
func (p Stop) Is(s Scenario) bool {
	return s.SetBy == p.By && s.Reason == p.Reason && s.SetAt.Equal(p.At.UTC().Truncate(time.Microsecond))
}
