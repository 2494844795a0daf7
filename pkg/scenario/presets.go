package scenario

import (
	"cmp"
	"slices"
)

// BuiltInPresets are those that every installation has.
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
// hides either. Built-in ones come first, as ordered above, then configured ones, then those of users, both by name.
func MergePresets(configured, users []Preset) []Preset {
	merged := BuiltInPresets()
	for _, group := range []struct {
		presets  []Preset
		source   Source
		replaces bool
	}{{configured, Configuration, true}, {users, User, false}} {
		group.presets = slices.SortedFunc(slices.Values(group.presets), func(a, b Preset) int { return cmp.Compare(a.Name, b.Name) })
		for _, p := range group.presets {
			p.Source = group.source
			at := slices.IndexFunc(merged, func(m Preset) bool { return m.Name == p.Name })
			switch {
			case at < 0:
				merged = append(merged, p)
			case group.replaces:
				merged[at] = p
			}
		}
	}
	return merged
}
