// Package querystring reads the query of a URL as the URL standard of the WHATWG reads forms (application/x-www-form-urlencoded): nothing
// of it is an error, and nothing is lost. Unlike with net/url a semicolon separates nothing, and a % that begins no escape is one.
package querystring

import (
	"iter"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
)

// Pairs are the parameters of a query in their order, decoded. One without = has an empty value.
func Pairs(query string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := query; rest != ""; {
			var pair string
			if pair, rest, _ = strings.Cut(rest, "&"); pair == "" {
				continue
			}
			if name, value, _ := strings.Cut(pair, "="); !yield(Decode(name), Decode(value)) {
				return
			}
		}
	}
}

// Values are the parameters of a query by their names, nil where there are none.
func Values(query string) map[string][]string {
	var all map[string][]string
	for name, value := range Pairs(query) {
		if all == nil {
			all = map[string][]string{}
		}
		all[name] = append(all[name], value)
	}
	return all
}

// Decode decodes a name or a value: a + is a space, and what is no valid escape stands for itself.
func Decode(part string) string {
	if strings.IndexByte(part, '+') >= 0 {
		part = strings.ReplaceAll(part, "+", " ")
	}
	return pathpattern.Unescape(part)
}
