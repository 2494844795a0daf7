package scenario

import (
	"errors"
	"fmt"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// Limits on what a scenario may hold, whatever the configuration says.
const (
	MaxRules             = 1000
	MaxNameLength        = 64
	MaxRuleNameLength    = 100
	MaxDescriptionLength = 1000
	MaxReasonLength      = 500
	MaxStatusCodes       = 100
	MaxConditions        = 50
	MaxTextLength        = 1024
	maxTokenLength       = 128
	// MaxDelayMS bounds every latency and timeout: one hour, in milliseconds.
	MaxDelayMS           = 3_600_000
	MaxLatencyMultiplier = 1000
	// MaxSeed is the largest whole number that every JSON reader keeps exactly (RFC 8259, section 6).
	MaxSeed = 1<<53 - 1
)

// Validate checks the bounds: not negative, in order, at most an hour.
func (l Latency) Validate() error {
	err := errors.Join(milliseconds("min_ms", &l.MinMS, 0), milliseconds("max_ms", &l.MaxMS, 0))
	if err == nil && l.MinMS > l.MaxMS {
		err = validation.Errorf("min_ms", "must not be above max_ms, which is %d, is %d", l.MaxMS, l.MinMS)
	}
	return err
}

// Validate checks every condition of the target.
func (t Target) Validate() error {
	errs := []error{
		validation.Text("gateway", t.Gateway, MaxTextLength),
		validation.Text("consumer", t.Consumer, MaxTextLength),
		validation.Text("operation", t.Operation, MaxTextLength),
		validation.Rate("share", t.Share),
		oneOf("protocol", t.Protocol, "http", "grpc", "websocket", "graphql"),
		oneOf("share_by", t.ShareBy, shareByTrace, shareByConsumer, shareByExchange),
		count("methods", len(t.Methods)),
		conditions("headers", t.Headers, isToken),
		conditions("query", t.Query, func(name string) bool { return name != "" }),
	}
	for i, m := range t.Methods {
		if !isToken(m) {
			errs = append(errs, validation.Errorf(fmt.Sprintf("methods[%d]", i), "must be an HTTP method, is %q", clip(m)))
		}
	}
	if t.Path != "" {
		_, err := pathpattern.Parse(t.Path)
		errs = append(errs, validation.In("path", err))
	}
	return errors.Join(errs...)
}

// Validate checks the name, the target and the behavior; a rule that excludes must not have a behavior.
func (r Rule) Validate() error {
	errs := []error{label("name", r.Name, MaxRuleNameLength), validation.In("target", r.Target.Validate())}
	switch {
	case !r.Exclude:
		errs = append(errs, r.Behavior.Validate(), r.validateRefusals())
	case r.Mode != "" && r.Mode != Healthy:
		errs = append(errs, validation.Errorf("mode", "must be absent or healthy where exclude is true, is %q", clip(string(r.Mode))))
	case r.HasParameters():
		errs = append(errs, validation.Errorf("exclude", "must not be true where the rule has parameters of a mode"))
	}
	return errors.Join(errs...)
}

// validateRefusals refuses faults that hit connections where r is about a part of their exchanges only.
func (r Rule) validateRefusals() error {
	if r.Target.onlyGateway() {
		return nil
	}
	for i, f := range r.Faults {
		if f.kind().Level == LevelConnection {
			return validation.Errorf(fmt.Sprintf("faults[%d].kind", i), "must not be %s where the target has more than a gateway: connections are refused before a request is read", f.Kind)
		}
	}
	return nil
}

// Validate checks the behavior, the latency override, the seed and all rules, whose names must differ.
func (d Definition) Validate() error {
	errs := []error{d.Behavior.Validate()}
	if d.Latency != nil {
		errs = append(errs, validation.In("latency", d.Latency.Validate()))
	}
	if d.Seed != nil && *d.Seed > MaxSeed {
		errs = append(errs, validation.Errorf("seed", "must be at most %d, is %d", uint64(MaxSeed), *d.Seed))
	}
	if len(d.Rules) > MaxRules {
		errs = append(errs, validation.Errorf("rules", "must be at most %d, are %d", MaxRules, len(d.Rules)))
		return errors.Join(errs...)
	}
	seen := make(map[string]int, len(d.Rules))
	for i, r := range d.Rules {
		place := fmt.Sprintf("rules[%d]", i)
		errs = append(errs, validation.In(place, r.Validate()))
		if first, taken := seen[r.Name]; taken && r.Name != "" {
			errs = append(errs, validation.Errorf(place+".name", "must be unique, is that of rules[%d], too: %q", first, clip(r.Name)))
		} else {
			seen[r.Name] = i
		}
	}
	return errors.Join(errs...)
}

// Validate checks the definition and what is said about it.
func (s Scenario) Validate() error {
	errs := []error{
		s.Definition.Validate(),
		validation.Text("reason", s.Reason, MaxReasonLength),
		validation.Text("set_by", s.SetBy, MaxTextLength),
	}
	if s.Version < 0 {
		errs = append(errs, validation.Errorf("version", "must not be negative, is %d", s.Version))
	}
	if s.ChaosConfig != nil {
		err := s.ChaosConfig.Validate()
		if err == nil && s.ChaosConfig.Mode != Chaos {
			err = validation.Errorf("mode", "must be chaos, is %q", clip(string(s.ChaosConfig.Mode)))
		}
		errs = append(errs, validation.In("chaos_config", err))
	}
	return errors.Join(errs...)
}
