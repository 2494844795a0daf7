package scenario

import (
	"strconv"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// RequestedRule is the name of the rule in decisions about faults that a request asked for.
const RequestedRule = "request"

// MaxRequestLength bounds what a request can ask for, in bytes.
const MaxRequestLength = 1024

// requestable are the kinds that a request can ask for, each with how it reads its value; nil: it has none.
var requestable = []struct {
	kind     FaultKind
	read     func(f *Fault, value string) error
	required bool
}{
	{FaultLatency, readLatency, true},
	{FaultError, readError, false},
	{FaultTimeout, func(f *Fault, v string) error { return readMilliseconds(v, &f.TimeoutMS) }, false},
	{FaultReset, nil, false},
	{FaultClose, nil, false},
	{FaultTruncate, func(f *Fault, v string) error { return readNumber(v, &f.AfterBytes) }, false},
	{FaultThrottle, func(f *Fault, v string) error { return readNumber(v, &f.BytesPerSecond) }, true},
	{FaultDrip, func(f *Fault, v string) error { return readMilliseconds(v, &f.DurationMS) }, false},
	{FaultCorrupt, func(f *Fault, v string) error { return readNumber(v, &f.BytesChanged) }, false},
	{FaultMalform, func(f *Fault, v string) error { f.Part = v; return nil }, false},
}

// ParseFaultRequest reads what a request asks for in the X-MockForge-Fault header or the baggage member mockforge.fault:
// kinds, separated by ";", each with a value or without: "latency=200ms;error=503". Values are: of latency a duration or
// two ("100ms-300ms"), of error an HTTP status or the name of a gRPC status, of timeout and drip a duration, of truncate
// the bytes that are left, of throttle bytes per second, of corrupt the bytes that are changed, of malform "chunk". The
// faults are valid. The error joins *validation.Error, whose fields are the kinds.
func ParseFaultRequest(value string) ([]Fault, error) {
	if len(value) > MaxRequestLength {
		return nil, validation.Errorf("", "must have at most %d bytes, has %d", MaxRequestLength, len(value))
	}
	var faults []Fault
	seen := map[FaultKind]bool{}
	for item := range strings.SplitSeq(value, ";") {
		kind, v, given := strings.Cut(strings.TrimSpace(item), "=")
		f, err := requestedFault(FaultKind(strings.TrimSpace(kind)), strings.TrimSpace(v), given)
		if err != nil {
			return nil, err
		}
		if seen[f.Kind] {
			return nil, validation.Errorf(string(f.Kind), "must be asked for once")
		}
		seen[f.Kind] = true
		faults = append(faults, f)
	}
	return faults, nil
}

func requestedFault(kind FaultKind, value string, given bool) (Fault, error) {
	f := Fault{Kind: kind}
	words := make([]string, 0, len(requestable))
	for _, r := range requestable {
		if r.kind != kind {
			words = append(words, string(r.kind))
			continue
		}
		var err error
		switch {
		case given && r.read == nil:
			err = validation.Errorf("", "must not have a value, has %q", clip(value))
		case given:
			err = r.read(&f, value)
		case r.required:
			err = validation.Errorf("", "must have a value, such as %s", example(kind))
		}
		if err != nil {
			return Fault{}, validation.In(string(kind), err)
		}
		return f, validation.In(string(kind), f.Validate())
	}
	return Fault{}, validation.Errorf("", "must be of %s, separated by \";\", has %q", strings.Join(words, ", "), clip(string(kind)))
}

func example(kind FaultKind) string {
	if kind == FaultThrottle {
		return "throttle=1024 for bytes per second"
	}
	return "latency=200ms or latency=100ms-300ms"
}

func readLatency(f *Fault, value string) error {
	low, high, between := strings.Cut(value, "-")
	if !between {
		return readFloatMilliseconds(value, &f.DelayMS)
	}
	if err := readFloatMilliseconds(low, &f.MinMS); err != nil {
		return err
	}
	return readFloatMilliseconds(high, &f.MaxMS)
}

func readError(f *Fault, value string) error {
	if _, ok := GRPCCode(value); ok {
		f.GRPCCode = value
		return nil
	}
	status, err := strconv.Atoi(value)
	if err != nil {
		return validation.Errorf("", "must be an HTTP status or the name of a gRPC error such as UNAVAILABLE, is %q", clip(value))
	}
	f.StatusCodes = []int{status}
	return nil
}

func readDuration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return 0, validation.Errorf("", "must be a duration such as 200ms or 1.5s, is %q", clip(value))
	}
	return d, nil
}

func readFloatMilliseconds(value string, into **float64) error {
	d, err := readDuration(value)
	*into = new(float64(d) / float64(time.Millisecond))
	return err
}

func readMilliseconds(value string, into **int) error {
	d, err := readDuration(value)
	*into = new(int(d.Milliseconds()))
	return err
}

func readNumber[T int | int64](value string, into **T) error {
	n, err := strconv.ParseInt(value, 10, strconv.IntSize)
	if err != nil {
		return validation.Errorf("", "must be a whole number, is %q", clip(value))
	}
	*into = new(T(n))
	return nil
}

// DecideRequested is Decide for an exchange that asks for faults itself: these, which must be valid, are done instead of what the
// scenario would do, with their share and without their when. A rule that excludes protects from them, too.
func (e *Engine) DecideRequested(x Exchange, faults []Fault) Decision {
	p, rule, exclude := e.match(&x)
	if exclude {
		return e.decide(&x, p, rule, exclude)
	}
	d := Decision{Mode: p.mode, Version: e.scenario.Version, Rule: RequestedRule}
	for place, f := range faults {
		if f.Kind == FaultRefuse || f.Kind == FaultRateLimit {
			continue
		}
		f.When = nil
		c := compileFault(f, RequestedRule, place, nil)
		if drawn, hit := c.draw(&x, e.seed, 0); hit {
			d.Faults = append(d.Faults, drawn)
		}
	}
	return d
}
