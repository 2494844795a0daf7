package scenario

import "time"

// Injects reports whether d could do anything to any exchange: its mode, its latency override or one of its rules.
func (d Definition) Injects() bool {
	if d.Mode != Healthy || d.Latency != nil && d.Latency.MaxMS > 0 {
		return true
	}
	for _, r := range d.Rules {
		if !r.Disabled && !r.Exclude && r.Mode != Healthy {
			return true
		}
	}
	return false
}

// Expired reports whether s has an expiry that is not after now.
func (s Scenario) Expired(now time.Time) bool { return s.ExpiresAt != nil && !now.Before(*s.ExpiresAt) }

// At returns what s means at now: s itself, or the healthy scenario of the same version that it falls back to once expired.
func (s Scenario) At(now time.Time) Scenario {
	if !s.Expired(now) {
		return s
	}
	return s.expired()
}

func (s Scenario) expired() Scenario {
	return Scenario{
		Definition:  Definition{Behavior: Behavior{Mode: Healthy}},
		Version:     s.Version,
		SetAt:       *s.ExpiresAt,
		SetBy:       s.SetBy,
		Reason:      "expired",
		ChaosConfig: s.ChaosConfig,
	}
}
