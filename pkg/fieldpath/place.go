package fieldpath

import (
	"maps"
	"slices"

	"github.com/theory/jsonpath/spec"
)

// Place is how far a path has come at one place of a document. The zero value is past all that the path may lead to.
type Place struct {
	path *Path
	// reached has a bit for each step that may be taken from here, and one more where all of them have been.
	reached uint64
	root    any
}

// Root returns the place of a whole document, as encoding/json reads it.
func (p *Path) Root(document any) Place { return Place{path: p, reached: 1, root: document} }

// Selected reports whether the path leads here.
func (at Place) Selected() bool { return at.path != nil && at.reached>>len(at.path.steps) != 0 }

// Lost reports whether the path leads to nothing below.
func (at Place) Lost() bool { return at.path == nil || at.reached&(1<<len(at.path.steps)-1) == 0 }

// Member returns the place of a member of an object.
func (at Place) Member(name string, value any) Place {
	return at.below(func(selector spec.Selector) bool {
		switch s := selector.(type) {
		case spec.Name:
			return string(s) == name
		case spec.WildcardSelector:
			return true
		case *spec.FilterSelector:
			return s.Eval(value, at.root)
		}
		return false
	})
}

// Element returns the place of an element of a list that has so many.
func (at Place) Element(index, length int, value any) Place {
	return at.below(func(selector spec.Selector) bool {
		switch s := selector.(type) {
		case spec.Index:
			return int(s) == index || int(s) < 0 && int(s)+length == index
		case spec.SliceSelector:
			return inSlice(s, index, length)
		case spec.WildcardSelector:
			return true
		case *spec.FilterSelector:
			return s.Eval(value, at.root)
		}
		return false
	})
}

func inSlice(s spec.SliceSelector, index, length int) bool {
	lower, upper := s.Bounds(length)
	switch step := s.Step(); {
	case step > 0:
		return index >= lower && index < upper && (index-lower)%step == 0
	case step < 0:
		return index <= upper && index > lower && (upper-index)%-step == 0
	}
	return false
}

func (at Place) below(selects func(spec.Selector) bool) Place {
	if at.Lost() {
		return Place{}
	}
	next := uint64(0)
	for i := range at.path.steps {
		s := &at.path.steps[i]
		if at.reached>>i&1 == 0 {
			continue
		}
		if s.deep {
			next |= 1 << i
		}
		if slices.ContainsFunc(s.selectors, selects) {
			next |= 1 << (i + 1)
		}
	}
	return Place{path: at.path, reached: next, root: at.root}
}

// Select visits the values of a document that the path leads to, each once, members in the order of their names, until visit
// reports false.
func (p *Path) Select(document any, visit func(value any) bool) {
	p.Root(document).walk(document, visit)
}

func (at Place) walk(value any, visit func(any) bool) bool {
	if at.Selected() && !visit(value) {
		return false
	}
	if at.Lost() {
		return true
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if !at.Member(name, value[name]).walk(value[name], visit) {
				return false
			}
		}
	case []any:
		for i, element := range value {
			if !at.Element(i, len(value), element).walk(element, visit) {
				return false
			}
		}
	}
	return true
}
