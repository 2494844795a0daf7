// Package pathpattern has the one dialect in which paths are matched: by rules, mocks, routes, exclude_paths, sampling and the
// filter of recordings.
//
// A path is that of a request's target as it was sent, escaped (RFC 3986 section 3.3). It is taken apart at its slashes, and
// then segment by segment decoded for comparison, once, so that a%2Fb is one segment. What is no valid escape stands for itself,
// and nothing else is made of a path: a + is a plus, parameters behind a semicolon belong to their segment, dots and empty
// segments stay. Patterns are decoded in the same way, so that a segment may be written as it reads or as it is sent.
//
//	{} or {name}   one segment that is not empty
//	*              in a segment: any characters, or none
//	/** at the end, or /{name...}: whatever follows, or nothing
//	*              as the whole pattern: the target of requests about the server as a whole (OPTIONS *)
//
// All else is literal, case included, and so is the slash at the end of a path.
package pathpattern

import (
	"regexp"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MaxLength is how long a pattern may be, in bytes; MaxWildcards is how many wildcards one of ParseAnywhere may have.
const (
	MaxLength    = 1024
	MaxWildcards = 32
)

// Pattern is a compiled pattern. It is safe for use by any number of goroutines.
type Pattern struct {
	text     string
	segments []segment
	// rest reports whether anything may follow the segments.
	rest bool
	// anywhere is what matches a pattern whose wildcards are not those of whole segments, over the symbols of a path.
	anywhere *regexp.Regexp
}

// server is the pattern, and the target, of requests about the server as a whole (RFC 9112 section 3.2.4).
const server = "*"

type segmentKind uint8

const (
	literalSegment segmentKind = iota
	// oneSegment is {name}.
	oneSegment
	// wildSegment has a *.
	wildSegment
)

type segment struct {
	kind segmentKind
	// text is the decoded literal, or the name of a parameter.
	text string
	// parts are the decoded literals before, between and after the stars.
	parts []string
}

// Parse compiles a pattern. Wildcards that span segments may stand at its end only, so that patterns can be looked up by a Tree.
// The error is a *validation.Error without a field.
func Parse(text string) (*Pattern, error) {
	if err := validation.Text("", text, MaxLength); err != nil {
		return nil, err
	}
	switch {
	case text == server:
		return &Pattern{text: text}, nil
	case !strings.HasPrefix(text, "/"):
		return nil, validation.Errorf("", "must begin with /, is %q", clip(text))
	case strings.ContainsAny(text, "?#"):
		return nil, validation.Errorf("", "must not have a query or a fragment, is %q", clip(text))
	}
	p := &Pattern{text: text}
	pieces := strings.Split(text[1:], "/")
	for i, piece := range pieces {
		last := i == len(pieces)-1
		switch {
		case isRest(piece):
			if !last {
				return nil, validation.Errorf("", "must have %s only at the end, is %q", clip(piece), clip(text))
			}
			p.rest = true
			continue
		case strings.Contains(piece, "**"):
			return nil, validation.Errorf("", "must have ** only as a final /**, is %q", clip(text))
		case piece == "" && !last:
			return nil, validation.Errorf("", "must not have empty segments, is %q", clip(text))
		case !isParameter(piece) && strings.ContainsAny(piece, "{}"):
			return nil, validation.Errorf("", "must have {name} only as a whole segment, is %q", clip(text))
		}
		p.segments = append(p.segments, compileSegment(piece))
	}
	return p, nil
}

func compileSegment(piece string) segment {
	switch {
	case isParameter(piece):
		return segment{kind: oneSegment, text: piece[1 : len(piece)-1]}
	case strings.Contains(piece, "*"):
		s := segment{kind: wildSegment}
		for part := range strings.SplitSeq(piece, "*") {
			s.parts = append(s.parts, Unescape(part))
		}
		return s
	}
	return segment{text: Unescape(piece)}
}

// isParameter reports whether a segment of a pattern is {name}.
func isParameter(piece string) bool {
	return strings.HasPrefix(piece, "{") && strings.HasSuffix(piece, "}") && strings.Count(piece, "{") == 1 && strings.Count(piece, "}") == 1
}

// isRest reports whether a segment of a pattern stands for whatever follows.
func isRest(piece string) bool {
	return piece == "**" || isParameter(piece) && strings.HasSuffix(piece, "...}")
}

// String returns the pattern as it was given.
func (p *Pattern) String() string { return p.text }

// Literals returns the decoded segments that every path of the pattern has; none where it is one of ParseAnywhere alone.
func (p *Pattern) Literals() (literals []string) {
	for _, s := range p.segments {
		if s.kind != oneSegment && s.kind != wildSegment && s.text != "" {
			literals = append(literals, s.text)
		}
	}
	return literals
}

// clip shortens a value for an error.
func clip(text string) string { return validation.Clip(text, 64) }
