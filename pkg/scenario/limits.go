package scenario

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits are what the configuration allows users to do. The zero value allows all that validation does.
type Limits struct {
	// MaxDuration is the longest that anything but healthy stays in force; a change without an expiry gets it. 0: no limit.
	MaxDuration time.Duration
	// MaxLatencyMS bounds the latency override, the spikes of chaos and the latency and drip of faults, in milliseconds.
	// 0: no limit.
	MaxLatencyMS int
	// MaxTimeoutMS bounds how long chaos and timeouts hold an exchange, in milliseconds. 0: no limit.
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
// past or later than MaxDuration allows is refused as expires_in, and so is what Check refuses. Latency whose draws have
// no bound gets MaxLatencyMS for one.
func (l Limits) Apply(s *Scenario, now time.Time) error {
	if err := l.Check(s.Definition); err != nil {
		return err
	}
	s.Definition = l.bound(s.Definition)
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

// Cap makes s expire MaxDuration after it was set where it would last longer, and bounds its draws as Apply does. It is
// for those who put a scenario in force that was set where the limits are not known.
func (l Limits) Cap(s Scenario) Scenario {
	s.Definition = l.bound(s.Definition)
	if l.MaxDuration <= 0 || !s.Injects() {
		return s
	}
	if latest := s.SetAt.Add(l.MaxDuration); s.ExpiresAt == nil || s.ExpiresAt.After(latest) {
		s.ExpiresAt = &latest
	}
	return s
}

// CheckFaults says where faults ask for more than is allowed, as faults[0].delay_ms. It does not validate them.
func (l Limits) CheckFaults(faults []Fault) error {
	var errs []error
	for i, f := range faults {
		errs = append(errs, validation.In(fmt.Sprintf("faults[%d]", i), l.fault(f.WithDefaults())))
	}
	return errors.Join(errs...)
}

// limited is which of the limits bounds a parameter.
type limited int

const (
	noLimit limited = iota
	maxLatency
	maxTimeout
)

// of returns the limit in milliseconds; 0 is none.
func (l Limits) of(which limited) int {
	switch which {
	case maxLatency:
		return l.MaxLatencyMS
	case maxTimeout:
		return l.MaxTimeoutMS
	}
	return 0
}

func (l Limits) fault(f Fault) error {
	var errs []error
	for _, p := range parameters {
		if p.limit != noLimit && p.given(&f) {
			errs = append(errs, atMost(p.Name, p.number(&f), l.of(p.limit)))
		}
	}
	return errors.Join(errs...)
}

// bound returns d with a max_ms for every latency that may be drawn beyond MaxLatencyMS. What it changes it copies.
func (l Limits) bound(d Definition) Definition {
	if l.MaxLatencyMS <= 0 {
		return d
	}
	d.Faults = l.boundFaults(d.Faults)
	copied := false
	for i, r := range d.Rules {
		if !slices.ContainsFunc(r.Faults, l.unbounded) {
			continue
		}
		if !copied {
			d.Rules, copied = slices.Clone(d.Rules), true
		}
		d.Rules[i].Faults = l.boundFaults(r.Faults)
	}
	return d
}

func (l Limits) boundFaults(faults []Fault) []Fault {
	copied := false
	for i, f := range faults {
		bounded, changed := l.boundFault(f)
		if !changed {
			continue
		}
		if !copied {
			faults, copied = slices.Clone(faults), true
		}
		faults[i] = bounded
	}
	return faults
}

// boundFault bounds what f draws, and reports whether that had no bound.
func (l Limits) boundFault(f Fault) (Fault, bool) {
	bound := f.kind().bound
	if bound == nil {
		return f, false
	}
	return bound(f, float64(l.MaxLatencyMS))
}

func (l Limits) unbounded(f Fault) bool {
	_, unbounded := l.boundFault(f)
	return unbounded
}

func (l Limits) behavior(b Behavior) error {
	err := l.CheckFaults(b.Faults)
	if b.Mode != Chaos {
		return err
	}
	full := b.WithDefaults()
	errs := []error{err}
	// Without a list of faults the defaults count even where nothing draws from them, as they always did.
	if *full.RandomSlowdowns || len(b.Faults) == 0 {
		errs = append(errs, atMost("latency_max_ms", *full.LatencyMaxMS, l.MaxLatencyMS))
	}
	if *full.TimeoutRate > 0 || len(b.Faults) == 0 {
		errs = append(errs, atMost("timeout_ms", *full.TimeoutMS, l.MaxTimeoutMS))
	}
	return errors.Join(errs...)
}

func atMost[T int | float64](field string, v T, limit int) error {
	if limit <= 0 || v <= T(limit) {
		return nil
	}
	return validation.Errorf(field, "must be at most %d milliseconds as configured, is %s", limit, plain(v))
}
