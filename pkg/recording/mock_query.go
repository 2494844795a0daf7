package recording

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// mockParameters returns the parameters of a query as the mocks of gateways compare them. What was redacted, and what a configuration
// cannot spell, is any value; names that it cannot spell are left out.
func mockParameters(r *Recording) Values {
	parameters, spelled := r.Target.Parameters(), func(string) string { return anyValue }
	if r.Target == "" {
		parameters = r.QueryParams // in which databases have no other bytes
		spelled = func(value string) string { return strings.ToValidUTF8(value, "\uFFFD") }
	}
	out := Values{}
	for name, values := range parameters {
		if !utf8.ValidString(name) || IsRedacted(name) {
			continue
		}
		for _, value := range values {
			switch {
			case IsRedacted(value):
				value = anyValue
			case !utf8.ValidString(value):
				value = spelled(value)
			}
			out[name] = append(out[name], value)
		}
	}
	return out
}

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
