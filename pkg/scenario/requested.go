package scenario

import (
	"strconv"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// RequestedRule is the name of the rule in decisions about faults that a request asked for.
const RequestedRule = "request"

// maxRequestLength bounds what a request can ask for, in bytes.
const maxRequestLength = 1024

// RequestForm is how a request may ask for a kind, as in "latency=200ms".
type RequestForm struct {
	// Example is what may be asked for, for people.
	Example string
	// Required reports that there must be a value.
	Required bool
	// read takes the value; nil: there must be none.
	read func(f *Fault, value string) error
}

// ParseFaultRequest reads what a request asks for in the X-MockForge-Fault header or the baggage member mockforge.fault:
// kinds, separated by ";", each once, with a value or without: "latency=200ms;error=503". What values there are is said at the
// RequestForm of each kind. The faults are valid. The error joins *validation.Error, whose fields are the kinds.
func ParseFaultRequest(value string) ([]Fault, error) {
	if len(value) > maxRequestLength {
		return nil, validation.Errorf("", "must have at most %d bytes, has %d", maxRequestLength, len(value))
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
	form := f.kind().Request
	var err error
	switch {
	case form == nil:
		return Fault{}, validation.Errorf("", "must be of %s, separated by \";\", has %q", strings.Join(requestable(), ", "), clip(string(kind)))
	case given && form.read == nil:
		err = validation.Errorf("", "must not have a value, has %q", clip(value))
	case given:
		err = form.read(&f, value)
	case form.Required:
		err = validation.Errorf("", "must have a value, such as %s", form.Example)
	}
	if err != nil {
		return Fault{}, validation.In(string(kind), err)
	}
	return f, validation.In(string(kind), f.Validate())
}

// requestable returns the names of the kinds that a request may ask for.
func requestable() []string {
	var names []string
	for _, kind := range kinds {
		if kind.Request != nil {
			names = append(names, string(kind.Name))
		}
	}
	return names
}

func readDuration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 {
		return 0, validation.Errorf("", "must be a duration such as 200ms or 1.5s, is %q", clip(value))
	}
	return d, nil
}

// readMilliseconds reads a duration into a parameter.
func readMilliseconds(into func(*Fault) **int) func(*Fault, string) error {
	return func(f *Fault, value string) error {
		d, err := readDuration(value)
		*into(f) = new(int(d.Milliseconds()))
		return err
	}
}

// readNumber reads a whole number into a parameter.
func readNumber[T int | int64](into func(*Fault) **T) func(*Fault, string) error {
	return func(f *Fault, value string) error {
		n, err := strconv.ParseInt(value, 10, strconv.IntSize)
		if err != nil {
			return validation.Errorf("", "must be a whole number, is %q", clip(value))
		}
		*into(f) = new(T(n))
		return nil
	}
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
		if kind := f.kind(); kind.Level == LevelConnection || kind.quota != nil {
			continue // Neither is about one exchange alone.
		}
		f.When = nil
		c := compileFault(f, RequestedRule, place, nil)
		if drawn, hit := c.draw(&x, e.seed, 0); hit {
			d.Faults = append(d.Faults, drawn)
		}
	}
	return d
}
