package scenario

import (
	"cmp"
	"errors"
	"reflect"
	"regexp"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MaxPresets is how many presets users may have in all.
const MaxPresets = 1000

// RoomForPresets refuses, as field, more presets of users beside those that are stored where that makes too many.
func RoomForPresets(field string, stored []Preset, more int) error {
	users := 0
	for _, p := range stored {
		if p.Source == User {
			users++
		}
	}
	if more <= 0 || users+more <= MaxPresets {
		return nil
	}
	return validation.Errorf(field, "cannot be added: there may be %d presets of users, and are %d", MaxPresets, users)
}

// BuiltInPresets returns the presets that every installation has.
func BuiltInPresets() []Preset {
	preset := func(name, description string, b Behavior) Preset {
		return Preset{Name: name, Description: description, Source: BuiltIn, Definition: Definition{Behavior: b}}
	}
	return []Preset{
		preset("production", "All traffic passes unharmed.", Behavior{Mode: Healthy}),
		preset("staging", "Answers take half as long again, at least 75 ms.", Behavior{Mode: Degraded, LatencyMultiplier: new(1.5)}),
		preset("high-load", "Answers take three times as long, at least 150 ms, and 5 % fail.",
			Behavior{Mode: Degraded, LatencyMultiplier: new(3.0), ErrorRate: new(0.05)}),
		preset("network-issues", "15 % of requests fail with 502, 503 or 504.",
			Behavior{Mode: Error, ErrorRate: new(0.15), StatusCodes: []int{502, 503, 504}}),
		preset("chaos", "10 % of requests fail, 5 % time out, 20 % are slowed by up to 5 s.",
			Behavior{Mode: Chaos, ErrorRate: new(0.1), TimeoutRate: new(0.05), LatencyMinMS: new(0), LatencyMaxMS: new(5000), SpikeProbability: new(0.2)}),
	}
}

// MergePresets gives each name once: a configured preset replaces the built-in of its name, and one of a user never
// hides either. The order is that of SortPresets.
func MergePresets(configured, users []Preset) []Preset {
	merged := BuiltInPresets()
	add := func(p Preset, source Source, replaces bool) {
		p.Source = source
		at := slices.IndexFunc(merged, func(m Preset) bool { return m.Name == p.Name })
		switch {
		case at < 0:
			merged = append(merged, p)
		case replaces:
			merged[at] = p
		}
	}
	for _, p := range configured {
		add(p, Configuration, true)
	}
	for _, p := range users {
		add(p, User, false)
	}
	SortPresets(merged)
	return merged
}

// SortPresets puts presets into the order in which they are shown: those with the names of built-in ones first, from
// the mildest to the wildest, then those of the configuration, then those of users, both by name.
func SortPresets(presets []Preset) {
	rank := map[string]int{}
	for i, p := range BuiltInPresets() {
		rank[p.Name] = i - len(BuiltInPresets())
	}
	order := func(p Preset) int {
		if p.Source == User && rank[p.Name] == 0 {
			return 1
		}
		return rank[p.Name]
	}
	slices.SortStableFunc(presets, func(a, b Preset) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Name, b.Name))
	})
}

// Same reports whether p and other are the same but for where they come from.
func (p Preset) Same(other Preset) bool {
	p.Source, other.Source = "", ""
	return reflect.DeepEqual(p, other)
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
