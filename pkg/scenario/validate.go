package scenario

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// HasParameters is whether b says more than its mode.
func (b Behavior) HasParameters() bool {
	return slices.ContainsFunc(b.parameters(), func(p parameter) bool { return p.given })
}

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

var presetName = regexp.MustCompile(`^[a-z0-9_-]{1,64}$`)

// ValidatePresetName checks a preset's name: 1 to 64 lower-case letters, digits, hyphens and underscores, but not a word
// that has a meaning of its own in the paths of the API.
func ValidatePresetName(name string) error {
	if name == "export" || name == "import" {
		return validation.Errorf("name", "must not be %q, which is reserved", name)
	}
	if presetName.MatchString(name) {
		return nil
	}
	if name == "" {
		return validation.Errorf("name", "is required")
	}
	return validation.Errorf("name", "must be 1 to %d lower-case letters, digits, - and _, is %q", MaxNameLength, clip(name))
}

// Validate checks the name, the description and the definition.
func (p Preset) Validate() error {
	return errors.Join(
		ValidatePresetName(p.Name),
		validation.Text("description", p.Description, MaxDescriptionLength),
		oneOf("source", string(p.Source), string(BuiltIn), string(Configuration), string(User)),
		p.Definition.Validate(),
	)
}

func milliseconds(field string, v *int, least int) error {
	switch {
	case v == nil || *v >= least && *v <= MaxDelayMS:
		return nil
	case *v < 0:
		return validation.Errorf(field, "must not be negative, is %d", *v)
	}
	return validation.Errorf(field, "must be between %d and %d milliseconds, is %d", least, MaxDelayMS, *v)
}

func statusCodes(field string, codes []int) error { return statusCodesFrom(field, codes, 100) }

func statusCodesFrom(field string, codes []int, least int) error {
	if codes == nil {
		return nil
	}
	if len(codes) == 0 || len(codes) > MaxStatusCodes {
		return validation.Errorf(field, "must have 1 to %d status codes, has %d", MaxStatusCodes, len(codes))
	}
	var errs []error
	for i, c := range codes {
		if c < least || c > 599 {
			errs = append(errs, validation.Errorf(fmt.Sprintf("%s[%d]", field, i), "must be between %d and 599, is %d", least, c))
		}
	}
	return errors.Join(errs...)
}

func oneOf(field, v string, allowed ...string) error {
	if v == "" || slices.Contains(allowed, v) {
		return nil
	}
	return validation.Errorf(field, "must be one of %s, is %q", strings.Join(allowed, ", "), clip(v))
}

func count(field string, n int) error {
	if n <= MaxConditions {
		return nil
	}
	return validation.Errorf(field, "must be at most %d, are %d", MaxConditions, n)
}

func conditions(field string, all map[string]string, validName func(string) bool) error {
	errs := []error{count(field, len(all))}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		value := all[name]
		place := field + "." + clip(name)
		if !validName(name) {
			errs = append(errs, validation.Errorf(place, "is not a valid name"))
		}
		errs = append(errs, validation.Text(place, name, MaxTextLength), validation.Text(place, value, MaxTextLength))
	}
	return errors.Join(errs...)
}

// label checks a name that people read and that ends up in headers, spans and columns.
func label(field, v string, limit int) error {
	switch {
	case v == "":
		return validation.Errorf(field, "is required")
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		return validation.Errorf(field, "must be printable text")
	}
	return validation.Text(field, v, limit)
}

// isToken is whether v is a token of RFC 9110, section 5.6.2, of reasonable length: a method or a header's name.
func isToken(v string) bool {
	return v != "" && len(v) <= maxTokenLength && !strings.ContainsFunc(v, func(r rune) bool {
		return r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}

// clip keeps a message short, however long the input is.
func clip(v string) string {
	if len(v) <= 80 {
		return v
	}
	return strings.ToValidUTF8(v[:80], "") + "..."
}
