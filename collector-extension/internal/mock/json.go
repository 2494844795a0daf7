package mock

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// anyValue as the value of a condition stands for every value.
const anyValue = "*"

// jsonCondition is one of body_json.
type jsonCondition struct {
	path *fieldpath.Path
	want any
}

func compileJSON(conditions map[string]any) ([]jsonCondition, error) {
	if len(conditions) > 50 {
		return nil, validation.Errorf("", "must be at most 50, are %d", len(conditions))
	}
	var errs []error
	compiled := make([]jsonCondition, 0, len(conditions))
	for text, want := range conditions {
		path, err := fieldpath.Parse(absolute(text))
		if err != nil {
			errs = append(errs, validation.In(text, err))
			continue
		}
		want, err = asJSON(want)
		if err != nil {
			errs = append(errs, validation.Errorf(text, "must be a value that JSON has: %v", err))
			continue
		}
		compiled = append(compiled, jsonCondition{path, want})
	}
	slices.SortFunc(compiled, func(a, b jsonCondition) int { return strings.Compare(a.path.String(), b.path.String()) })
	return compiled, errors.Join(errs...)
}

// absolute returns a path that begins at the root of the document.
func absolute(path string) string {
	switch {
	case strings.HasPrefix(path, "$"):
		return path
	case strings.HasPrefix(path, "["):
		return "$" + path
	}
	return "$." + path
}

// asJSON returns a value of the configuration as encoding/json would have read it.
func asJSON(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var same any
	err = json.Unmarshal(text, &same)
	return same, err
}

// matches reports whether all conditions hold for the body.
func (b *body) matches(conditions []jsonCondition) bool {
	if len(conditions) == 0 {
		return true
	}
	document, ok := b.json()
	return ok && !slices.ContainsFunc(conditions, func(c jsonCondition) bool { return !c.holds(document) })
}

func (c jsonCondition) holds(document any) bool {
	holds := false
	c.path.Select(document, func(value any) bool {
		holds = c.want == anyValue || reflect.DeepEqual(value, c.want)
		return !holds
	})
	return holds
}
