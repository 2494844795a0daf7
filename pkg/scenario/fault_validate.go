package scenario

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Validate checks the kind and its parameters. The error joins one *validation.Error per offence.
func (f Fault) Validate() error {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return unknownKind(f.Kind)
	}
	errs := []error{validation.Rate("share", f.Share)}
	if f.When != nil {
		errs = append(errs, validation.In("when", f.When.Validate()))
	}
	for _, p := range f.parameters() {
		switch used := slices.Contains(p.kinds, f.Kind); {
		case used:
			errs = append(errs, p.check(p.field))
		case p.given:
			errs = append(errs, validation.Errorf(p.field, "is not used by kind %s", f.Kind))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return f.validateTogether()
}

func unknownKind(kind FaultKind) error {
	words := make([]string, 0, len(FaultKinds()))
	for _, k := range FaultKinds() {
		words = append(words, string(k))
	}
	if kind == "" {
		return validation.Errorf("kind", "is required: one of %s", strings.Join(words, ", "))
	}
	return oneOf("kind", string(kind), words...)
}

// validateTogether checks parameters that need or exclude each other.
func (f *Fault) validateTogether() error {
	switch f.Kind {
	case FaultLatency:
		return f.validateLatency()
	case FaultReset, FaultClose:
		if f.AfterBytes != nil && f.AfterMessages != nil {
			return validation.Errorf("after_messages", "must not be given together with after_bytes")
		}
	case FaultRefuse:
		if f.When != nil && f.When.Per != "" && f.When.Per != PerAll {
			return validation.Errorf("when.per", "must be all for kind refuse: a new connection has no %s yet", f.When.Per)
		}
	case FaultTruncate:
		if f.AfterBytes != nil && f.Keep != nil {
			return validation.Errorf("keep", "must not be given together with after_bytes")
		}
	case FaultThrottle:
		return required("bytes_per_second", f.BytesPerSecond != nil, "by kind throttle")
	case FaultRateLimit:
		return required("limit", f.Limit != nil, "by kind rate_limit")
	case FaultHeaders:
		return f.validateHeaders()
	case FaultPatch:
		switch {
		case len(f.Patch)+len(f.NullPaths) == 0:
			return validation.Errorf("patch", "is required by kind patch, or null_paths is")
		case len(f.Extensions) > 0 && len(f.NullPaths) == 0:
			return validation.Errorf("extensions", "is not used without null_paths: they are those of its errors")
		}
	case FaultReplace:
		if f.Status != nil && f.Body != nil && *f.Body != "" && (*f.Status == http.StatusNoContent || *f.Status == http.StatusNotModified) {
			return validation.Errorf("body", "must be absent where status is %d, which has none", *f.Status)
		}
	}
	return nil
}

func (f *Fault) validateHeaders() error {
	if len(f.SetHeaders)+len(f.RemoveHeaders) == 0 {
		return validation.Errorf("set_headers", "is required by kind headers, or remove_headers is")
	}
	set := make(map[string]bool, len(f.SetHeaders))
	for name := range f.SetHeaders {
		set[http.CanonicalHeaderKey(name)] = true
	}
	for i, name := range f.RemoveHeaders {
		if set[http.CanonicalHeaderKey(name)] {
			return validation.Errorf(fmt.Sprintf("remove_headers[%d]", i), "must not be in set_headers, too: %q", clip(name))
		}
	}
	return nil
}

func (f *Fault) validateLatency() error {
	distribution := f.distribution()
	by := "by distribution " + string(distribution)
	tailed := distribution == LogNormal || distribution == Pareto
	var errs []error
	for _, p := range []struct {
		field       string
		given       bool
		needs, uses []Distribution
	}{
		{"delay_ms", f.DelayMS != nil, []Distribution{Fixed, Normal, LogNormal, Pareto}, nil},
		{"min_ms", f.MinMS != nil, []Distribution{Uniform}, []Distribution{Normal}},
		{"max_ms", f.MaxMS != nil, []Distribution{Uniform}, []Distribution{Normal, LogNormal, Pareto}},
		{"deviation_ms", f.DeviationMS != nil, []Distribution{Normal}, nil},
		{"sigma", f.Sigma != nil, nil, []Distribution{LogNormal}},
		{"alpha", f.Alpha != nil, nil, []Distribution{Pareto}},
	} {
		switch {
		case slices.Contains(p.needs, distribution):
			errs = append(errs, required(p.field, p.given, by))
		case p.given && !slices.Contains(p.uses, distribution):
			errs = append(errs, validation.Errorf(p.field, "is not used %s", by))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	switch {
	case tailed && *f.DelayMS <= 0:
		return validation.Errorf("delay_ms", "must be above 0 for distribution %s, is %v", distribution, *f.DelayMS)
	case f.MinMS != nil && f.MaxMS != nil && *f.MinMS > *f.MaxMS:
		return validation.Errorf("min_ms", "must not be above max_ms, which is %v, is %v", *f.MaxMS, *f.MinMS)
	case f.DelayMS != nil && f.MaxMS != nil && *f.DelayMS > *f.MaxMS:
		return validation.Errorf("delay_ms", "must not be above max_ms, which is %v, is %v", *f.MaxMS, *f.DelayMS)
	}
	return nil
}

// Validate checks the conditions, and that those come in pairs that need each other.
func (w When) Validate() error {
	errs := []error{
		between(w.Every, 1, MaxCount)("every"),
		between(w.First, 1, MaxCount)("first"),
		between(w.BurstLength, 1, MaxCount)("burst_length"),
		between(w.BurstOf, 1, MaxCount)("burst_of"),
		among(w.Per, PerAll, PerConsumer, PerRoute, PerTrace)("per"),
		between(w.WindowOnMS, 1, MaxWindowMS)("window_on_ms"),
		between(w.WindowOfMS, 1, MaxWindowMS)("window_of_ms"),
		between(w.RampMS, 1, MaxWindowMS)("ramp_ms"),
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	errs = []error{pair("burst_length", "burst_of", w.BurstLength, w.BurstOf), pair("window_on_ms", "window_of_ms", w.WindowOnMS, w.WindowOfMS)}
	if w.Per != "" && w.Every == nil && w.First == nil && w.BurstOf == nil && w.BurstLength == nil {
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

func required(field string, given bool, by string) error {
	if given {
		return nil
	}
	return validation.Errorf(field, "is required %s", by)
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

// validateRefusals refuses faults that hit connections where r is about a part of their exchanges only.
func (r Rule) validateRefusals() error {
	if r.Target.onlyGateway() {
		return nil
	}
	for i, f := range r.Faults {
		if f.Kind == FaultRefuse {
			return validation.Errorf(fmt.Sprintf("faults[%d].kind", i), "must not be refuse where the target has more than a gateway: connections are refused before a request is read")
		}
	}
	return nil
}
