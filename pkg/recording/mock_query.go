package recording

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// mockParameters returns the parameters of a query as the mocks of gateways compare them. What was redacted, and what a configuration
// cannot have, is any value; names that it cannot have are left out, and so are the last of more parameters than it can have.
func mockParameters(r *Recording) Values {
	parameters, spelled := r.Target.Parameters(), func(string) string { return anyValue }
	if r.Target == "" {
		parameters = r.QueryParams // in which databases have no other bytes
		spelled = func(value string) string { return strings.ToValidUTF8(value, "\uFFFD") }
	}
	out := Values{}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if name == "" || !mockable(name) || IsRedacted(name) || len(out) == scenario.MaxConditions {
			continue
		}
		for _, value := range parameters[name] {
			if !utf8.ValidString(value) {
				value = spelled(value)
			}
			if IsRedacted(value) || !mockable(value) {
				value = anyValue
			}
			out[name] = append(out[name], value)
		}
	}
	return out
}

// mockable reports whether a configuration can have a text.
func mockable(text string) bool { return validation.Text("", text, scenario.MaxTextLength) == nil }

// anyValues returns how many conditions on a query any value meets.
func anyValues(query Values) (n int) {
	for _, values := range query {
		if len(values) > 0 && values[0] == anyValue {
			n++
		}
	}
	return n
}

func mockQuery(query Values) []mockPair {
	var list []mockPair
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if values := query[name]; len(values) > 0 {
			list = append(list, mockPair{name, []string{values[0]}})
		}
	}
	return list
}

func queryString(values Values) string { return url.Values(values).Encode() }
