package replay

import (
	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxIgnoredPath is how long a path of ignore_fields may be, in bytes.
const maxIgnoredPath = 512

// parseIgnored reads a path of ignore_fields. The error is a *validation.Error without a field.
func parseIgnored(text string) (*fieldpath.Path, error) {
	if len(text) > maxIgnoredPath {
		return nil, validation.Errorf("", "must be at most %d bytes long, is %d", maxIgnoredPath, len(text))
	}
	p, err := fieldpath.Parse(text)
	switch {
	case err != nil:
		return nil, err
	case text == "$":
		return nil, validation.Errorf("", "must name a field, is %q", text)
	case p.Filters():
		return nil, validation.Errorf("", "must not have filters, since two documents are compared, is %q", clip(text))
	}
	return p, nil
}

// ignoring is where the ignored paths have come to, in both documents: a path from the end of a list, or a slice, may lead to
// different places.
type ignoring []inBoth

type inBoth struct{ before, after fieldpath.Place }

func ignoringAt(paths []*fieldpath.Path, before, after any) ignoring {
	all := make(ignoring, len(paths))
	for i, p := range paths {
		all[i] = inBoth{p.Root(before), p.Root(after)}
	}
	return all
}

// here reports whether this place is ignored, in either document.
func (g ignoring) here() bool {
	for i := range g {
		if g[i].before.Selected() || g[i].after.Selected() {
			return true
		}
	}
	return false
}

// below returns what is left of the paths one step further.
func (g ignoring) below(before, after func(fieldpath.Place) fieldpath.Place) ignoring {
	var left ignoring
	for _, at := range g {
		next := inBoth{before(at.before), after(at.after)}
		if !next.before.Lost() || !next.after.Lost() || next.before.Selected() || next.after.Selected() {
			left = append(left, next)
		}
	}
	return left
}

func (g ignoring) member(name string, before, after any) ignoring {
	if len(g) == 0 {
		return nil
	}
	return g.below(
		func(p fieldpath.Place) fieldpath.Place { return p.Member(name, before) },
		func(p fieldpath.Place) fieldpath.Place { return p.Member(name, after) },
	)
}

func (g ignoring) element(index int, before, after []any) ignoring {
	if len(g) == 0 {
		return nil
	}
	in := func(list []any) func(fieldpath.Place) fieldpath.Place {
		return func(p fieldpath.Place) fieldpath.Place {
			if index >= len(list) {
				return fieldpath.Place{}
			}
			return p.Element(index, len(list), list[index])
		}
	}
	return g.below(in(before), in(after))
}
