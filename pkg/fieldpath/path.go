// Package fieldpath has the one way in which places in JSON documents are named: JSONPath (RFC 9535), and a short form of it. The
// queries are read by github.com/theory/jsonpath; they are followed here, since what is ignored and what becomes null needs places
// in two documents at once, or in one that is changed, and in time and memory that are bounded whatever the document is.
package fieldpath

import (
	"fmt"
	"slices"
	"strings"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// MaxLength is how long a path may be, in bytes.
	MaxLength = 1024
	// maxSteps is how many steps a path may have: one bit each, and one for what all of them have led to.
	maxSteps = 63
)

// Path is a compiled path. It is safe for use by any number of goroutines.
type Path struct {
	text  string
	steps []step
}

// step is a segment of RFC 9535.
type step struct {
	selectors []spec.Selector
	// deep reports whether it is taken from each place below, too.
	deep bool
}

// Parse compiles a path. What begins with $ is JSONPath; without it, and where it is no JSONPath, the path is in the short form:
//
//	user.email, items[0]    names and indices
//	items[*].id, items[]    each element
//	*.id                    each member
//	**.id                   at any depth
//	a-b, ['a b'], ["a b"]   other names
//
// A ** at the end stands for the place before it with all below. The error is a *validation.Error without a field.
func Parse(text string) (*Path, error) {
	if err := validation.Text("", text, MaxLength); err != nil {
		return nil, err
	}
	long, err := translate(text)
	if strings.HasPrefix(text, "$") {
		parsed, wrong := jsonpath.Parse(text)
		switch {
		case wrong == nil:
			return compile(text, parsed)
		case err != nil:
			return nil, validation.Errorf("", "must be a JSONPath (RFC 9535): %v", wrong)
		}
	}
	if err != nil {
		return nil, err
	}
	parsed, err := jsonpath.Parse(long)
	if err != nil {
		return nil, validation.Errorf("", "must be a path such as user.email or $.items[*].id: %v", err)
	}
	return compile(text, parsed)
}

func compile(text string, parsed *jsonpath.Path) (*Path, error) {
	segments := parsed.Query().Segments()
	if len(segments) > maxSteps {
		return nil, validation.Errorf("", "must have at most %d steps, has %d", maxSteps, len(segments))
	}
	p := &Path{text: text}
	for _, s := range segments {
		p.steps = append(p.steps, step{selectors: s.Selectors(), deep: s.IsDescendant()})
	}
	return p, nil
}

// String returns the path as it was given.
func (p *Path) String() string { return p.text }

// IsRoot reports whether the path is that of the whole document.
func (p *Path) IsRoot() bool { return len(p.steps) == 0 }

// Filters reports whether the path has filters, which look at what is in a document rather than where it is.
func (p *Path) Filters() bool {
	return slices.ContainsFunc(p.steps, func(s step) bool {
		return slices.ContainsFunc(s.selectors, func(selector spec.Selector) bool {
			_, filters := selector.(*spec.FilterSelector)
			return filters
		})
	})
}

// isIndex reports whether text is an index of a list.
func isIndex(text string) bool {
	return text != "" && len(text) <= 9 && !strings.ContainsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
}

func clip(text string) string { return validation.Clip(text, 64) }

// quote returns a name in brackets, as JSONPath has it.
func quote(name string) string {
	var b strings.Builder
	b.WriteString("['")
	for _, r := range name {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString("']")
	return b.String()
}
