package recording

import "github.com/mockforge/mockforge-observability-app/pkg/pathpattern"

// PathPattern returns the path of the filter as a pattern; nil where it is a part to look for in any case. The error is a
// *validation.Error without a field.
func (f *Filter) PathPattern() (*pathpattern.Pattern, error) {
	if !pathpattern.HasWildcards(f.Path) {
		return nil, nil
	}
	return pathpattern.ParseAnywhere(f.Path)
}
