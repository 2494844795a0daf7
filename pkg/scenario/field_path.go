package scenario

import (
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// EachElement stands for every element of a list in what ParseFieldPath returns.
const EachElement = "*"

// ParseFieldPath reads a path to a field of a GraphQL answer, such as "orders[*].lines[0].total": the steps are names of
// fields (or their aliases), indices in digits, and EachElement. The error is a *validation.Error without a field.
func ParseFieldPath(path string) ([]string, error) {
	if err := validation.Text("", path, MaxTextLength); err != nil {
		return nil, err
	}
	var steps []string
	for part := range strings.SplitSeq(path, ".") {
		name, rest, bracket := strings.Cut(part, "[")
		if !isGraphQLName(name) {
			return nil, fieldPathError(path)
		}
		steps = append(steps, name)
		for bracket {
			var index string
			var closed bool
			if index, rest, closed = strings.Cut(rest, "]"); !closed || !isIndex(index) {
				return nil, fieldPathError(path)
			}
			steps = append(steps, index)
			if rest == "" {
				break
			}
			if rest, bracket = strings.CutPrefix(rest, "["); !bracket {
				return nil, fieldPathError(path)
			}
		}
	}
	return steps, nil
}

func fieldPathError(path string) error {
	return validation.Errorf("", "must be a path of fields such as user.email or orders[*].total, is %q", clip(path))
}

// isIndex allows as many digits as any list has elements.
func isIndex(v string) bool {
	return v == EachElement || v != "" && len(v) <= 9 && !strings.ContainsFunc(v, func(r rune) bool { return r < '0' || r > '9' })
}

// isGraphQLName reports whether v is a Name of the GraphQL specification, section 2.1.9.
func isGraphQLName(v string) bool {
	for i, r := range v {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return v != ""
}
