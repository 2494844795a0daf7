package gateway

import "strings"

// template is a path pattern with {name} for one segment and a final /** for the rest.
type template struct {
	segments []string
	rest     bool
}

func newTemplate(text string) template {
	pattern, rest := strings.CutSuffix(text, "/**")
	return template{segments: strings.Split(pattern, "/"), rest: rest}
}

func (t template) matches(path string) bool {
	more := true
	for _, want := range t.segments {
		if !more {
			return false
		}
		var segment string
		segment, path, more = strings.Cut(path, "/")
		parameter := strings.HasPrefix(want, "{") && strings.HasSuffix(want, "}")
		if parameter && segment == "" || !parameter && want != segment {
			return false
		}
	}
	return t.rest || !more
}
