package pathpattern

import "strings"

// Match reports whether a path matches. It allocates nothing, but where an escaped segment meets a *, and where wildcards span
// segments within the pattern.
func (p *Pattern) Match(path string) bool {
	switch {
	case p.anywhere != nil:
		return p.anywhere.MatchString(symbols(path))
	case p.text == server:
		return path == server
	}
	rest, more := strings.CutPrefix(path, "/")
	for i := range p.segments {
		if !more {
			return false
		}
		var sent string
		sent, rest, more = strings.Cut(rest, "/")
		if !p.segments[i].match(sent) {
			return false
		}
	}
	return p.rest || !more
}

// Value returns the decoded segment of a path that stands in the place of {name}; empty where there is none. What stands in the
// place of {name...} stays escaped, since its slashes could not be told apart.
func (p *Pattern) Value(path, name string) string {
	rest, more := strings.CutPrefix(path, "/")
	for i := range p.segments {
		if !more {
			return ""
		}
		var sent string
		sent, rest, more = strings.Cut(rest, "/")
		if p.segments[i].kind == oneSegment && p.segments[i].text == name {
			return Unescape(sent)
		}
	}
	if p.rest && strings.HasSuffix(p.text, "/{"+name+"...}") {
		return rest
	}
	return ""
}

func (s *segment) match(sent string) bool {
	switch s.kind {
	case oneSegment:
		return sent != ""
	case wildSegment:
		return s.matchParts(Unescape(sent))
	default:
		return equal(sent, s.text)
	}
}

// matchParts reports whether text has all parts in their order, the first at its beginning and the last at its end.
func (s *segment) matchParts(text string) bool {
	last := len(s.parts) - 1
	text, begins := strings.CutPrefix(text, s.parts[0])
	if !begins {
		return false
	}
	text, ends := strings.CutSuffix(text, s.parts[last])
	if !ends {
		return false
	}
	for _, part := range s.parts[1:last] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}
