package recorder

import (
	"path"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// exclusion is the paths that are not recorded.
type exclusion struct {
	patterns []*pathpattern.Pattern
	// globs are patterns in the syntax of path.Match, by which paths were excluded once: what has a ?, a [ or a \ keeps its
	// meaning, and is compared with decoded paths.
	globs []string
}

// newExclusion prepares patterns that ValidateExclusion takes; others exclude nothing.
func newExclusion(patterns []string) exclusion {
	var e exclusion
	for _, text := range patterns {
		if isGlob(text) {
			e.globs = append(e.globs, text)
		} else if p, err := pathpattern.ParseAnywhere(text); err == nil {
			e.patterns = append(e.patterns, p)
		}
	}
	return e
}

// ValidateExclusion reports what is wrong with a pattern. The error is a *validation.Error without a field.
func ValidateExclusion(text string) error {
	if !strings.HasPrefix(text, "/") && text != "*" {
		return validation.Errorf("", "must be a path or pattern that begins with /, is %q", text)
	}
	if isGlob(text) {
		if _, err := path.Match(text, ""); err != nil {
			return validation.Errorf("", "must be a path or pattern that begins with /, is %q", text)
		}
		return nil
	}
	_, err := pathpattern.ParseAnywhere(text)
	return err
}

func isGlob(text string) bool { return strings.ContainsAny(text, "?[\\") }

func (e exclusion) has(requested string) bool {
	for _, p := range e.patterns {
		if p.Match(requested) {
			return true
		}
	}
	for _, glob := range e.globs {
		if matchesGlob(glob, pathpattern.Unescape(requested)) {
			return true
		}
	}
	return false
}

func matchesGlob(glob, decoded string) bool {
	if prefix, ok := strings.CutSuffix(glob, "/**"); ok {
		return decoded == prefix || strings.HasPrefix(decoded, prefix+"/")
	}
	matched, _ := path.Match(glob, decoded)
	return matched || glob == decoded
}
