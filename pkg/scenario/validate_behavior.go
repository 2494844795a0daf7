package scenario

import (
	"errors"
	"fmt"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Validate checks the mode and its parameters. The error joins one *validation.Error per offence.
func (b Behavior) Validate() error {
	if !slices.Contains(Modes(), b.Mode) {
		if b.Mode == "" {
			return validation.Errorf("mode", "is required: healthy, degraded, error or chaos")
		}
		return validation.Errorf("mode", "must be healthy, degraded, error or chaos, is %q", clip(string(b.Mode)))
	}
	var errs []error
	for _, p := range b.parameters() {
		if p.given && !slices.Contains(p.modes, b.Mode) {
			errs = append(errs, validation.Errorf(p.field, "is not used by mode %s", b.Mode))
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	errs = append(errs,
		validation.Rate("error_rate", b.ErrorRate),
		validation.Rate("timeout_rate", b.TimeoutRate),
		validation.Rate("spike_probability", b.SpikeProbability),
		milliseconds("timeout_ms", b.TimeoutMS, 1),
		milliseconds("latency_min_ms", b.LatencyMinMS, 0),
		milliseconds("latency_max_ms", b.LatencyMaxMS, 0),
		statusCodes("status_codes", b.StatusCodes),
		b.validateFaults(),
	)
	if m := b.LatencyMultiplier; m != nil && !(*m >= 1 && *m <= MaxLatencyMultiplier) {
		errs = append(errs, validation.Errorf("latency_multiplier", "must be between 1 and %d, is %v", MaxLatencyMultiplier, *m))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return b.validateTogether()
}

// validateTogether checks parameters that bound each other, with the defaults of those that are absent.
func (b Behavior) validateTogether() error {
	if b.Mode != Chaos {
		return nil
	}
	var errs []error
	full := b.WithDefaults()
	if *full.LatencyMinMS > *full.LatencyMaxMS {
		field, by := "latency_min_ms", ""
		if b.LatencyMaxMS == nil {
			by = " by default"
		}
		errs = append(errs, validation.Errorf(field, "must not be above latency_max_ms, which is %d%s, is %d", *full.LatencyMaxMS, by, *full.LatencyMinMS))
	}
	// Both are shares of the same exchanges. The margin forgives the rounding of sums such as 0.7 + 0.3.
	if sum := *full.ErrorRate + *full.TimeoutRate; sum > 1+1e-9 {
		errs = append(errs, validation.Errorf("timeout_rate", "must be at most 1 together with error_rate, is %v with an error_rate of %v", *full.TimeoutRate, *full.ErrorRate))
	}
	return errors.Join(errs...)
}

type parameter struct {
	field string
	given bool
	modes []Mode
}

func (b Behavior) parameters() []parameter {
	failing, chaos := []Mode{Degraded, Error, Chaos}, []Mode{Chaos}
	return []parameter{
		{"latency_multiplier", b.LatencyMultiplier != nil, []Mode{Degraded}},
		{"error_rate", b.ErrorRate != nil, failing},
		{"status_codes", b.StatusCodes != nil, failing},
		{"timeout_rate", b.TimeoutRate != nil, chaos},
		{"timeout_ms", b.TimeoutMS != nil, chaos},
		{"latency_min_ms", b.LatencyMinMS != nil, chaos},
		{"latency_max_ms", b.LatencyMaxMS != nil, chaos},
		{"spike_probability", b.SpikeProbability != nil, chaos},
		{"random_errors", b.RandomErrors != nil, chaos},
		{"random_slowdowns", b.RandomSlowdowns != nil, chaos},
		{"faults", len(b.Faults) > 0, failing},
	}
}

// HasParameters reports whether b says more than its mode.
func (b Behavior) HasParameters() bool {
	return slices.ContainsFunc(b.parameters(), func(p parameter) bool { return p.given })
}

// validateFaults checks the list of b.
func (b Behavior) validateFaults() error {
	if len(b.Faults) > MaxFaults {
		return validation.Errorf("faults", "must be at most %d, are %d", MaxFaults, len(b.Faults))
	}
	var errs []error
	for i, f := range b.Faults {
		errs = append(errs, validation.In(fmt.Sprintf("faults[%d]", i), f.Validate()))
	}
	return errors.Join(errs...)
}
