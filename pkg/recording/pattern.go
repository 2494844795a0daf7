package recording

import (
	"fmt"
	"regexp"
	"strings"
)

// PathRegexp is the path pattern as an anchored regular expression that means the same in Go and in PostgreSQL; empty
// where the path is no pattern but a part to look for in any case.
func (f *Filter) PathRegexp() string {
	if !strings.ContainsAny(f.Path, "*{}") {
		return ""
	}
	var b strings.Builder
	b.WriteByte('^')
	rest := f.Path
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`(.|\n)*`) // PostgreSQL's . includes the newline, Go's does not.
			rest = strings.TrimLeft(rest, "*")
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
			rest = rest[1:]
		case rest[0] == '{' && strings.IndexByte(rest, '}') > 0:
			b.WriteString(`[^/]+`)
			rest = rest[strings.IndexByte(rest, '}')+1:]
		default:
			end := strings.IndexAny(rest[1:], "*{")
			literal := rest
			if end >= 0 {
				literal = rest[:end+1]
			}
			b.WriteString(quoteRegexp(literal))
			rest = rest[len(literal):]
		}
	}
	b.WriteByte('$')
	return b.String()
}

// quoteRegexp escapes ASCII punctuation, which both dialects take literally after a backslash.
func quoteRegexp(literal string) string {
	var b strings.Builder
	for _, r := range literal {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func (f *Filter) pathPattern() (*regexp.Regexp, error) {
	pattern := f.PathRegexp()
	if pattern == "" {
		return nil, nil
	}
	if strings.Count(f.Path, "*")+strings.Count(f.Path, "{") > 32 {
		return nil, fmt.Errorf("must have at most 32 wildcards")
	}
	return regexp.Compile(pattern)
}
