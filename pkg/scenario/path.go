package scenario

import (
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// pathPattern is a compiled Target.Path. A segment that is empty stands for {}: any one segment.
type pathPattern struct {
	segments []string
	rest     bool
}

// compilePath reads "/users/{id}/orders/**": {} or {name} is one segment that is not empty, a final ** is any number of
// further segments, none included. All else is literal.
func compilePath(pattern string) (pathPattern, error) {
	if err := validation.Text("", pattern, MaxTextLength); err != nil {
		return pathPattern{}, err
	}
	switch {
	case !strings.HasPrefix(pattern, "/"):
		return pathPattern{}, validation.Errorf("", "must begin with /, is %q", clip(pattern))
	case strings.ContainsAny(pattern, "?#"):
		return pathPattern{}, validation.Errorf("", "must not have a query or a fragment, is %q", clip(pattern))
	}
	var p pathPattern
	segments := strings.Split(pattern[1:], "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch {
		case segment == "**" && last:
			p.rest = true
		case strings.Contains(segment, "*"):
			return pathPattern{}, validation.Errorf("", "must have * only as a final /**, is %q", clip(pattern))
		case strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") && strings.Count(segment, "{") == 1 && strings.Count(segment, "}") == 1:
			p.segments = append(p.segments, "")
		case strings.ContainsAny(segment, "{}"):
			return pathPattern{}, validation.Errorf("", "must have {name} only as a whole segment, is %q", clip(pattern))
		case segment == "" && !last:
			return pathPattern{}, validation.Errorf("", "must not have empty segments, is %q", clip(pattern))
		case segment == "":
			p.segments = append(p.segments, trailingSlash)
		default:
			p.segments = append(p.segments, segment)
		}
	}
	return p, nil
}

// trailingSlash stands for the empty last segment of "/users/"; no literal segment can hold a slash.
const trailingSlash = "/"

// match allocates nothing.
func (p pathPattern) match(path string) bool {
	rest, more := strings.CutPrefix(path, "/")
	for _, want := range p.segments {
		if !more {
			return false
		}
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		switch want {
		case "":
			if segment == "" {
				return false
			}
		case trailingSlash:
			if segment != "" {
				return false
			}
		default:
			if segment != want {
				return false
			}
		}
	}
	return p.rest || !more
}
