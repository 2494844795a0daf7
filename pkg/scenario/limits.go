package scenario

import (
	"errors"
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits are what the configuration allows users to do. The zero value allows all that validation does.
type Limits struct {
	// MaxDuration is the longest that anything but healthy stays in force; a change without an expiry gets it. 0: no limit.
	MaxDuration time.Duration
	// MaxLatencyMS bounds the latency override and the spikes of chaos, in milliseconds. 0: no limit.
	MaxLatencyMS int
	// MaxTimeoutMS bounds how long chaos holds an exchange, in milliseconds. 0: no limit.
	MaxTimeoutMS int
}

// Check says where d asks for more than is allowed. It does not validate d.
func (l Limits) Check(d Definition) error {
	errs := []error{l.behavior(d.Behavior)}
	if d.Latency != nil {
		errs = append(errs, validation.In("latency", atMost("max_ms", d.Latency.MaxMS, l.MaxLatencyMS)))
	}
	for i, r := range d.Rules {
		errs = append(errs, validation.In(fmt.Sprintf("rules[%d]", i), l.behavior(r.Behavior)))
	}
	return errors.Join(errs...)
}

// Apply settles the expiry of s at now: none where s injects nothing, MaxDuration where it has none. One that is in the
// past or later than MaxDuration allows is refused as expires_in, and so is what Check refuses.
func (l Limits) Apply(s *Scenario, now time.Time) error {
	if err := l.Check(s.Definition); err != nil {
		return err
	}
	switch {
	case !s.Injects():
		s.ExpiresAt = nil
	case s.ExpiresAt == nil && l.MaxDuration > 0:
		expires := now.Add(l.MaxDuration).UTC()
		s.ExpiresAt = &expires
	case s.ExpiresAt == nil:
	case !s.ExpiresAt.After(now):
		return validation.Errorf("expires_in", "must be in the future")
	case l.MaxDuration > 0 && s.ExpiresAt.Sub(now) > l.MaxDuration:
		return validation.Errorf("expires_in", "must be at most %s, is %s", l.MaxDuration, s.ExpiresAt.Sub(now))
	}
	return nil
}

// Cap makes s expire MaxDuration after it was set where it would last longer. It is for those who put a scenario in
// force that was set where the limits are not known.
func (l Limits) Cap(s Scenario) Scenario {
	if l.MaxDuration <= 0 || !s.Injects() {
		return s
	}
	if latest := s.SetAt.Add(l.MaxDuration); s.ExpiresAt == nil || s.ExpiresAt.After(latest) {
		s.ExpiresAt = &latest
	}
	return s
}

func (l Limits) behavior(b Behavior) error {
	if b.Mode != Chaos {
		return nil
	}
	full := b.WithDefaults()
	return errors.Join(atMost("latency_max_ms", *full.LatencyMaxMS, l.MaxLatencyMS), atMost("timeout_ms", *full.TimeoutMS, l.MaxTimeoutMS))
}

func atMost(field string, v, limit int) error {
	if limit <= 0 || v <= limit {
		return nil
	}
	return validation.Errorf(field, "must be at most %d milliseconds as configured, is %d", limit, v)
}
