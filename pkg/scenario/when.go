package scenario

import (
	"errors"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Scope says what is counted together.
type Scope string

// The scopes.
const (
	PerAll      Scope = "all"
	PerConsumer Scope = "consumer"
	PerRoute    Scope = "route"
	PerTrace    Scope = "trace"
)

// When narrows a fault to certain exchanges, by counting them, or to certain times. Conditions that are given must all
// hold. Each collector counts for itself, and begins anew with each version of the scenario; times count from when the
// scenario was set, so that all collectors agree.
type When struct {
	// Every N-th exchange is hit: the N-th, the 2N-th and so on.
	Every *int `json:"every,omitempty" yaml:"every,omitempty"`
	// First N exchanges are hit, those after them are not: what tries again succeeds.
	First *int `json:"first,omitempty" yaml:"first,omitempty"`
	// BurstLength of each BurstOf exchanges in a row are hit, the first ones.
	BurstLength *int `json:"burst_length,omitempty" yaml:"burst_length,omitempty"`
	BurstOf     *int `json:"burst_of,omitempty" yaml:"burst_of,omitempty"`
	// Per says what is counted together: all (default), or each consumer, route or trace by itself.
	Per Scope `json:"per,omitempty" yaml:"per,omitempty"`
	// WindowOnMS of each WindowOfMS milliseconds the fault is on, from the beginning of each: a blackout.
	WindowOnMS *int `json:"window_on_ms,omitempty" yaml:"window_on_ms,omitempty"`
	WindowOfMS *int `json:"window_of_ms,omitempty" yaml:"window_of_ms,omitempty"`
	// RampMS is how long the share takes to grow from 0 to the fault's own, in milliseconds.
	RampMS *int `json:"ramp_ms,omitempty" yaml:"ramp_ms,omitempty"`
}

// Validate checks the conditions, and that those come in pairs that need each other.
func (w When) Validate() error {
	errs := []error{
		between("every", w.Every, 1, MaxCount),
		between("first", w.First, 1, MaxCount),
		between("burst_length", w.BurstLength, 1, MaxCount),
		between("burst_of", w.BurstOf, 1, MaxCount),
		oneOf("per", string(w.Per), words(PerAll, PerConsumer, PerRoute, PerTrace)...),
		between("window_on_ms", w.WindowOnMS, 1, MaxWindowMS),
		between("window_of_ms", w.WindowOfMS, 1, MaxWindowMS),
		between("ramp_ms", w.RampMS, 1, MaxWindowMS),
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	errs = []error{pair("burst_length", "burst_of", w.BurstLength, w.BurstOf), pair("window_on_ms", "window_of_ms", w.WindowOnMS, w.WindowOfMS)}
	if w.Per != "" && !w.counts() {
		errs = append(errs, validation.Errorf("per", "is not used without every, first or burst_length"))
	}
	return errors.Join(errs...)
}

func pair(part, whole string, p, w *int) error {
	switch {
	case p == nil && w == nil:
		return nil
	case p == nil:
		return validation.Errorf(part, "is required with %s", whole)
	case w == nil:
		return validation.Errorf(whole, "is required with %s", part)
	case *p > *w:
		return validation.Errorf(part, "must not be above %s, which is %d, is %d", whole, *w, *p)
	}
	return nil
}

// counts reports whether w counts exchanges.
func (w *When) counts() bool { return w.Every != nil || w.First != nil || w.BurstLength != nil }

// clone copies all that w holds.
func (w *When) clone() *When {
	if w == nil {
		return nil
	}
	c := *w
	for _, p := range []**int{&c.Every, &c.First, &c.BurstLength, &c.BurstOf, &c.WindowOnMS, &c.WindowOfMS, &c.RampMS} {
		copyOf(p)
	}
	return &c
}
