package pathpattern

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ParseAnywhere compiles a pattern whose wildcards may stand anywhere: also {name} in a part of a segment, where it is one
// character or more, ** across segments, and without a slash at the beginning. A brace that is not closed is literal. What
// Parse takes means the same, but that a * alone is any path without a slash. The error is a *validation.Error without a field.
func ParseAnywhere(text string) (*Pattern, error) {
	if err := validation.Text("", text, MaxLength); err != nil {
		return nil, err
	}
	if strings.Count(text, "*")+strings.Count(text, "{") > MaxWildcards {
		return nil, validation.Errorf("", "must have at most %d wildcards", MaxWildcards)
	}
	if text != server {
		if p, err := Parse(text); err == nil {
			return p, nil
		}
	}
	expression, err := regexp.Compile(inGo(text))
	if err != nil {
		return nil, validation.Errorf("", "must be a path pattern, is %q", clip(text))
	}
	return &Pattern{text: text, anywhere: expression}, nil
}

// HasWildcards reports whether text is a pattern for ParseAnywhere, rather than the path itself or a part of it.
func HasWildcards(text string) bool { return strings.ContainsAny(text, "*{}") }

// expression is how a pattern is written as a regular expression, piece by piece.
type expression struct {
	literal       func(text string) string
	one, many     string
	across        string
	begin, finish string
}

// write returns the pattern as an anchored regular expression.
func (e expression) write(pattern string) string {
	var b strings.Builder
	b.WriteString(e.begin)
	rest, behind := pattern, ""
	if at := strings.LastIndexByte(pattern, '/'); at >= 0 && isRest(pattern[at+1:]) {
		rest, behind = pattern[:at], "(/"+e.across+")?"
		if rest == "" { // All paths, and those that are none.
			behind = e.across
		}
	}
	for rest != "" {
		switch {
		case strings.HasPrefix(rest, "**"):
			b.WriteString(e.across)
			rest = strings.TrimLeft(rest, "*")
		case rest[0] == '*':
			b.WriteString(e.many)
			rest = rest[1:]
		case rest[0] == '{' && strings.IndexByte(rest, '}') > 0:
			b.WriteString(e.one)
			rest = rest[strings.IndexByte(rest, '}')+1:]
		case rest[0] == '/':
			b.WriteByte('/')
			rest = rest[1:]
		default:
			literal := rest
			if end := strings.IndexAny(rest[1:], "*{/"); end >= 0 {
				literal = rest[:end+1]
			}
			b.WriteString(e.literal(Unescape(literal)))
			rest = rest[len(literal):]
		}
	}
	b.WriteString(behind + e.finish)
	return b.String()
}

// inGo matches the symbols of a path.
func inGo(pattern string) string {
	return expression{
		literal: func(text string) string {
			var b strings.Builder
			for i := range len(text) {
				b.WriteString(regexp.QuoteMeta(string(symbol(text[i], true))))
			}
			return b.String()
		},
		one: `[^/]+`, many: `[^/]*`, across: `(?s:.*)`, begin: `^`, finish: `$`,
	}.write(pattern)
}

// escapedSlash is the symbol of a slash that separates nothing.
const escapedSlash = '\u0100'

// symbols returns the bytes that a path decodes to, each as one character, in which slashes between segments are told from
// others.
func symbols(path string) string {
	if strings.IndexByte(path, '%') < 0 && isASCII(path) {
		return path
	}
	var b strings.Builder
	for path != "" {
		var c byte
		var escaped bool
		c, path, escaped = next(path)
		b.WriteRune(symbol(c, escaped))
	}
	return b.String()
}

func symbol(c byte, escaped bool) rune {
	if c == '/' && escaped {
		return escapedSlash
	}
	return rune(c)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Symbols returns path as Symbolic's regular expression sees it: the bytes that it decodes to, each as one character, in which slashes
// between segments are told from others. Of a path of ASCII without escapes it is the path itself.
func Symbols(path string) string { return symbols(path) }

// Symbolic returns the pattern as a regular expression over what Symbols gives, in the syntax that Go and RE2 have in common: for paths
// that are compared where they are stored. It matches the paths that Match does.
func (p *Pattern) Symbolic() string {
	if p.anywhere == nil && p.text == server {
		return `^\*$`
	}
	return inGo(p.text)
}
